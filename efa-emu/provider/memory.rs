//! Registration: under keys of our own, counted, and limited where that is asked for.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use super::bindings::*;
use super::domain::Domain;
use super::hook::{Hooked, call, owner};
use super::rails::machine;
use super::{counting, say, sys};

const PAGE: usize = 4096;

/// What belongs to a registration here.
#[repr(C)]
struct Region {
    domain: &'static Domain,
    bytes: u64,
    fid_ops: Hooked<fi_ops>,
}

/// Puts the operations here into the table.
pub fn replace(ops: &mut fi_ops_mr) {
    ops.reg = Some(reg);
    ops.regv = Some(regv);
    ops.regattr = Some(regattr);
}

unsafe extern "C" fn reg(
    fid: *mut fid,
    buf: *const c_void,
    len: usize,
    access: u64,
    offset: u64,
    _requested_key: u64,
    flags: u64,
    out: *mut *mut fid_mr,
    context: *mut c_void,
) -> c_int {
    let iov = iovec { iov_base: buf.cast_mut(), iov_len: len };
    let attr =
        fi_mr_attr { mr_iov: &iov, iov_count: 1, access, offset, context, ..Default::default() };
    // SAFETY: by libfabric's contract.
    unsafe { register(fid, attr, flags, out) }
}

unsafe extern "C" fn regv(
    fid: *mut fid,
    iov: *const iovec,
    count: usize,
    access: u64,
    offset: u64,
    _requested_key: u64,
    flags: u64,
    out: *mut *mut fid_mr,
    context: *mut c_void,
) -> c_int {
    let attr =
        fi_mr_attr { mr_iov: iov, iov_count: count, access, offset, context, ..Default::default() };
    // SAFETY: by libfabric's contract.
    unsafe { register(fid, attr, flags, out) }
}

unsafe extern "C" fn regattr(
    fid: *mut fid,
    attr: *const fi_mr_attr,
    flags: u64,
    out: *mut *mut fid_mr,
) -> c_int {
    // SAFETY: by libfabric's contract. Only fields that every caller's structure has are read.
    unsafe {
        if (*attr).iface != fi_hmem_iface::FI_HMEM_SYSTEM {
            return -FI_EOPNOTSUPP;
        }
        let attr = fi_mr_attr {
            mr_iov: (*attr).mr_iov,
            iov_count: (*attr).iov_count,
            access: (*attr).access,
            offset: (*attr).offset,
            context: (*attr).context,
            ..Default::default()
        };
        register(fid, attr, flags, out)
    }
}

/// # Safety
/// By libfabric's contract; `fid` is a domain.
unsafe fn register(
    fid: *mut fid,
    mut attr: fi_mr_attr,
    flags: u64,
    out: *mut *mut fid_mr,
) -> c_int {
    // SAFETY: by libfabric's contract; the region was just made, and nobody else knows it.
    unsafe {
        let domain: &'static Domain = owner((*fid.cast::<fid_domain>()).mr, offset_of!(Domain, mr));
        let rail = domain.rail;
        let buffers = (0..attr.iov_count).map(|i| *attr.mr_iov.add(i));
        let bytes = buffers.clone().map(|buffer| buffer.iov_len as u64).sum::<u64>();
        let Some(machine) = machine().filter(|machine| machine.lock(bytes)) else {
            say!("{}: {bytes} bytes more are over EFA_EMU_MEMLOCK_BYTES", rail.nic.name);
            return -FI_ENOMEM;
        };
        // The endpoint beneath checks what EFA does not.
        attr.access |= FI_SEND | FI_RECV | FI_READ | FI_WRITE;
        attr.requested_key = rail.key();
        let code: c_int = call!(domain.mr.original.regattr, fid, &attr, flags, out);
        if code != 0 {
            machine.unlock(bytes);
            return code;
        }
        if machine.pin {
            buffers.for_each(make_resident);
        }
        let region = &mut **out;
        let fid_ops = Hooked::new(region.fid.ops);
        let mut hooks = Box::new(Region { domain, bytes, fid_ops });
        hooks.fid_ops.ops.close = Some(close);
        region.fid.ops = &raw mut (*Box::into_raw(hooks)).fid_ops.ops;
        counting::add(&rail.counters.mr_count, 1);
        counting::add(&rail.counters.mr_bytes, bytes);
    }
    0
}

/// Makes the pages of a buffer resident, as far as the kernel can and they are writable.
fn make_resident(buffer: iovec) {
    let begin = buffer.iov_base.map_addr(|address| address & !(PAGE - 1));
    let end = buffer.iov_base.addr() + buffer.iov_len;
    let len = (end - begin.addr()).next_multiple_of(PAGE);
    // SAFETY: the advice changes no byte; a range that is not mapped is an error without effect.
    unsafe { sys::madvise(begin, len, sys::MADV_POPULATE_WRITE) };
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, this is a region that was registered here, and nobody uses
    // it any more; when it is closed beneath, nobody has its table.
    unsafe {
        let hooks: &Region = owner((*fid).ops, offset_of!(Region, fid_ops));
        let code: c_int = call!(hooks.fid_ops.original.close, fid);
        if code == 0 {
            let hooks = Box::from_raw((&raw const *hooks).cast_mut());
            let counters = hooks.domain.rail.counters;
            counting::subtract(&counters.mr_count, 1);
            counting::subtract(&counters.mr_bytes, hooks.bytes);
            if let Some(machine) = machine() {
                machine.unlock(hooks.bytes);
            }
        }
        code
    }
}
