//! An endpoint to a target, and the operations of a request on it.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;

use nixl_sys::ucx::*;

use super::Address;
use super::context::{Mapped, Worker};

/// A block of a request.
pub struct Block {
    pub local: *mut u8,
    pub remote: u64,
    pub len: usize,
}

/// The gets of a request.
struct Gets {
    /// Those that are not complete.
    incomplete: Cell<usize>,
    /// How they ended; the last failure, if any failed.
    status: Cell<ucs_status_t>,
    /// `ucp_request_free`.
    free: unsafe extern "C" fn(*mut c_void),
}

/// A target.
pub struct Peer {
    endpoint: ucp_ep_h,
    memory_key: ucp_rkey_h,
    signals_key: ucp_rkey_h,
    blocks: Vec<Block>,
    /// How UCX knows local memory, and that another block follows.
    of_block: ucp_request_param_t,
    /// Where the initiator's counter is.
    signal: u64,
    /// What is put there: the number of requests. It is read until the put is complete.
    requests: &'static Cell<u64>,
    /// Of the request under way, until it is done.
    flush: Option<*mut c_void>,
    /// UCX holds its address.
    gets: &'static Gets,
    /// Whether the gets of a request were posted and nobody has asked since they are complete.
    getting: bool,
    /// What UCX has said of the connection; UCX holds its address.
    state: &'static Cell<ucs_status_t>,
}

/// UCX calls it when the connection is lost.
unsafe extern "C" fn lost(state: *mut c_void, _: ucp_ep_h, status: ucs_status_t) {
    // SAFETY: what `Peer::connect` gave, which lives as long as the process; UCX calls from the one
    // thread that drives the worker.
    unsafe { &*state.cast::<Cell<ucs_status_t>>() }.set(status);
}

/// UCX calls it when a get is complete that was not at once.
unsafe extern "C" fn got(request: *mut c_void, status: ucs_status_t, gets: *mut c_void) {
    // SAFETY: as in `lost`: what `Peer::get` gave.
    let gets = unsafe { &*gets.cast::<Gets>() };
    gets.incomplete.set(gets.incomplete.get().saturating_sub(1));
    if status != ucs_status_t::UCS_OK {
        gets.status.set(status);
    }
    // SAFETY: the request is UCX's, and this is its end. Given back before, it would not be told.
    unsafe { (gets.free)(request) };
}

impl Peer {
    /// Connects as NIXL does: with errors of the peer handled. The initiator's counter is at `signal`.
    pub fn connect(
        worker: &Worker,
        address: &Address,
        signal: u64,
        local: &Mapped,
        blocks: Vec<Block>,
    ) -> Result<Self, String> {
        // UCX holds these until the process ends.
        let status = Cell::new(ucs_status_t::UCS_OK);
        let free = worker.ucx().ucp_request_free;
        let gets: &'static _ = Box::leak(Box::new(Gets { incomplete: Cell::new(0), status, free }));
        let state: &'static _ = Box::leak(Box::new(Cell::new(ucs_status_t::UCS_OK)));
        let requests: &'static _ = Box::leak(Box::new(Cell::new(0)));
        let params = ucp_ep_params_t {
            field_mask: UCP_EP_PARAM_FIELD_REMOTE_ADDRESS
                | UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE
                | UCP_EP_PARAM_FIELD_ERR_HANDLER,
            address: address.worker.as_ptr().cast(),
            err_mode: ucp_err_handling_mode_t::UCP_ERR_HANDLING_MODE_PEER,
            err_handler: ucp_err_handler_t {
                cb: Some(lost),
                arg: (&raw const *state).cast_mut().cast(),
            },
            ..Default::default()
        };
        let mut endpoint = null_mut();
        // SAFETY: the address is one that a worker of the same variant was asked for, and is only read
        // during the call; the state is never freed.
        let status =
            unsafe { (worker.ucx().ucp_ep_create)(worker.handle(), &params, &mut endpoint) };
        worker.check("ucp_ep_create", status)?;
        Ok(Self {
            endpoint,
            memory_key: unpack(worker, endpoint, &address.memory_key)?,
            signals_key: unpack(worker, endpoint, &address.signals_key)?,
            blocks,
            of_block: ucp_request_param_t {
                op_attr_mask: UCP_OP_ATTR_FIELD_MEMH | UCP_OP_ATTR_FLAG_MULTI_SEND,
                memh: local.0,
                ..Default::default()
            },
            signal,
            requests,
            flush: None,
            gets,
            getting: false,
            state,
        })
    }

    /// Posts a put per block.
    pub fn put(&mut self, worker: &Worker) -> Result<(), String> {
        let put = worker.ucx().ucp_put_nbx;
        for Block { local, remote, len } in &self.blocks {
            // SAFETY: the endpoint and the key live; local memory is mapped for as long as the process
            // lives, and nobody changes it before the flush is done.
            let posted = unsafe {
                put(self.endpoint, local.cast(), *len, *remote, self.memory_key, &self.of_block)
            };
            begun(worker, "ucp_put_nbx", posted)?;
        }
        Ok(())
    }

