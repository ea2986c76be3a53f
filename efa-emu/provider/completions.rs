//! Completion queues: what comes in is counted; on a paced NIC, reading moves what waits.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;
use std::ptr::null_mut;

use super::bindings::*;
use super::domain::Domain;
use super::hook::{Hooked, call, owner};
use super::queue::{Completed, Queue};
use super::{counting, posting};

const AGAIN: isize = -FI_EAGAIN as isize;
const ERROR_AVAILABLE: isize = -FI_EAVAIL as isize;

/// What belongs to a completion queue here.
#[repr(C)]
struct Completions {
    domain: &'static Domain,
    /// The size of an entry in bytes.
    entry: usize,
    ops: Hooked<fi_ops_cq>,
    fid_ops: Hooked<fi_ops>,
}

/// Opens a completion queue beneath, and puts the operations here in front of it.
///
/// # Safety
/// By libfabric's contract; `domain` outlives the queue.
pub unsafe fn open(
    domain: &'static Domain,
    object: *mut fid_domain,
    attr: *mut fi_cq_attr,
    out: *mut *mut fid_cq,
    context: *mut c_void,
) -> c_int {
    // SAFETY: by libfabric's contract; the queue was just opened, and nobody else knows it.
    unsafe {
        let entry = match (*attr).format {
            fi_cq_format::FI_CQ_FORMAT_MSG => size_of::<fi_cq_msg_entry>(),
            fi_cq_format::FI_CQ_FORMAT_DATA => size_of::<fi_cq_data_entry>(),
            fi_cq_format::FI_CQ_FORMAT_TAGGED => size_of::<fi_cq_tagged_entry>(),
            _ => size_of::<fi_cq_entry>(),
        };
        let code: c_int = call!(domain.ops.original.cq_open, object, attr, out, context);
        if code != 0 {
            return code;
        }
        let queue = &mut **out;
        let mut hooks = Box::new(Completions {
            domain,
            entry,
            ops: Hooked::new(queue.ops),
            fid_ops: Hooked::new(queue.fid.ops),
        });
        hooks.ops.ops.read = Some(read);
        hooks.ops.ops.readfrom = Some(readfrom);
        hooks.ops.ops.readerr = Some(readerr);
        if domain.queue.is_some() {
            // Nobody would move what waits while the user sleeps.
            hooks.ops.ops.sread = None;
            hooks.ops.ops.sreadfrom = None;
        }
        hooks.fid_ops.ops.close = Some(close);
        let hooks = Box::into_raw(hooks);
        queue.ops = &raw mut (*hooks).ops.ops;
        queue.fid.ops = &raw mut (*hooks).fid_ops.ops;
    }
    0
}

/// # Safety
/// `cq` was opened here and is not closed.
unsafe fn hooks<'a>(cq: *mut fid_cq) -> &'a Completions {
    // SAFETY: the caller says so.
    unsafe { owner((*cq).ops, offset_of!(Completions, ops)) }
}

unsafe extern "C" fn read(cq: *mut fid_cq, buf: *mut c_void, count: usize) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { read_any(cq, buf, count, null_mut()) }
}

unsafe extern "C" fn readfrom(
    cq: *mut fid_cq,
    buf: *mut c_void,
    count: usize,
    from: *mut fi_addr_t,
) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe { read_any(cq, buf, count, from) }
}

/// # Safety
/// By libfabric's contract; `from` may be NULL.
unsafe fn read_any(cq: *mut fid_cq, buf: *mut c_void, count: usize, from: *mut fi_addr_t) -> isize {
    // SAFETY: by libfabric's contract.
    unsafe {
        let hooks = hooks(cq);
        // Never `read`: that of `tcp` looks `readfrom` up in the table, and would come back here.
        let read = || -> isize { call!(hooks.ops.original.readfrom, cq, buf, count, from) };
        let Some(code) = hooks.domain.paced(|queue, now_ns| {
            queue.advance(now_ns, |post, piece| posting::hand_over(post, piece));
            let mut code = read();
            if code == ERROR_AVAILABLE {
                take_error(hooks, cq, queue);
                code = AGAIN;
            }
            let code = hooks.keep_whole(queue, code, buf, from);
            if code == AGAIN && queue.has_failure() { ERROR_AVAILABLE } else { code }
        }) else {
            let code = read();
            hooks.note(code, buf);
            return code;
        };
        hooks.note(code, buf);
        code
    }
}

