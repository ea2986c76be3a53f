//! Hands WRITEs and READs to the endpoint beneath: at once or, on a paced NIC, when their time has
//! come. Counts them.

use std::mem::offset_of;

use super::bindings::*;
use super::counting;
use super::endpoint::Endpoint;
use super::hook::{call, owner};
use super::queue::{Piece, Post};

const AGAIN: isize = -FI_EAGAIN as isize;

/// # Safety
/// `endpoint` was opened here and is not closed.
pub unsafe fn hooks<'a>(endpoint: *mut fid_ep) -> &'a Endpoint {
    // SAFETY: the caller says so.
    unsafe { owner((*endpoint).rma, offset_of!(Endpoint, rma)) }
}

/// Hands a piece of an operation to the endpoint beneath.
///
/// # Safety
/// The post is one that a user made of an endpoint that is not closed, and the piece lies inside.
pub unsafe fn hand_over(post: &Post, piece: Piece) -> isize {
    let (offset, len) = (piece.offset, piece.len);
    let buffer = iovec { iov_base: post.buffer.iov_base.wrapping_byte_add(offset), iov_len: len };
    let addr = post.remote.addr.wrapping_add(offset as u64);
    let remote = fi_rma_iov { addr, len, key: post.remote.key };
    let mut desc = post.desc;
    let message = fi_msg_rma {
        msg_iov: &buffer,
        desc: &mut desc,
        iov_count: 1,
        addr: post.peer,
        rma_iov: &remote,
        rma_iov_count: 1,
        context: piece.context,
        data: post.data,
    };
    // Immediate data tells the peer that all of it is there.
    let early = if piece.last { 0 } else { FI_REMOTE_CQ_DATA };
    let flags = (post.flags & !early) | FI_COMPLETION;
    // SAFETY: the caller says so of the post; the message lives during the call.
    unsafe {
        let original = &hooks(post.endpoint).rma.original;
        let operation = if post.read { original.readmsg } else { original.writemsg };
        call!(operation, post.endpoint, &message, flags)
    }
}

/// Posts now or, on a paced NIC, later; counts what was taken.
///
/// # Safety
/// By libfabric's contract.
pub unsafe fn submit(post: Post) -> isize {
    let len = post.buffer.iov_len;
    // SAFETY: the endpoint was opened here.
    let hooks = unsafe { hooks(post.endpoint) };
    let queued = if post.flags & FI_INJECT == 0 {
        hooks.domain.paced(|queue, now_ns| queue.accept(now_ns, post))
    } else {
        None
    };
    let code = match queued {
        Some(true) => 0,
        Some(false) => AGAIN,
        None => {
            let whole = Piece { offset: 0, len, last: true, context: post.context };
            // SAFETY: by libfabric's contract.
            let code = unsafe { hand_over(&post, whole) };
            pass(hooks, code, len)
        }
    };
    count(hooks, code, post.read, len)
}

/// Takes the line for what was not held back.
fn pass(hooks: &Endpoint, code: isize, len: usize) -> isize {
    if code == 0 {
        hooks.domain.paced(|queue, now_ns| queue.pass(now_ns, len));
    }
    code
}

fn count(hooks: &Endpoint, code: isize, read: bool, len: usize) -> isize {
    let counters = hooks.domain.rail.counters;
    let (ops, bytes) = if read {
        (&counters.read_ops, &counters.read_bytes)
    } else {
        (&counters.write_ops, &counters.write_bytes)
    };
    if code == 0 {
        counting::add(ops, 1);
        counting::add(bytes, len as u64);
    } else if code == AGAIN {
        counting::add(&counters.again, 1);
    }
    code
}

/// Counts a WRITE that the endpoint beneath copied at once.
pub fn injected(hooks: &Endpoint, code: isize, len: usize) -> isize {
    count(hooks, pass(hooks, code, len), false, len)
}
