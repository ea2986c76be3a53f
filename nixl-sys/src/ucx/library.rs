//! Loads the UCX of a NIXL into this process.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

use super::{Functions, ucs_status_ptr_t, ucs_status_t};
use crate::dl::Loaded;
use crate::{Dependencies, Elf, Installation};

/// A UCX loaded into this process, where it stays.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    functions: Functions,
}

/// Why the UCX of a NIXL could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The UCX plugin, which names its UCX, cannot be read.
    #[error("failed to read {}: {source}", plugin.display())]
    Plugin {
        /// The plugin's file.
        plugin: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The UCX plugin needs no library called `libucp`.
    #[error("{} does not say which libucp it needs", plugin.display())]
    NoUcx {
        /// The plugin's file.
        plugin: PathBuf,
    },
    /// The dynamic loader refused UCX.
    #[error("failed to load {}: {reason}", library.display())]
    Load {
        /// The file or soname.
        library: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// UCX lacks functions that every supported version has.
    #[error("{} lacks {}: not a UCX of 1.17 or later", library.display(), symbols.join(", "))]
    MissingSymbols {
        /// The file or soname.
        library: PathBuf,
        /// Every symbol missing.
        symbols: Vec<&'static str>,
    },
}

impl Library {
    /// Loads the UCX that the UCX plugin of `nixl` is linked with, as a wheel bundles it under a name
    /// of its own or as the system has it, after the libraries that its modules may need.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(nixl: &Installation, dependencies: &Dependencies) -> Result<Self, OpenError> {
        dependencies.load();
        let path = beneath(&nixl.plugin("UCX"))?;
        let loaded = Loaded::open_once(&path)
            .map_err(|reason| OpenError::Load { library: path.clone(), reason })?;
        // SAFETY: dlsym on libucp looks into libuct and libucs too, which it needs; all of them come
        // from the UCX that the plugin names, and stay loaded.
        let Some(functions) = (unsafe { Functions::resolve(|name| loaded.symbol(name)) }) else {
            let symbols = loaded.missing(Functions::MANDATORY);
            return Err(OpenError::MissingSymbols { library: path, symbols });
        };
        Ok(Self { path, functions })
    }

    /// The file or soname of libucp.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The function table.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Its version, `major.minor.release`.
    pub fn version(&self) -> String {
        // SAFETY: the function returns a constant of the library.
        let text = unsafe { CStr::from_ptr((self.functions.ucp_get_version_string)()) };
        text.to_string_lossy().into_owned()
    }

    /// UCX's words for a status.
    pub fn status_text(&self, status: ucs_status_t) -> String {
        // SAFETY: the function takes any status, and returns a constant of the library.
        let text = unsafe { CStr::from_ptr((self.functions.ucs_status_string)(status)) };
        text.to_string_lossy().into_owned()
    }
}

/// The libucp that a plugin needs.
fn beneath(plugin: &Path) -> Result<PathBuf, OpenError> {
    let elf = Elf::read(plugin)
        .map_err(|source| OpenError::Plugin { plugin: plugin.to_owned(), source })?;
    elf.needs("libucp").ok_or_else(|| OpenError::NoUcx { plugin: plugin.to_owned() })
}

impl ucs_status_t {
    /// The status that a non-blocking call has returned in place of a request; `None` for a request.
    pub fn of_pointer(pointer: ucs_status_ptr_t) -> Option<Self> {
        // Statuses are the addresses from UCS_ERR_LAST, a negative number, to the top, and NULL.
        let value = pointer.addr().cast_signed();
        let is_status = (Self::UCS_ERR_LAST.0.into()..=0).contains(&value);
        is_status.then_some(Self(value as i8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_requests_or_statuses() {
        let of = |address: isize| ucs_status_t::of_pointer(address.cast_unsigned() as *mut _);
        assert_eq!(of(0), Some(ucs_status_t::UCS_OK));
        assert_eq!(of(-25), Some(ucs_status_t::UCS_ERR_CONNECTION_RESET));
        assert_eq!(of(-100), Some(ucs_status_t::UCS_ERR_LAST));
        assert_eq!(of(-101), None);
        assert_eq!(of(0x7f00_0000_1000), None);
    }

    #[test]
    fn a_plugin_without_ucx_is_named() {
        let error = beneath(Path::new("/nonexistent/libplugin_UCX.so")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/libplugin_UCX.so"), "{error}");
        let libc = crate::dependencies::system_folders()
            .into_iter()
            .map(|folder| folder.join("libc.so.6"))
            .find(|path| path.exists())
            .expect("there is a C library");
        assert!(matches!(beneath(&libc), Err(OpenError::NoUcx { .. })));
    }
}
