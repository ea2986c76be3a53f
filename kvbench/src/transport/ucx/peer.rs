//! A target: the endpoint to it, and the keys of its memory.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;

use nixl_sys::ucx::*;

use super::Address;
use super::context::Worker;

/// A target, which all lanes share.
pub struct Peer {
    /// Where its worker is: what distinguishes it from other targets.
    pub worker: Vec<u8>,
    pub endpoint: ucp_ep_h,
    pub memory_key: ucp_rkey_h,
    pub signals_key: ucp_rkey_h,
    /// What UCX has said of the connection; UCX holds its address.
    state: &'static Cell<ucs_status_t>,
}

/// UCX calls it when the connection is lost.
unsafe extern "C" fn lost(state: *mut c_void, _: ucp_ep_h, status: ucs_status_t) {
    // SAFETY: what `Peer::connect` gave, which lives as long as the process; UCX calls from the one
    // thread that drives the worker.
    unsafe { &*state.cast::<Cell<ucs_status_t>>() }.set(status);
}

impl Peer {
    /// Connects as NIXL does: with errors of the peer handled.
    pub fn connect(worker: &Worker, address: Address) -> Result<Self, String> {
        // UCX holds it until the process ends.
        let state: &'static _ = Box::leak(Box::new(Cell::new(ucs_status_t::UCS_OK)));
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
            worker: address.worker,
            state,
        })
    }

    /// Fails when UCX has said that the connection is lost.
    pub fn check(&self) -> Result<(), String> {
        match self.state.get() {
            ucs_status_t::UCS_OK => Ok(()),
            status => Err(format!("UCX lost the connection to the target ({})", status.0)),
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