/// Takes an error from the queue beneath, to be told in terms of the user's operations.
///
/// # Safety
/// By libfabric's contract.
unsafe fn take_error(hooks: &Completions, cq: *mut fid_cq, queue: &mut Queue) {
    let mut entry = fi_cq_err_entry { src_addr: FI_ADDR_NOTAVAIL, ..Default::default() };
    // SAFETY: by libfabric's contract; the entry is as long as the longest.
    let code: isize = unsafe { call!(hooks.ops.original.readerr, cq, &mut entry, 0) };
    if code > 0 {
        queue.fail(&entry);
    }
}

impl Completions {
    /// Of `code` entries in `buf`, keeps those that the user is to see, in terms of the user's
    /// operations; returns how many.
    ///
    /// # Safety
    /// The queue beneath returned `code`, and wrote `buf` and, unless it is NULL, `from`.
    unsafe fn keep_whole(
        &self,
        queue: &mut Queue,
        code: isize,
        buf: *mut c_void,
        from: *mut fi_addr_t,
    ) -> isize {
        let Ok(read) = usize::try_from(code) else { return code };
        let mut kept = 0;
        for i in 0..read {
            // SAFETY: `i` and `kept` are below the number of entries; each begins with a context.
            unsafe {
                let entry = buf.byte_add(i * self.entry);
                let context = entry.cast::<*mut c_void>();
                match queue.complete(*context) {
                    Completed::Other => {}
                    Completed::Piece => continue,
                    Completed::Operation(of_user) => *context = of_user,
                }
                entry.copy_to(buf.byte_add(kept * self.entry), self.entry);
                if !from.is_null() {
                    *from.add(kept) = *from.add(i);
                }
            }
            kept += 1;
        }
        if kept == 0 { AGAIN } else { kept as isize }
    }

    /// Counts what came from peers, where entries tell.
    ///
    /// # Safety
    /// As [`Self::keep_whole`].
    unsafe fn note(&self, code: isize, buf: *mut c_void) {
        if self.entry < size_of::<fi_cq_msg_entry>() {
            return;
        }
        let counters = self.domain.rail.counters;
        for i in 0..usize::try_from(code).unwrap_or(0) {
            // SAFETY: `i` is below the number of entries, which have flags.
            let flags = unsafe { (*buf.byte_add(i * self.entry).cast::<fi_cq_msg_entry>()).flags };
            if flags & FI_RECV != 0 {
                counting::add(&counters.rx_msgs, 1);
            } else if flags & FI_REMOTE_WRITE != 0 {
                counting::add(&counters.remote_writes, 1);
            }
        }
    }
}

unsafe extern "C" fn readerr(cq: *mut fid_cq, out: *mut fi_cq_err_entry, flags: u64) -> isize {
    // SAFETY: by libfabric's contract; an old caller's entry ends where `src_addr` begins.
    unsafe {
        let hooks = hooks(cq);
        match hooks.domain.paced(|queue, _| queue.failure()) {
            None => call!(hooks.ops.original.readerr, cq, out, flags),
            Some(None) => AGAIN,
            Some(Some(entry)) => {
                let common = offset_of!(fi_cq_err_entry, src_addr);
                out.cast::<u8>().copy_from_nonoverlapping((&raw const entry).cast(), common);
                1
            }
        }
    }
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, this is a queue that was opened here, and nobody uses it any
    // more; when it is closed beneath, nobody has its tables.
    unsafe {
        let hooks: &Completions = owner((*fid).ops, offset_of!(Completions, fid_ops));
        let code: c_int = call!(hooks.fid_ops.original.close, fid);
        if code == 0 {
            drop(Box::from_raw((&raw const *hooks).cast_mut()));
        }
        code
    }
}
