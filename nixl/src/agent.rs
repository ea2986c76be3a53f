//! The agent: one endpoint of NIXL in this process, and the thread rule it was made with.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use nixl_sys::{Functions, Library, nixl_capi_agent_config_t, nixl_capi_thread_sync_t as Sync};

use crate::error::{During, Result, c_string, check};
use crate::handle::{Handle, Locked};
use crate::lists::StringList;
use crate::remote::RemoteShared;
use crate::{Dependencies, Installation, OpenError};

/// A NIXL loaded into this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Nixl(Arc<Library>);

impl Nixl {
    /// Loads a NIXL and the libraries that its plugins need.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(
        installation: &Installation,
        dependencies: &Dependencies,
    ) -> std::result::Result<Self, OpenError> {
        Library::open(installation, dependencies).map(|library| Self(Arc::new(library)))
    }

    /// The loaded library: its functions, its versions, and what is wrong with a plugin.
    pub fn library(&self) -> &Library {
        &self.0
    }
}

/// A rule for the use of an agent from threads. Implemented by [`Strict`], [`ReadWrite`] and
/// [`Unsynchronized`] only.
pub trait ThreadSync: sealed::Sealed + 'static {}

mod sealed {
    pub trait Sealed {
        const MODE: nixl_sys::nixl_capi_thread_sync_t;
    }
}

macro_rules! thread_sync {
    ($(#[$doc:meta])* $name:ident = $mode:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl ThreadSync for $name {}

        impl sealed::Sealed for $name {
            const MODE: Sync = $mode;
        }
    };
}

thread_sync!(
    /// C takes one lock per agent (`NIXL_THREAD_SYNC_STRICT`).
    Strict = Sync::NIXL_CAPI_THREAD_SYNC_STRICT
);
thread_sync!(
    /// C takes a reader-writer lock per agent (`NIXL_THREAD_SYNC_RW`). NIXL before 1.5 drops a
    /// peer that disconnects under the reader's lock only, and is given [`Strict`]'s rule instead.
    ReadWrite = Sync::NIXL_CAPI_THREAD_SYNC_RW
);
thread_sync!(
    /// C takes no lock (`NIXL_THREAD_SYNC_NONE`, NIXL's default): the agent and everything made from
    /// it stay on the thread that made them.
    Unsynchronized = Sync::NIXL_CAPI_THREAD_SYNC_NONE
);

// SAFETY: agents made with this rule lock in every call.
unsafe impl Locked for Strict {}
// SAFETY: as above.
unsafe impl Locked for ReadWrite {}

/// One endpoint of NIXL in this process. Cheap to clone; the last clone, list, registration or
/// transfer of it destroys it.
pub struct Agent<S: ThreadSync = Strict> {
    pub(crate) shared: Arc<AgentShared<S>>,
}

impl<S: ThreadSync> Clone for Agent<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: ThreadSync> std::fmt::Debug for Agent<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Agent").field(&self.shared.name).finish()
    }
}

/// What all handles of an agent hold.
pub(crate) struct AgentShared<S: ThreadSync> {
    pub(crate) nixl: Nixl,
    pub(crate) handle: Handle<nixl_sys::nixl_capi_agent_s, S>,
    pub(crate) name: CString,
    pub(crate) remotes: Mutex<HashMap<CString, Weak<RemoteShared<S>>>>,
    /// Held while backends are added or listed: C's query takes no lock of its own.
    backends: Mutex<()>,
}

impl<S: ThreadSync> AgentShared<S> {
    pub(crate) fn functions(&self) -> &Functions {
        self.nixl.0.functions()
    }

    pub(crate) fn lock_backends(&self) -> MutexGuard<'_, ()> {
        lock(&self.backends)
    }
}

impl<S: ThreadSync> Drop for AgentShared<S> {
    fn drop(&mut self) {
        // SAFETY: this is the last handle, so nothing made from the agent is left.
        unsafe { (self.functions().destroy_agent)(self.handle.raw()) };
    }
}

/// Locks, whether or not another thread panicked: no invariant spans these locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mode that the loaded NIXL has to be given so that it keeps the rule of `mode`.
fn sound_mode(mode: Sync, functions: &Functions) -> Sync {
    let before_1_5 = functions.prep_mem_view_local.is_none();
    if before_1_5 && mode == Sync::NIXL_CAPI_THREAD_SYNC_RW {
        return Sync::NIXL_CAPI_THREAD_SYNC_STRICT;
    }
    mode
}

/// Settings of an agent to be.
#[derive(Clone, Debug)]
pub struct Builder<S: ThreadSync = Strict> {
    name: String,
    progress_thread: bool,
    progress_interval: Duration,
    telemetry: bool,
    rule: PhantomData<S>,
}

