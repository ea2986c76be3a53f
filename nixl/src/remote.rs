//! A peer whose metadata was loaded.

use std::ffi::CString;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Weak};

use crate::agent::{AgentShared, lock};
use crate::blocks::Prepared;
use crate::error::{During, Error, Result, check};
use crate::lists::take_string;
use crate::{Agent, Backend, Block, Metadata, Region, RemoteList, Strict, ThreadSync};

/// A peer that this agent has metadata of. Cheap to clone.
pub struct Remote<S: ThreadSync = Strict> {
    shared: Arc<RemoteShared<S>>,
}

pub(crate) struct RemoteShared<S: ThreadSync> {
    pub(crate) agent: Arc<AgentShared<S>>,
    pub(crate) name: CString,
    /// A transfer failed: NIXL may have dropped the peer's metadata, and LIBFABRIC hangs on a post.
    lost: AtomicBool,
    /// Calls into C that use the peer's metadata just now.
    users: AtomicUsize,
}

/// Keeps the metadata of a peer in C while a call uses it.
pub(crate) struct InUse<'a>(&'a AtomicUsize);

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl<S: ThreadSync> RemoteShared<S> {
    pub(crate) fn lose(&self) {
        self.lost.store(true, SeqCst);
    }

    /// To be held during every call into C that uses the peer's metadata; fails once it is lost.
    pub(crate) fn enter(&self) -> Result<InUse<'_>> {
        // Counted before the loss is looked for, so that `is_abandoned` sees one or the other.
        self.users.fetch_add(1, SeqCst);
        let in_use = InUse(&self.users);
        if self.lost.load(SeqCst) {
            return Err(Error::RemoteLost { remote: self.name.to_string_lossy().into_owned() });
        }
        Ok(in_use)
    }

    /// Whether nobody uses the metadata, and nobody can from now on.
    fn is_abandoned(&self) -> bool {
        self.lost.load(SeqCst) && self.users.load(SeqCst) == 0
    }
}

impl<S: ThreadSync> Clone for Remote<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: ThreadSync> std::fmt::Debug for Remote<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.shared.name).finish()
    }
}

impl<S: ThreadSync> Agent<S> {
    /// Loads a peer's metadata. Loading more of a known peer adds to what is known of it; loading a
    /// lost one anew (a restarted peer under its old name) replaces it. One that restarted without
    /// being lost must be invalidated first ([`Remote::invalidate`]).
    ///
    /// # Errors
    /// C refused, as it does when no backend is common to both.
    pub fn load_remote(&self, metadata: &Metadata) -> Result<Remote<S>> {
        let what = "load remote metadata";
        let agent = &self.shared;
        self.forget_lost();
        let mut raw = null_mut();
        // SAFETY: the agent lives and the pointers are valid for the call; NIXL made the blob, see
        // `Metadata`.
        check(unsafe {
            let load = agent.functions().load_remote_md;
            load(agent.handle.raw(), metadata.0.as_ptr().cast(), metadata.0.len(), &mut raw)
        })
        .during(what)?;
        // SAFETY: C allocated the name for us.
        let name = unsafe { take_string(raw) };
        let mut remotes = lock(&agent.remotes);
        if let Some(shared) = remotes.get(&name).and_then(Weak::upgrade) {
            return Ok(Remote { shared });
        }
        let shared = Arc::new(RemoteShared {
            agent: Arc::clone(agent),
            name: name.clone(),
            lost: AtomicBool::new(false),
            users: AtomicUsize::new(0),
        });
        remotes.insert(name, Arc::downgrade(&shared));
        Ok(Remote { shared })
    }

    /// Invalidates the metadata of lost peers, so that theirs can be loaded anew. A peer that a call
    /// still uses, as one that hangs does, keeps its metadata.
    fn forget_lost(&self) {
        lock(&self.shared.remotes).retain(|name, remote| {
            // A lost peer has a handle left: that of the transfer that failed.
            let lost = remote.upgrade().is_some_and(|remote| remote.is_abandoned());
            if lost {
                // NIXL may have dropped it itself: "not found" is as good.
                let _ = invalidate(&self.shared, name);
            }
            !lost
        });
    }

