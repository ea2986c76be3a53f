//! What a request of a lane moves between this process and one target.

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

use nixl_sys::ucx::*;

use super::context::{Mapped, Worker};
use super::peer::Peer;
use crate::workload::Op;

/// A block of a request.
pub struct Block {
    pub local: *mut u8,
    pub remote: u64,
    pub len: usize,
}

/// The puts or gets of a request.
struct Operations {
    /// Those that are not complete.
    incomplete: Cell<usize>,
    /// How they ended; the last failure, if any failed.
    status: Cell<ucs_status_t>,
    /// `ucp_request_free`.
    free: unsafe extern "C" fn(*mut c_void),
}

/// The part of a lane's requests that one target has.
pub struct Transfer {
    peer: Rc<Peer>,
    blocks: Vec<Block>,
    /// How UCX knows local memory, that another block follows, and whom to tell.
    of_block: ucp_request_param_t,
    /// Where the counter of the lane is.
    signal: u64,
    /// What is put there: the number of requests. It is read until the put is complete.
    requests: &'static Cell<u64>,
    /// UCX holds its address.
    operations: &'static Operations,
    state: State,
}

/// Where the lane's request is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nowhere, or complete.
    Idle,
    /// Its operations are under way.
    Posted,
    /// Its gets are complete, and the target does not know yet.
    Unsignalled,
}

/// UCX calls it when an operation is complete that was not at once.
unsafe extern "C" fn done(request: *mut c_void, status: ucs_status_t, operations: *mut c_void) {
    // SAFETY: what `Transfer::new` gave, which lives as long as the process; UCX calls from the one
    // thread that drives the worker.
    let operations = unsafe { &*operations.cast::<Operations>() };
    operations.incomplete.set(operations.incomplete.get().saturating_sub(1));
    if status != ucs_status_t::UCS_OK {
        operations.status.set(status);
    }
    // SAFETY: the request is UCX's, and this is its end. Given back before, it would not be told.
    unsafe { (operations.free)(request) };
}

impl Transfer {
    /// The transfer of `blocks` to or from `peer`; the lane's counter is at `signal`.
    pub fn new(
        worker: &Worker,
        peer: Rc<Peer>,
        local: &Mapped,
        blocks: Vec<Block>,
        signal: u64,
    ) -> Self {
        // UCX holds these until the process ends.
        let (incomplete, status) = (Cell::new(0), Cell::new(ucs_status_t::UCS_OK));
        let free = worker.ucx().ucp_request_free;
        let operations: &'static _ = Box::leak(Box::new(Operations { incomplete, status, free }));
        let requests: &'static _ = Box::leak(Box::new(Cell::new(0)));
        let of_block = ucp_request_param_t {
            op_attr_mask: UCP_OP_ATTR_FIELD_MEMH
                | UCP_OP_ATTR_FLAG_MULTI_SEND
                | UCP_OP_ATTR_FIELD_CALLBACK
                | UCP_OP_ATTR_FIELD_USER_DATA,
            memh: local.0,
            cb: Some(done),
            user_data: (&raw const *operations).cast_mut().cast(),
            ..Default::default()
        };
        Self { peer, blocks, of_block, signal, requests, operations, state: State::Idle }
    }

    /// Posts a put or get per block.
    pub fn post(&mut self, worker: &Worker, op: Op) -> Result<(), String> {
        let Functions { ucp_put_nbx: put, ucp_get_nbx: get, .. } = *worker.ucx();
        let Peer { endpoint, memory_key: key, .. } = *self.peer;
        self.state = State::Posted;
        for Block { local, remote, len } in &self.blocks {
            // SAFETY: the endpoint and the key live; local memory is mapped for as long as the process
            // lives, and nobody uses it before the request is complete.
            let (call, begun) = unsafe {
                match op {
                    Op::Write => {
                        let from = local.cast_const().cast();
                        ("ucp_put_nbx", put(endpoint, from, *len, *remote, key, &self.of_block))
                    }
                    Op::Read => {
                        let to = local.cast();
                        ("ucp_get_nbx", get(endpoint, to, *len, *remote, key, &self.of_block))
                    }
                }
            };
            match ucs_status_t::of_pointer(begun) {
                Some(status) => worker.check(call, status)?,
                None => self.operations.incomplete.set(self.operations.incomplete.get() + 1),
            }
        }
        Ok(())
    }

    /// Puts the number of this request into the lane's counter.
    pub fn signal(&mut self, worker: &Worker) -> Result<(), String> {
        self.requests.set(self.requests.get() + 1);
        let (plain, from) = (ucp_request_param_t::default(), self.requests.as_ptr());
        let Peer { endpoint, signals_key, .. } = *self.peer;
        // SAFETY: the endpoint and the key live; the number is never freed, and is only changed for the
        // next request, which begins when this one was delivered.
        let begun = unsafe {
            let put = worker.ucx().ucp_put_nbx;
            put(endpoint, from.cast(), size_of::<u64>(), self.signal, signals_key, &plain)
        };
        match ucs_status_t::of_pointer(begun) {
            Some(status) => worker.check("ucp_put_nbx", status),
            None => {
                // SAFETY: a pointer that is no status is a request of this worker, which lives until it
                // is done; nobody asks for it.
                unsafe { (worker.ucx().ucp_request_free)(begun) };
                Ok(())
            }
        }
    }

    /// Whether all operations of the posted request are complete.
    pub fn is_complete(&mut self, worker: &Worker, op: Op) -> Result<bool, String> {
        if self.state != State::Posted {
            return Ok(true);
        }
        worker.check("a put or get", self.operations.status.get())?;
        if self.operations.incomplete.get() > 0 {
            return self.peer.check().map(|()| false);
        }
        self.state = if op == Op::Read { State::Unsignalled } else { State::Idle };
        Ok(true)
    }

    /// Tells the target of gets that are complete, if it does not know yet.
    pub fn signal_gets(&mut self, worker: &Worker) -> Result<(), String> {
        if self.state != State::Unsignalled {
            return Ok(());
        }
        self.state = State::Idle;
        self.signal(worker)
    }
}
