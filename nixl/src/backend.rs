//! Backends of an agent (NIXL's plugins: UCX, LIBFABRIC, …), their parameters and memory types.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::ptr::null_mut;
use std::sync::Arc;

use nixl_sys::{nixl_capi_backend_s, nixl_capi_mem_type_t as Raw};

use crate::agent::AgentShared;
use crate::error::{During, Error, Result, Status, c_string, check};
use crate::handle::Handle;
use crate::lists::{MemList, OptArgs, ParamMap, RegList, ResponseList};
use crate::{Agent, Strict, ThreadSync};

/// Parameters of a backend, by name.
pub type Params = BTreeMap<String, String>;

/// A kind of memory (`nixl_mem_t`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MemType {
    /// Host memory.
    Dram,
    /// GPU memory.
    Vram,
    /// A block device.
    Block,
    /// An object of a store.
    Object,
    /// A file.
    File,
    /// A kind that this crate does not know.
    Unknown,
}

impl MemType {
    pub(crate) fn raw(self) -> Raw {
        match self {
            Self::Dram => Raw::NIXL_CAPI_MEM_DRAM,
            Self::Vram => Raw::NIXL_CAPI_MEM_VRAM,
            Self::Block => Raw::NIXL_CAPI_MEM_BLOCK,
            Self::Object => Raw::NIXL_CAPI_MEM_OBJECT,
            Self::File => Raw::NIXL_CAPI_MEM_FILE,
            Self::Unknown => Raw::NIXL_CAPI_MEM_UNKNOWN,
        }
    }

    pub(crate) fn from_raw(raw: Raw) -> Self {
        match raw {
            Raw::NIXL_CAPI_MEM_DRAM => Self::Dram,
            Raw::NIXL_CAPI_MEM_VRAM => Self::Vram,
            Raw::NIXL_CAPI_MEM_BLOCK => Self::Block,
            Raw::NIXL_CAPI_MEM_OBJECT => Self::Object,
            Raw::NIXL_CAPI_MEM_FILE => Self::File,
            _ => Self::Unknown,
        }
    }
}

/// A backend of an agent. Cheap to clone.
pub struct Backend<S: ThreadSync = Strict> {
    pub(crate) shared: Arc<BackendShared<S>>,
}

pub(crate) struct BackendShared<S: ThreadSync> {
    pub(crate) agent: Arc<AgentShared<S>>,
    pub(crate) handle: Handle<nixl_capi_backend_s, S>,
    pub(crate) name: CString,
}

impl<S: ThreadSync> Clone for Backend<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: ThreadSync> std::fmt::Debug for Backend<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Backend").field(&self.shared.name).finish()
    }
}

impl<S: ThreadSync> Drop for BackendShared<S> {
    fn drop(&mut self) {
        // SAFETY: this frees C's handle, once; the backend itself belongs to the agent.
        unsafe { (self.agent.functions().destroy_backend)(self.handle.raw()) };
    }
}

impl<S: ThreadSync> Agent<S> {
    /// Creates a backend from the plugin `name`, such as `"UCX"` or `"LIBFABRIC"`.
    ///
    /// # Errors
    /// [`Error::Backend`], with what keeps the plugin from loading where that can be found out.
    pub fn create_backend(&self, name: &str, params: &Params) -> Result<Backend<S>> {
        let agent = &self.shared;
        let c_name = c_string("backend name", name)?;
        let map = ParamMap::from_params(agent.functions(), params)?;
        let mut raw = null_mut();
        let guard = agent.lock_backends();
        // SAFETY: the agent and the map live, the name is a C string, the out pointer is valid.
        let status = unsafe {
            let create = agent.functions().create_backend;
            create(agent.handle.raw(), c_name.as_ptr(), map.raw(), &mut raw)
        };
        drop(guard);
        let handle = check(status).and_then(|_| Handle::new(raw)).map_err(|status| {
            let faults = agent.nixl.library().diagnose(name);
            Error::Backend { backend: name.to_owned(), status, faults }
        })?;
        let shared = BackendShared { agent: Arc::clone(agent), handle, name: c_name };
        Ok(Backend { shared: Arc::new(shared) })
    }

