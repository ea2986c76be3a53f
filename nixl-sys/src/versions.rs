//! The versions of UCX and libfabric that a loaded NIXL uses.

use std::ffi::{CStr, c_char};
use std::path::Path;

use crate::dl::Loaded;
use crate::{Elf, Library};

impl Library {
    /// The version of libfabric, `major.minor`, if this process has loaded it (`fi_version(3)`).
    pub fn libfabric_version(&self) -> Option<String> {
        let address = Loaded::if_loaded(Path::new("libfabric.so.1"))?.symbol(c"fi_version")?;
        // SAFETY: fi_version is `uint32_t fi_version(void)` in every libfabric with this soname.
        let version = unsafe {
            std::mem::transmute::<std::ptr::NonNull<std::ffi::c_void>, unsafe extern "C" fn() -> u32>(
                address,
            )()
        };
        Some(format!("{}.{}", version >> 16, version & 0xffff))
    }

    /// The version of UCX that the UCX plugin links (`ucp_get_version_string`).
    pub fn ucx_version(&self) -> Option<String> {
        let plugin = Elf::read(&self.installation().plugin("UCX")).ok()?;
        let library = Loaded::open_once(&plugin.needs("libucp")?).ok()?;
        let address = library.symbol(c"ucp_get_version_string")?;
        // SAFETY: `const char *ucp_get_version_string(void)` returns a constant of the library.
        let text = unsafe {
            CStr::from_ptr(std::mem::transmute::<
                std::ptr::NonNull<std::ffi::c_void>,
                unsafe extern "C" fn() -> *const c_char,
            >(address)())
        };
        Some(text.to_string_lossy().into_owned())
    }
}
