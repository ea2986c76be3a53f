//! `dlopen` and `dlsym`, with the loader's own words as the error.

use std::ffi::{CStr, CString, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

/// A loaded library. It stays loaded for the life of the process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded(NonNull<c_void>);

// SAFETY: dlsym may be called from any thread, and the handle is never closed.
unsafe impl Send for Loaded {}
// SAFETY: as above; dlsym takes the loader's own lock.
unsafe impl Sync for Loaded {}

impl Loaded {
    /// Loads `library`, a path or a soname, resolving all of its symbols now.
    pub(crate) fn open(library: &Path) -> Result<Self, String> {
        Self::with_flags(library, libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_NODELETE)
    }

    /// The library if this process has loaded it already, by path or soname.
    pub(crate) fn if_loaded(library: &Path) -> Option<Self> {
        Self::with_flags(library, libc::RTLD_NOW | libc::RTLD_NOLOAD).ok()
    }

    /// The library that this process has loaded under the file name of `library`, else `library`.
    pub(crate) fn open_once(library: &Path) -> Result<Self, String> {
        let loaded = library.file_name().and_then(|name| Self::if_loaded(Path::new(name)));
        loaded.map_or_else(|| Self::open(library), Ok)
    }

    fn with_flags(library: &Path, flags: c_int) -> Result<Self, String> {
        let name =
            CString::new(library.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
        // SAFETY: `name` is a C string. Loading runs the library's constructors; which libraries are
        // loaded is the decision of `Library::open`, whose caller chose the installation.
        let handle = unsafe { libc::dlopen(name.as_ptr(), flags) };
        NonNull::new(handle).map(Self).ok_or_else(last_error)
    }

    /// The address of an exported symbol.
    pub(crate) fn symbol(self, name: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: the handle is open and `name` is a C string.
        NonNull::new(unsafe { libc::dlsym(self.0.as_ptr(), name.as_ptr()) })
    }

    /// Those of `names` that it does not export.
    pub(crate) fn missing(self, names: &[&'static CStr]) -> Vec<&'static str> {
        let missing = names.iter().filter(|name| self.symbol(name).is_none());
        missing.filter_map(|name| name.to_str().ok()).collect()
    }
}

fn last_error() -> String {
    // SAFETY: dlerror returns NULL or a C string that is valid until this thread's next dl call.
    let message = unsafe { libc::dlerror() };
    if message.is_null() {
        return "the loader gave no reason".to_owned();
    }
    // SAFETY: not NULL, see above; it is copied at once.
    unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named() {
        let error = Loaded::open(Path::new("/nonexistent/libnothing.so")).unwrap_err();
        assert!(error.contains("/nonexistent/libnothing.so"), "{error}");
    }

    #[test]
    fn symbols_resolve_or_do_not() {
        let libc = Loaded::open(Path::new("libc.so.6")).unwrap();
        assert!(libc.symbol(c"malloc").is_some());
        assert!(libc.symbol(c"no_such_function").is_none());
        assert_eq!(libc.missing(&[c"malloc", c"no_such_function"]), ["no_such_function"]);
        assert!(Loaded::if_loaded(Path::new("libc.so.6")).is_some());
        assert!(Loaded::if_loaded(Path::new("libnothing.so.9")).is_none());
    }
}