    /// The memory types and the default parameters that a plugin declares.
    ///
    /// # Errors
    /// The plugin does not exist or does not load.
    pub fn plugin_params(&self, name: &str) -> Result<(Vec<MemType>, Params)> {
        let functions = self.shared.functions();
        let c_name = c_string("backend name", name)?;
        let (mut mems, mut params) = (null_mut(), null_mut());
        // SAFETY: the agent lives, the name is a C string, the out pointers are valid.
        check(unsafe {
            let agent = self.shared.handle.raw();
            (functions.get_plugin_params)(agent, c_name.as_ptr(), &mut mems, &mut params)
        })
        .during_on("read plugin parameters", name)?;
        unpack(MemList::returned(functions, mems), ParamMap::returned(functions, params))
            .during_on("read plugin parameters", name)
    }
}

fn unpack(
    mems: MemList<'_>,
    params: ParamMap<'_>,
) -> std::result::Result<(Vec<MemType>, Params), Status> {
    Ok((mems.to_vec()?, params.to_params()?))
}

impl<S: ThreadSync> Backend<S> {
    /// The name of its plugin.
    pub fn name(&self) -> &str {
        self.shared.name.to_str().unwrap_or("?")
    }

    /// The memory types it serves and the parameters it was created with.
    ///
    /// # Errors
    /// C refused.
    pub fn params(&self) -> Result<(Vec<MemType>, Params)> {
        let functions = self.shared.agent.functions();
        let (mut mems, mut params) = (null_mut(), null_mut());
        // SAFETY: both handles live and the out pointers are valid.
        check(unsafe {
            let (agent, backend) = (self.shared.agent.handle.raw(), self.shared.handle.raw());
            (functions.get_backend_params)(agent, backend, &mut mems, &mut params)
        })
        .during_on("read backend parameters", self.name())?;
        unpack(MemList::returned(functions, mems), ParamMap::returned(functions, params))
            .during_on("read backend parameters", self.name())
    }

    /// Asks the backend about files, objects or blocks by key: one answer per key, `None` where there
    /// is no such thing.
    ///
    /// # Errors
    /// The backend cannot answer for this memory type.
    pub fn query_memory(&self, mem: MemType, keys: &[&[u8]]) -> Result<Vec<Option<Params>>> {
        let what = "query memory";
        let agent = &self.shared.agent;
        let functions = agent.functions();
        let list = RegList::new(functions, mem).during(what)?;
        for key in keys {
            list.add(0, 0, 0, key).during(what)?;
        }
        let answers = ResponseList::new(functions).during(what)?;
        let args = self.only_this().during(what)?;
        let guard = agent.lock_backends();
        // SAFETY: all four objects live. C takes no lock in this call, so no backend may be added
        // meanwhile: the guard sees to it.
        check(unsafe {
            (functions.query_mem)(agent.handle.raw(), list.raw(), answers.raw(), args.raw())
        })
        .during_on(what, self.name())?;
        drop(guard);
        answers.to_vec().during_on(what, self.name())
    }

    /// Optional arguments that restrict a call to this backend.
    pub(crate) fn only_this(&self) -> std::result::Result<OptArgs<'_>, Status> {
        OptArgs::new(self.shared.agent.functions())?.backend(self.shared.handle.raw())
    }

    pub(crate) fn must_be_of(
        &self,
        agent: &Arc<AgentShared<S>>,
        operation: &'static str,
    ) -> Result<()> {
        if Arc::ptr_eq(&self.shared.agent, agent) {
            Ok(())
        } else {
            Err(Error::ForeignHandle { operation })
        }
    }
}
