//! The few functions of the C library that the standard library does not offer.

use std::ffi::{CStr, c_char, c_int, c_void};

pub const RTLD_NOW: c_int = 2;
pub const RTLD_NOLOAD: c_int = 4;
pub const PROT_READ: c_int = 1;
pub const PROT_WRITE: c_int = 2;
pub const MAP_SHARED: c_int = 1;
/// Makes pages resident and writable without changing them (Linux 5.14).
pub const MADV_POPULATE_WRITE: c_int = 23;

unsafe extern "C" {
    pub fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    pub fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    pub fn mmap(
        address: *mut c_void,
        len: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    pub fn madvise(address: *mut c_void, len: usize, advice: c_int) -> c_int;
    fn free(memory: *mut c_void);
    fn strdup(text: *const c_char) -> *mut c_char;
}

/// Replaces a string that libfabric frees by another such; NULL when there is no memory.
///
/// # Safety
/// `field` holds NULL or a string from `malloc` that nobody else has.
pub unsafe fn replace(field: &mut *mut c_char, text: Option<&CStr>) {
    // SAFETY: the caller says so of `field`; `text` is a C string.
    unsafe {
        free(field.cast());
        *field = text.map_or(std::ptr::null_mut(), |text| strdup(text.as_ptr()));
    }
}
