//! A UCP context and its worker, and memory that they know.

use std::ptr::{null, null_mut};
use std::slice;

use nixl_sys::ucx::*;

use super::super::memory::Memory;

/// What NIXL's UCX plugin sets where the environment says nothing (`nixlUcxContext`).
const AS_NIXL: [(&std::ffi::CStr, &str, &std::ffi::CStr); 3] = [
    (c"RNDV_THRESH", "UCX_RNDV_THRESH", c"inf"),
    (c"MAX_RMA_RAILS", "UCX_MAX_RMA_RAILS", c"2"),
    (c"IB_PCI_RELAXED_ORDERING", "UCX_IB_PCI_RELAXED_ORDERING", c"try"),
];

/// Set where the environment says nothing: UCX waits at a fence only for endpoints that used several
/// lanes. Left to itself it waits for an answer of every target, also where one connection keeps the
/// order. It goes with UCX's protocols as they are by default.
const FENCE: (&std::ffi::CStr, &str, &std::ffi::CStr) =
    (c"FENCE_MODE", "UCX_FENCE_MODE", c"ep_based");

/// Selects UCX's protocols of before, which have no such fence.
const PROTOCOLS: &str = "UCX_PROTO_ENABLE";

/// UCX's context.
pub struct Context {
    pub ucx: Functions,
    handle: ucp_context_h,
}

/// UCX's worker, for one thread.
pub struct Worker {
    context: Context,
    handle: ucp_worker_h,
}

/// Memory that UCX knows.
pub struct Mapped(pub ucp_mem_h);

impl Context {
    pub fn new(ucx: Functions) -> Result<Self, String> {
        let (mut config, mut handle) = (null_mut(), null_mut());
        let params = ucp_params_t {
            field_mask: UCP_PARAM_FIELD_FEATURES,
            // Without active messages UCX chooses other lanes than for NIXL.
            features: UCP_FEATURE_RMA | UCP_FEATURE_AM,
            ..Default::default()
        };
        // SAFETY: out pointers are valid; the configuration lives until it is released, which is after
        // its last use; strings end with NUL.
        unsafe {
            check(&ucx, "ucp_config_read", (ucx.ucp_config_read)(null(), null(), &mut config))?;
            let fence = Some(FENCE).filter(|_| std::env::var_os(PROTOCOLS).is_none());
            for (name, variable, value) in AS_NIXL.into_iter().chain(fence) {
                if std::env::var_os(variable).is_none() {
                    // A version that lacks the setting refuses it, as NIXL lets it.
                    (ucx.ucp_config_modify)(config, name.as_ptr(), value.as_ptr());
                }
            }
            let (major, minor) = (UCP_API_MAJOR, UCP_API_MINOR);
            let status = (ucx.ucp_init_version)(major, minor, &params, config, &mut handle);
            (ucx.ucp_config_release)(config);
            check(&ucx, "ucp_init", status)?;
        }
        Ok(Self { ucx, handle })
    }
}

impl Worker {
    pub fn new(context: Context) -> Result<Self, String> {
        let mut handle = null_mut();
        let params = ucp_worker_params_t {
            field_mask: UCP_WORKER_PARAM_FIELD_THREAD_MODE,
            thread_mode: ucs_thread_mode_t::UCS_THREAD_MODE_SINGLE,
            ..Default::default()
        };
        // SAFETY: the context lives, and the out pointer is valid.
        let status =
            unsafe { (context.ucx.ucp_worker_create)(context.handle, &params, &mut handle) };
        check(&context.ucx, "ucp_worker_create", status)?;
        Ok(Self { context, handle })
    }

    pub fn ucx(&self) -> &Functions {
        &self.context.ucx
    }

    pub fn handle(&self) -> ucp_worker_h {
        self.handle
    }

    /// Fails unless `status` is that of success.
    pub fn check(&self, call: &str, status: ucs_status_t) -> Result<(), String> {
        check(self.ucx(), call, status)
    }

    /// What peers connect to.
    pub fn address(&self) -> Result<Vec<u8>, String> {
        let mut attr =
            ucp_worker_attr_t { field_mask: UCP_WORKER_ATTR_FIELD_ADDRESS, ..Default::default() };
        // SAFETY: the worker lives; UCX's bytes are whole until they are released, after the copy.
        unsafe {
            let status = (self.ucx().ucp_worker_query)(self.handle, &mut attr);
            self.check("ucp_worker_query", status)?;
            let bytes = slice::from_raw_parts(attr.address.cast::<u8>(), attr.address_length);
            let bytes = bytes.to_vec();
            (self.ucx().ucp_worker_release_address)(self.handle, attr.address);
            Ok(bytes)
        }
    }

    /// Makes memory known, which must stay mapped.
    pub fn map(&self, memory: &Memory) -> Result<Mapped, String> {
        let mut handle = null_mut();
        let params = ucp_mem_map_params_t {
            field_mask: UCP_MEM_MAP_PARAM_FIELD_ADDRESS | UCP_MEM_MAP_PARAM_FIELD_LENGTH,
            address: memory.base().cast(),
            length: memory.len(),
            ..Default::default()
        };
        // SAFETY: the context lives, the memory is mapped, and the out pointer is valid.
        let status = unsafe { (self.ucx().ucp_mem_map)(self.context.handle, &params, &mut handle) };
        self.check("ucp_mem_map", status)?;
        Ok(Mapped(handle))
    }

    /// The key by which peers reach memory.
    pub fn key(&self, mapped: &Mapped) -> Result<Vec<u8>, String> {
        let (mut buffer, mut size) = (null_mut(), 0);
        // SAFETY: the memory is mapped; UCX's bytes are whole until they are released, after the copy.
        unsafe {
            let pack = self.ucx().ucp_rkey_pack;
            let status = pack(self.context.handle, mapped.0, &mut buffer, &mut size);
            self.check("ucp_rkey_pack", status)?;
            let bytes = slice::from_raw_parts(buffer.cast::<u8>(), size).to_vec();
            (self.ucx().ucp_rkey_buffer_release)(buffer);
            Ok(bytes)
        }
    }

    /// Orders what was posted before what will be.
    pub fn fence(&self) -> Result<(), String> {
        // SAFETY: the worker lives.
        self.check("ucp_worker_fence", unsafe { (self.ucx().ucp_worker_fence)(self.handle) })
    }

    /// One round of progress.
    pub fn progress(&self) {
        // SAFETY: the worker lives, and its one thread calls.
        unsafe { (self.ucx().ucp_worker_progress)(self.handle) };
    }
}

fn check(ucx: &Functions, call: &str, status: ucs_status_t) -> Result<(), String> {
    if status == ucs_status_t::UCS_OK {
        return Ok(());
    }
    // SAFETY: the function takes any status, and returns a constant of the library.
    let text = unsafe { std::ffi::CStr::from_ptr((ucx.ucs_status_string)(status)) };
    Err(format!("{call} failed: {} ({})", text.to_string_lossy(), status.0))
}