    /// Posts a get per block.
    pub fn get(&mut self, worker: &Worker) -> Result<(), String> {
        let get = worker.ucx().ucp_get_nbx;
        let told = UCP_OP_ATTR_FIELD_CALLBACK | UCP_OP_ATTR_FIELD_USER_DATA;
        let of_block = ucp_request_param_t {
            op_attr_mask: self.of_block.op_attr_mask | told,
            cb: Some(got),
            user_data: (&raw const *self.gets).cast_mut().cast(),
            ..self.of_block
        };
        self.getting = true;
        for Block { local, remote, len } in &self.blocks {
            // SAFETY: as in `put`; nobody reads local memory before the get is complete.
            let posted = unsafe {
                get(self.endpoint, local.cast(), *len, *remote, self.memory_key, &of_block)
            };
            match ucs_status_t::of_pointer(posted) {
                Some(status) => worker.check("ucp_get_nbx", status)?,
                None => self.gets.incomplete.set(self.gets.incomplete.get() + 1),
            }
        }
        Ok(())
    }

    /// Puts the number of this request into the target's counter.
    pub fn signal(&mut self, worker: &Worker) -> Result<(), String> {
        self.requests.set(self.requests.get() + 1);
        let (plain, from) = (ucp_request_param_t::default(), self.requests.as_ptr());
        // SAFETY: the endpoint and the key live; the number is never freed, and is only changed for the
        // next request, which begins when this one was delivered.
        let posted = unsafe {
            let put = worker.ucx().ucp_put_nbx;
            put(self.endpoint, from.cast(), size_of::<u64>(), self.signal, self.signals_key, &plain)
        };
        begun(worker, "ucp_put_nbx", posted)
    }

    /// Whether gets were posted, and [`got_all`](Self::got_all) has not yet said that they are complete.
    pub fn getting(&self) -> bool {
        self.getting
    }

    /// Whether all gets are complete.
    pub fn got_all(&mut self, worker: &Worker) -> Result<bool, String> {
        worker.check("ucp_get_nbx", self.gets.status.get())?;
        if self.gets.incomplete.get() > 0 {
            return self.check().map(|()| false);
        }
        self.getting = false;
        Ok(true)
    }

    /// Asks to be told when everything posted so far is at the target.
    pub fn flush(&mut self, worker: &Worker) -> Result<(), String> {
        let plain = ucp_request_param_t::default();
        // SAFETY: the endpoint lives.
        let posted = unsafe { (worker.ucx().ucp_ep_flush_nbx)(self.endpoint, &plain) };
        self.flush = match ucs_status_t::of_pointer(posted) {
            Some(status) => {
                worker.check("ucp_ep_flush_nbx", status)?;
                Some(null_mut())
            }
            None => Some(posted),
        };
        Ok(())
    }

    /// Whether a flush was begun, and [`flushed`](Self::flushed) has not yet said that it is done.
    pub fn flushing(&self) -> bool {
        self.flush.is_some()
    }

    /// Whether the flush is done.
    pub fn flushed(&mut self, worker: &Worker) -> Result<bool, String> {
        let Some(request) = self.flush else { return Ok(true) };
        if !request.is_null() {
            // SAFETY: a request of this worker, which lives until it is freed.
            match unsafe { (worker.ucx().ucp_request_check_status)(request) } {
                ucs_status_t::UCS_INPROGRESS => return self.check().map(|()| false),
                status => {
                    // SAFETY: as above; nobody uses it any more.
                    unsafe { (worker.ucx().ucp_request_free)(request) };
                    self.flush = None;
                    worker.check("ucp_ep_flush_nbx", status)?;
                }
            }
        }
        self.flush = None;
        Ok(true)
    }

    /// Fails when UCX has said that the connection is lost.
    pub fn check(&self) -> Result<(), String> {
        match self.state.get() {
            ucs_status_t::UCS_OK => Ok(()),
            status => Err(format!("UCX lost the connection to the target ({})", status.0)),
        }
    }
}

/// Takes what a non-blocking call returned. A request is given back at once: it lives until it is
/// done, and the flush after it tells when that is.
fn begun(worker: &Worker, call: &str, posted: *mut c_void) -> Result<(), String> {
    match ucs_status_t::of_pointer(posted) {
        Some(status) => worker.check(call, status),
        None => {
            // SAFETY: a pointer that is no status is a request of this worker.
            unsafe { (worker.ucx().ucp_request_free)(posted) };
            Ok(())
        }
    }
}

fn unpack(worker: &Worker, endpoint: ucp_ep_h, key: &[u8]) -> Result<ucp_rkey_h, String> {
    let mut handle = null_mut();
    // SAFETY: the endpoint lives; the bytes are those that a worker of the same variant packed.
    let status =
        unsafe { (worker.ucx().ucp_ep_rkey_unpack)(endpoint, key.as_ptr().cast(), &mut handle) };
    worker.check("ucp_ep_rkey_unpack", status)?;
    Ok(handle)
}
