//! The functions of the libfabric that loaded the provider.
//!
//! The provider does not link against libfabric: whichever is loaded already is the right one.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;
use std::sync::OnceLock;

use super::bindings::Functions;
use super::sys;

static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();

/// The functions; `None` when there is no libfabric.
pub fn find() -> Option<&'static Functions> {
    let functions = FUNCTIONS.get_or_init(|| {
        // SAFETY: nothing is loaded, only a handle to what is there already is given.
        let handle =
            unsafe { sys::dlopen(c"libfabric.so.1".as_ptr(), sys::RTLD_NOW | sys::RTLD_NOLOAD) };
        let handle = NonNull::new(handle)?;
        // SAFETY: the handle is open, and stays so.
        let symbol =
            |name: &CStr| NonNull::new(unsafe { sys::dlsym(handle.as_ptr(), name.as_ptr()) });
        // SAFETY: the symbols are those of the libfabric in this process.
        unsafe { Functions::resolve(symbol) }
    });
    functions.as_ref()
}

/// The text of an error, which is the negative of an `FI_E*`.
pub fn error_text(functions: &Functions, code: c_int) -> String {
    // SAFETY: the function takes any number and returns a constant string.
    let text = unsafe { CStr::from_ptr((functions.strerror)(-code)) };
    text.to_string_lossy().into_owned()
}
