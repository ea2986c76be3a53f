//! Messages: counted, and taken from the line of a paced NIC, but never held back.

use std::ffi::c_void;
use std::mem::offset_of;

use super::bindings::*;
use super::counting;
use super::endpoint::Endpoint;
use super::hook::{call, owner};

/// Puts the operations here into the table.
pub fn replace(ops: &mut fi_ops_msg) {
    ops.send = Some(send);
    ops.sendv = Some(sendv);
    ops.sendmsg = Some(sendmsg);
    ops.inject = Some(inject);
    ops.senddata = Some(senddata);
    ops.injectdata = Some(injectdata);
}

/// # Safety
/// `endpoint` was opened here and is not closed.
unsafe fn hooks<'a>(endpoint: *mut fid_ep) -> &'a Endpoint {
    // SAFETY: the caller says so.
    unsafe { owner((*endpoint).msg, offset_of!(Endpoint, msg)) }
}

fn count(hooks: &Endpoint, code: isize, bytes: usize) -> isize {
    let counters = hooks.domain.rail.counters;
    if code == 0 {
        counting::add(&counters.tx_msgs, 1);
        counting::add(&counters.tx_bytes, bytes as u64);
        hooks.domain.paced(|queue, now_ns| queue.pass(now_ns, bytes));
    } else if code == -FI_EAGAIN as isize {
        counting::add(&counters.again, 1);
    }
    code
}

/// # Safety
/// `iov` points to `count` buffers.
unsafe fn total(iov: *const iovec, count: usize) -> usize {
    // SAFETY: the caller says so.
    (0..count).map(|i| unsafe { (*iov.add(i)).iov_len }).sum()
}

unsafe extern "C" fn send(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    desc: *mut c_void,
    peer: fi_addr_t,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.send, ep, buf, len, desc, peer, context);
        count(hooks, code, len)
    }
}

unsafe extern "C" fn sendv(
    ep: *mut fid_ep,
    iov: *const iovec,
    desc: *mut *mut c_void,
    n: usize,
    peer: fi_addr_t,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.sendv, ep, iov, desc, n, peer, context);
        count(hooks, code, total(iov, n))
    }
}

unsafe extern "C" fn sendmsg(ep: *mut fid_ep, msg: *const fi_msg, flags: u64) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.sendmsg, ep, msg, flags);
        count(hooks, code, total((*msg).msg_iov, (*msg).iov_count))
    }
}

unsafe extern "C" fn inject(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    peer: fi_addr_t,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.inject, ep, buf, len, peer);
        count(hooks, code, len)
    }
}

unsafe extern "C" fn senddata(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    desc: *mut c_void,
    data: u64,
    peer: fi_addr_t,
    context: *mut c_void,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.senddata, ep, buf, len, desc, data, peer, context);
        count(hooks, code, len)
    }
}

unsafe extern "C" fn injectdata(
    ep: *mut fid_ep,
    buf: *const c_void,
    len: usize,
    data: u64,
    peer: fi_addr_t,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(ep);
        let code = call!(hooks.msg.original.injectdata, ep, buf, len, data, peer);
        count(hooks, code, len)
    }
}
