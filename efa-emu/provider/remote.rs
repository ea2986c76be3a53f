//! The forms of WRITE and READ. Every one becomes a [`Post`]; those that copy their bytes at once
//! (inject) are small and are not held back.

use std::ffi::c_void;

use super::bindings::*;
use super::hook::call;
use super::posting::{hooks, injected, submit};
use super::queue::Post;

const INVALID: isize = -FI_EINVAL as isize;

/// Puts the operations here into the table.
pub fn replace(ops: &mut fi_ops_rma) {
    ops.read = Some(read);
    ops.readv = Some(readv);
    ops.readmsg = Some(readmsg);
    ops.write = Some(write);
    ops.writev = Some(writev);
    ops.writemsg = Some(writemsg);
    ops.inject = Some(inject);
    ops.writedata = Some(writedata);
    ops.injectdata = Some(injectdata);
}

/// A post of one buffer.
#[allow(clippy::too_many_arguments)]
fn one(
    endpoint: *mut fid_ep,
    read: bool,
    buf: *const c_void,
    len: usize,
    desc: *mut c_void,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> Post {
    Post {
        endpoint,
        read,
        buffer: iovec { iov_base: buf.cast_mut(), iov_len: len },
        desc,
        peer,
        remote: fi_rma_iov { addr, len, key },
        data: 0,
        flags: 0,
        context,
    }
}

/// The post that a message describes; `None` when it has more than one buffer on a side, which the
/// limits in `fi_info` rule out.
///
/// # Safety
/// By libfabric's contract.
unsafe fn of_message(
    endpoint: *mut fid_ep,
    read: bool,
    message: *const fi_msg_rma,
    flags: u64,
) -> Option<Post> {
    // SAFETY: by libfabric's contract; descriptors may be missing.
    unsafe {
        let message = &*message;
        if message.iov_count != 1 || message.rma_iov_count != 1 {
            return None;
        }
        Some(Post {
            endpoint,
            read,
            buffer: *message.msg_iov,
            desc: message.desc.as_ref().map_or(std::ptr::null_mut(), |desc| *desc),
            peer: message.addr,
            remote: *message.rma_iov,
            data: message.data,
            flags,
            context: message.context,
        })
    }
}

/// # Safety
/// By libfabric's contract.
unsafe fn submit_message(
    ep: *mut fid_ep,
    read: bool,
    message: *const fi_msg_rma,
    flags: u64,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { of_message(ep, read, message, flags).map_or(INVALID, |post| submit(post)) }
}

unsafe extern "C" fn read(
    ep: *mut fid_ep,
    buf: *mut c_void,
    len: usize,
    desc: *mut c_void,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { submit(one(ep, true, buf, len, desc, peer, addr, key, context)) }
}

unsafe extern "C" fn write(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    desc: *mut c_void,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { submit(one(ep, false, buf, len, desc, peer, addr, key, context)) }
}

unsafe extern "C" fn writedata(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    desc: *mut c_void,
    data: u64,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    let post = one(ep, false, buf, len, desc, peer, addr, key, context);
    // SAFETY: by libfabric's contract.
    unsafe { submit(Post { data, flags: FI_REMOTE_CQ_DATA, ..post }) }
}

/// # Safety
/// By libfabric's contract.
#[allow(clippy::too_many_arguments)]
unsafe fn vector(
    ep: *mut fid_ep,
    read: bool,
    iov: *const iovec,
    desc: *mut *mut c_void,
    n: usize,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    if n != 1 {
        return INVALID;
    }
    // SAFETY: by libfabric's contract; descriptors may be missing.
    unsafe {
        let iovec { iov_base, iov_len } = *iov;
        let desc = desc.as_ref().map_or(std::ptr::null_mut(), |desc| *desc);
        submit(one(ep, read, iov_base, iov_len, desc, peer, addr, key, context))
    }
}

unsafe extern "C" fn readv(
    ep: *mut fid_ep,
    iov: *const iovec,
    desc: *mut *mut c_void,
    n: usize,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { vector(ep, true, iov, desc, n, peer, addr, key, context) }
}

unsafe extern "C" fn writev(
    ep: *mut fid_ep,
    iov: *const iovec,
    desc: *mut *mut c_void,
    n: usize,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { vector(ep, false, iov, desc, n, peer, addr, key, context) }
}

unsafe extern "C" fn readmsg(ep: *mut fid_ep, msg: *const fi_msg_rma, flags: u64) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { submit_message(ep, true, msg, flags) }
}

unsafe extern "C" fn writemsg(ep: *mut fid_ep, msg: *const fi_msg_rma, flags: u64) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { submit_message(ep, false, msg, flags) }
}

unsafe extern "C" fn inject(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.rma.original.inject, ep, buf, len, peer, addr, key);
        injected(hooks, code, len)
    }
}

unsafe extern "C" fn injectdata(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    data: u64,
    peer: fi_addr_t,
    addr: u64,
    key: u64,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.rma.original.injectdata, ep, buf, len, data, peer, addr, key);
        injected(hooks, code, len)
    }
}
