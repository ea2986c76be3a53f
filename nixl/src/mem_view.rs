//! Memory views: handles by which a kernel on the device reaches registered memory (NIXL 1.5).

use std::ptr::null_mut;
use std::sync::Arc;

use nixl_sys::nixl_capi_mem_view_s;

use crate::blocks::check_block;
use crate::error::{During, Error, Result, check};
use crate::handle::Handle;
use crate::lists::XferList;
use crate::registration::RegistrationShared;
use crate::{Backend, Block, MemType, Registration, Strict, ThreadSync};

/// A view of local blocks, released when dropped.
pub struct MemView<S: ThreadSync = Strict> {
    handle: Handle<nixl_capi_mem_view_s, S>,
    registration: Arc<RegistrationShared<S>>,
}

impl<S: ThreadSync> Registration<S> {
    /// Prepares a view of `blocks` for use from a device.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the loaded NIXL has no views; a block lies outside; or the
    /// backend has none (UCX has them on GPUs only).
    pub fn view(&self, blocks: &[Block], backend: &Backend<S>) -> Result<MemView<S>> {
        let what = "prepare a memory view";
        let agent = &self.shared().agent;
        backend.must_be_of(agent, what)?;
        let functions = agent.functions();
        // Both or neither: what cannot be released is not made.
        let (Some(prepare), Some(_)) = (functions.prep_mem_view_local, functions.release_mem_view)
        else {
            let function = "nixl_capi_prep_mem_view_local";
            return Err(Error::Unsupported { operation: what, function });
        };
        blocks.iter().try_for_each(|block| check_block(*block, self.len()))?;
        let base = self.region().address as usize;
        let list = XferList::of(functions, MemType::Dram, (base, 0), blocks);
        let list = list.during(what)?;
        let args = backend.only_this().during(what)?;
        let mut raw = null_mut();
        // SAFETY: agent, list and arguments live; the out pointer is valid; C copies the list.
        check(unsafe { prepare(agent.handle.raw(), list.raw(), &mut raw, args.raw()) })
            .during_on(what, backend.name())?;
        let handle = Handle::new(raw).during_on(what, backend.name())?;
        Ok(MemView { handle, registration: Arc::clone(self.shared()) })
    }
}

impl<S: ThreadSync> MemView<S> {
    /// The handle that a kernel takes. It is valid while this value lives.
    pub fn as_ptr(&self) -> *mut std::ffi::c_void {
        self.handle.raw().cast()
    }
}

impl<S: ThreadSync> Drop for MemView<S> {
    fn drop(&mut self) {
        let agent = &self.registration.agent;
        if let Some(release) = agent.functions().release_mem_view {
            // SAFETY: the agent lives and made the view, which is released once.
            unsafe { release(agent.handle.raw(), self.handle.raw()) };
        }
    }
}
