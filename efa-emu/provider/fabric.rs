//! The fabric `efa`: an object that only opens domains.

use std::ffi::{CStr, c_char, c_int, c_void};

use super::bindings::*;
use super::domain;

static mut FID_OPERATIONS: fi_ops = fi_ops {
    size: size_of::<fi_ops>(),
    close: Some(close),
    bind: Some(no_bind),
    control: Some(no_control),
    ops_open: Some(no_ops_open),
    tostr: None,
    ops_set: None,
};

static mut OPERATIONS: fi_ops_fabric = fi_ops_fabric {
    size: size_of::<fi_ops_fabric>(),
    domain: Some(domain::open),
    passive_ep: Some(no_passive_endpoint),
    eq_open: Some(no_event_queue),
    wait_open: Some(no_wait_set),
    trywait: Some(no_trywait),
    domain2: None,
};

/// `fi_fabric`.
pub unsafe extern "C" fn open(
    attr: *mut fi_fabric_attr,
    out: *mut *mut fid_fabric,
    context: *mut c_void,
) -> c_int {
    // SAFETY: by libfabric's contract.
    unsafe {
        let name = (*attr).name;
        if name.is_null() || CStr::from_ptr(name) != c"efa" {
            return -FI_ENODATA;
        }
        *out = Box::into_raw(Box::new(fid_fabric {
            fid: fid { fclass: FI_CLASS_FABRIC, context, ops: &raw mut FID_OPERATIONS },
            ops: &raw mut OPERATIONS,
            api_version: (*attr).api_version,
        }));
    }
    0
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, it is one that `open` made, and its last use.
    drop(unsafe { Box::from_raw(fid.cast::<fid_fabric>()) });
    0
}

unsafe extern "C" fn no_bind(_: *mut fid, _: *mut fid, _: u64) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_control(_: *mut fid, _: c_int, _: *mut c_void) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_ops_open(
    _: *mut fid,
    _: *const c_char,
    _: u64,
    _: *mut *mut c_void,
    _: *mut c_void,
) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_passive_endpoint(
    _: *mut fid_fabric,
    _: *mut fi_info,
    _: *mut *mut fid_pep,
    _: *mut c_void,
) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_event_queue(
    _: *mut fid_fabric,
    _: *mut fi_eq_attr,
    _: *mut *mut fid_eq,
    _: *mut c_void,
) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_wait_set(
    _: *mut fid_fabric,
    _: *mut fi_wait_attr,
    _: *mut *mut fid_wait,
) -> c_int {
    -FI_ENOSYS
}

unsafe extern "C" fn no_trywait(_: *mut fid_fabric, _: *mut *mut fid, _: c_int) -> c_int {
    -FI_ENOSYS
}