    /// Sends a notification without a transfer.
    ///
    /// # Errors
    /// The peer is another agent's or lost, or C refused.
    pub fn notify(&self, remote: &Remote<S>, message: &[u8], backend: &Backend<S>) -> Result<()> {
        let what = "send a notification";
        backend.must_be_of(&self.shared, what)?;
        remote.must_be_of(&self.shared, what)?;
        let _in_use = remote.shared.enter()?;
        let args = backend.only_this().during(what)?;
        let (data, len) = (message.as_ptr().cast(), message.len());
        // SAFETY: all handles live, and C copies the message.
        check(unsafe {
            let send = self.shared.functions().gen_notif;
            let (agent, name) = (self.shared.handle.raw(), remote.shared.name.as_ptr());
            send(agent, name, data, len, args.raw())
        })
        .during_on(what, backend.name())?;
        Ok(())
    }
}

fn invalidate<S: ThreadSync>(agent: &AgentShared<S>, name: &CString) -> Result<()> {
    // SAFETY: the agent lives and the name is a C string.
    check(unsafe { (agent.functions().invalidate_remote_md)(agent.handle.raw(), name.as_ptr()) })
        .during("invalidate remote metadata")?;
    Ok(())
}

impl<S: ThreadSync> Remote<S> {
    /// The peer's name.
    pub fn name(&self) -> &str {
        self.shared.name.to_str().unwrap_or("?")
    }

    /// Connects now instead of at the first transfer.
    ///
    /// # Errors
    /// The backend is another agent's, the peer is lost, or C refused.
    pub fn connect(&self, backend: &Backend<S>) -> Result<()> {
        let what = "connect";
        backend.must_be_of(&self.shared.agent, what)?;
        let _in_use = self.shared.enter()?;
        let agent = &self.shared.agent;
        let args = backend.only_this().during(what)?;
        // SAFETY: all handles live and the name is a C string.
        check(unsafe {
            let connect = agent.functions().agent_make_connection;
            connect(agent.handle.raw(), self.shared.name.as_ptr(), args.raw())
        })
        .during_on(what, backend.name())?;
        Ok(())
    }

    /// Prepares blocks of a peer's region for transfers through `backend`.
    ///
    /// # Errors
    /// A block lies outside of the region or of what the peer registered, the backend is another
    /// agent's, the peer is lost, or C refused.
    pub fn prepare(
        &self,
        region: &Region,
        blocks: impl IntoIterator<Item = Block>,
        backend: &Backend<S>,
    ) -> Result<RemoteList<S>> {
        backend.must_be_of(&self.shared.agent, "prepare a list of blocks")?;
        let _in_use = self.shared.enter()?;
        let prepared = Prepared::new(backend, Some(&self.shared.name), region.memory()?, blocks)?;
        Ok(RemoteList { prepared: Arc::new(prepared), remote: Arc::clone(&self.shared) })
    }

    /// Drops the peer's metadata and its connection.
    ///
    /// # Errors
    /// [`Error::RemoteInUse`] while lists, transfers or clones of this handle exist, or C refused.
    pub fn invalidate(self) -> Result<()> {
        let agent = Arc::clone(&self.shared.agent);
        let mut remotes = lock(&agent.remotes);
        if Arc::strong_count(&self.shared) > 1 {
            return Err(Error::RemoteInUse { remote: self.name().to_owned() });
        }
        remotes.remove(&self.shared.name);
        invalidate(&agent, &self.shared.name)
    }

    pub(crate) fn shared(&self) -> &Arc<RemoteShared<S>> {
        &self.shared
    }

    fn must_be_of(&self, agent: &Arc<AgentShared<S>>, operation: &'static str) -> Result<()> {
        if Arc::ptr_eq(&self.shared.agent, agent) {
            Ok(())
        } else {
            Err(Error::ForeignHandle { operation })
        }
    }
}