impl Agent {
    /// Starts building an agent; `name` is how peers know it.
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder {
            name: name.into(),
            progress_thread: false,
            progress_interval: Duration::ZERO,
            telemetry: false,
            rule: PhantomData,
        }
    }
}

impl<S: ThreadSync> Builder<S> {
    /// Whether backends get a thread of their own that drives them. Without one (the default) a
    /// transfer advances only in [`crate::Transfer::poll`], and a target only in
    /// [`crate::Inbox::poll`].
    pub fn progress_thread(mut self, on: bool) -> Self {
        self.progress_thread = on;
        self
    }

    /// The pause of the progress thread between two rounds, in whole microseconds (default: none).
    pub fn progress_interval(mut self, pause: Duration) -> Self {
        self.progress_interval = pause;
        self
    }

    /// Whether transfers keep telemetry ([`crate::Transfer::telemetry`]).
    pub fn telemetry(mut self, on: bool) -> Self {
        self.telemetry = on;
        self
    }

    /// Chooses another thread rule: `.thread_sync::<ReadWrite>()`.
    pub fn thread_sync<T: ThreadSync>(self) -> Builder<T> {
        Builder {
            name: self.name,
            progress_thread: self.progress_thread,
            progress_interval: self.progress_interval,
            telemetry: self.telemetry,
            rule: PhantomData,
        }
    }

    /// Creates the agent.
    ///
    /// # Errors
    /// The name has a NUL byte, or C refused.
    pub fn build(self, nixl: &Nixl) -> Result<Agent<S>> {
        let name = c_string("agent name", &self.name)?;
        let micros = self.progress_interval.as_micros();
        let config = nixl_capi_agent_config_t {
            enable_prog_thread: self.progress_thread,
            enable_listen_thread: false,
            listen_port: 0,
            thread_sync: sound_mode(S::MODE, nixl.0.functions()),
            num_workers: 1,
            pthr_delay_us: u64::try_from(micros).unwrap_or(u64::MAX),
            lthr_delay_us: 0,
            capture_telemetry: self.telemetry,
        };
        let mut raw = null_mut();
        let create = nixl.0.functions().create_configured_agent;
        // SAFETY: all three pointers are valid for the call; C copies what they point to.
        let status = unsafe { create(name.as_ptr(), &config, &mut raw) };
        check(status).during("create the agent")?;
        let shared = AgentShared {
            nixl: nixl.clone(),
            handle: Handle::new(raw).during("create the agent")?,
            name,
            remotes: Mutex::default(),
            backends: Mutex::default(),
        };
        Ok(Agent { shared: Arc::new(shared) })
    }
}

impl<S: ThreadSync> Agent<S> {
    /// The name peers know it by.
    pub fn name(&self) -> &CStr {
        &self.shared.name
    }

    /// The backends that the installation has a plugin file for. A plugin is listed even when its
    /// dependencies are missing; see [`nixl_sys::Library::diagnose`].
    ///
    /// # Errors
    /// C refused.
    pub fn plugins(&self) -> Result<Vec<String>> {
        let functions = self.shared.functions();
        let mut raw = null_mut();
        // SAFETY: the agent lives and the out pointer is valid.
        check(unsafe { (functions.get_available_plugins)(self.shared.handle.raw(), &mut raw) })
            .during("list plugins")?;
        StringList::returned(functions, raw).to_vec().during("list plugins")
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr::NonNull;

    use super::*;

    /// A table that is not to be called, of a NIXL before or since 1.5.
    fn table(since_1_5: bool) -> Functions {
        let symbol = |name: &CStr| {
            (since_1_5 || Functions::MANDATORY.contains(&name)).then_some(NonNull::dangling())
        };
        // SAFETY: the addresses are no functions, but none of them is called.
        unsafe { Functions::resolve(symbol) }.expect("nothing mandatory is missing")
    }

    #[test]
    fn an_old_nixl_is_given_one_lock_for_readers_and_writers() {
        let (none, strict, rw) = (
            Sync::NIXL_CAPI_THREAD_SYNC_NONE,
            Sync::NIXL_CAPI_THREAD_SYNC_STRICT,
            Sync::NIXL_CAPI_THREAD_SYNC_RW,
        );
        assert_eq!([none, strict, rw].map(|it| sound_mode(it, &table(true))), [none, strict, rw]);
        let old = [none, strict, rw].map(|it| sound_mode(it, &table(false)));
        assert_eq!(old, [none, strict, strict]);
    }
}
