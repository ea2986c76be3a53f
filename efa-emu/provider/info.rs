//! `fi_getinfo`: the NICs that fit the hints.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;

use super::bindings::*;
use super::rails::{Rail, machine};
use super::{libfabric, nic, sys};

/// How memory is registered with EFA.
const MR_MODE: c_int = FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;

/// The size of EFA's keys in bytes.
const MR_KEY_SIZE: usize = 4;

pub unsafe extern "C" fn getinfo(
    _version: u32,
    node: *const c_char,
    service: *const c_char,
    _flags: u64,
    hints: *const fi_info,
    out: *mut *mut fi_info,
) -> c_int {
    // SAFETY: by libfabric's contract, hints are NULL or complete, and live during the call.
    let hints = unsafe { hints.as_ref() };
    // Addresses are not looked up: the line beneath has other ones than EFA.
    if !node.is_null() || !service.is_null() {
        return -FI_ENODATA;
    }
    // SAFETY: as above.
    if hints.is_some_and(|hints| !unsafe { fits(hints) }) {
        return -FI_ENODATA;
    }
    let Some(machine) = machine() else { return -FI_ENODATA };
    let mut list = null_mut();
    for rail in machine.rails.iter().rev() {
        // SAFETY: as above.
        if hints.is_some_and(|hints| unsafe { other_domain(hints, rail) }) {
            continue;
        }
        let one = offer(rail, hints);
        if one.is_null() {
            if let Some(functions) = libfabric::find() {
                // SAFETY: the list was made here, and nobody else has it.
                unsafe { (functions.freeinfo)(list) };
            }
            return -FI_ENOMEM;
        }
        // SAFETY: both were just made; `out` is a place for a pointer.
        unsafe { (*one).next = list };
        list = one;
    }
    if list.is_null() {
        return -FI_ENODATA;
    }
    // SAFETY: `out` is a place for a pointer, by libfabric's contract.
    unsafe { *out = list };
    0
}

/// Whether the emulated NICs can do what the hints ask for.
///
/// # Safety
/// The attributes of the hints are NULL or valid.
unsafe fn fits(hints: &fi_info) -> bool {
    let impossible = FI_HMEM | FI_ATOMIC | FI_COLLECTIVE | FI_MULTICAST | FI_RMA_EVENT;
    let formats = [FI_FORMAT_UNSPEC, FI_ADDR_EFA];
    // SAFETY: the caller says so.
    let (endpoint, fabric) = unsafe { (hints.ep_attr.as_ref(), hints.fabric_attr.as_ref()) };
    let types = [fi_ep_type::FI_EP_UNSPEC, fi_ep_type::FI_EP_RDM];
    let name = fabric.map_or(null_mut(), |fabric| fabric.name);
    hints.caps & impossible == 0
        && formats.contains(&hints.addr_format)
        && endpoint.is_none_or(|endpoint| types.contains(&endpoint.type_))
        // SAFETY: a name that is not NULL is a C string.
        && (name.is_null() || unsafe { CStr::from_ptr(name) } == c"efa")
}

/// Whether the hints name another domain than that of `rail`.
///
/// # Safety
/// As [`fits`].
unsafe fn other_domain(hints: &fi_info, rail: &Rail) -> bool {
    // SAFETY: the caller says so.
    unsafe {
        let name = hints.domain_attr.as_ref().map_or(null_mut(), |domain| domain.name);
        !name.is_null() && CStr::from_ptr(name) != rail.domain.as_c_str()
    }
}

/// What is said of one NIC: that of the line beneath, in the dress of EFA.
fn offer(rail: &'static Rail, hints: Option<&fi_info>) -> *mut fi_info {
    let Some(functions) = libfabric::find() else { return null_mut() };
    // SAFETY: the copy is complete, and its strings are from malloc.
    unsafe {
        let info = (functions.dupinfo)(rail.line.0);
        let Some(one) = info.as_mut() else { return null_mut() };
        let (fabric, domain) = (&mut *one.fabric_attr, &mut *one.domain_attr);
        sys::replace(&mut fabric.name, Some(c"efa"));
        sys::replace(&mut fabric.prov_name, None); // libfabric fills it in.
        sys::replace(&mut domain.name, Some(&rail.domain));
        let mut address = one.src_addr.cast();
        sys::replace(&mut address, None);
        (one.src_addr, one.src_addrlen, one.addr_format) = (null_mut(), 0, FI_ADDR_EFA);
        (domain.mr_mode, domain.mr_key_size) = (MR_MODE, MR_KEY_SIZE);
        (*one.tx_attr).iov_limit = 1;
        (*one.tx_attr).rma_iov_limit = 1;
        if let Some(hints) = hints {
            one.mode &= hints.mode;
            if let Some(asked) = hints.domain_attr.as_ref()
                && asked.threading != fi_threading::FI_THREAD_UNSPEC
            {
                domain.threading = asked.threading;
            }
        }
        one.handle = null_mut();
        one.nic = nic::describe(rail);
        info
    }
}
