//! Memory registered with backends, owned by its registration.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::agent::AgentShared;
use crate::blocks::{Prepared, check_block};
use crate::error::{During, Error, RegisterError, Result, Status, check};
use crate::lists::{OptArgs, RegList};
use crate::{Agent, Backend, Block, HostBuffer, LocalList, MemType, Region, Strict, ThreadSync};

/// Host memory that backends may read and write on behalf of peers.
///
/// Dropping it deregisters the memory, once no list or transfer uses it.
pub struct Registration<S: ThreadSync = Strict> {
    shared: Arc<RegistrationShared<S>>,
}

pub(crate) struct RegistrationShared<S: ThreadSync> {
    pub(crate) agent: Arc<AgentShared<S>>,
    pub(crate) buffer: ManuallyDrop<HostBuffer>,
    backends: Vec<Backend<S>>,
}

impl<S: ThreadSync> RegistrationShared<S> {
    fn descriptor(&self) -> std::result::Result<RegList<'_>, Status> {
        descriptor(&self.agent, &self.buffer)
    }

    fn deregister(&self) -> std::result::Result<(), Status> {
        let list = self.descriptor()?;
        let args = restrict(&self.agent, &self.backends)?;
        // SAFETY: the agent lives, the list names what was registered, and no list or transfer of
        // this registration is left.
        check(unsafe {
            let deregister = self.agent.functions().deregister_mem;
            deregister(self.agent.handle.raw(), list.raw(), args.raw())
        })?;
        Ok(())
    }
}

impl<S: ThreadSync> Drop for RegistrationShared<S> {
    fn drop(&mut self) {
        // The addresses stay mapped whatever happens: see the crate's documentation. When C still
        // knows the memory, so do the pages.
        if self.deregister().is_ok() {
            self.buffer.give_pages_back();
        }
    }
}

fn descriptor<'a, S: ThreadSync>(
    agent: &'a AgentShared<S>,
    buffer: &HostBuffer,
) -> std::result::Result<RegList<'a>, Status> {
    let list = RegList::new(agent.functions(), MemType::Dram)?;
    list.add(buffer.address(), buffer.len(), 0, &[])?;
    Ok(list)
}

/// Optional arguments that restrict a call to `backends`.
pub(crate) fn restrict<'a, S: ThreadSync>(
    agent: &'a AgentShared<S>,
    backends: &[Backend<S>],
) -> std::result::Result<OptArgs<'a>, Status> {
    backends.iter().try_fold(OptArgs::new(agent.functions())?, |args, one| {
        args.backend(one.shared.handle.raw())
    })
}

impl<S: ThreadSync> Agent<S> {
    /// Registers `buffer` with `backends`, which must be of this agent and at least one.
    ///
    /// # Errors
    /// [`RegisterError`], which gives the buffer back.
    pub fn register(
        &self,
        buffer: HostBuffer,
        backends: &[&Backend<S>],
    ) -> std::result::Result<Registration<S>, RegisterError> {
        match self.try_register(&buffer, backends) {
            Err(error) => Err(RegisterError { error, buffer }),
            Ok(()) => {
                let backends = backends.iter().map(|backend| (*backend).clone()).collect();
                let buffer = ManuallyDrop::new(buffer);
                let agent = Arc::clone(&self.shared);
                let shared = RegistrationShared { agent, buffer, backends };
                Ok(Registration { shared: Arc::new(shared) })
            }
        }
    }

    fn try_register(&self, buffer: &HostBuffer, backends: &[&Backend<S>]) -> Result<()> {
        let what = "register memory";
        let Some(first) = backends.first() else {
            return Err(Error::Invalid {
                what: "backend list",
                text: String::new(),
                reason: "memory is registered with at least one backend".into(),
            });
        };
        backends.iter().try_for_each(|backend| backend.must_be_of(&self.shared, what))?;
        let owned: Vec<_> = backends.iter().map(|backend| (*backend).clone()).collect();
        let list = descriptor(&self.shared, buffer).during(what)?;
        let args = restrict(&self.shared, &owned).during(what)?;
        // SAFETY: the agent, the list and the arguments live. The memory named is mapped, and stays
        // so until it is deregistered: on success the caller puts it into a registration.
        check(unsafe {
            let register = self.shared.functions().register_mem;
            register(self.shared.handle.raw(), list.raw(), args.raw())
        })
        .during_on(what, first.name())?;
        Ok(())
    }
}

impl<S: ThreadSync> Registration<S> {
    /// Bytes registered.
    pub fn len(&self) -> usize {
        self.shared.buffer.len()
    }

    /// Never: a buffer has at least one byte.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// What a peer needs to name blocks of this memory.
    pub fn region(&self) -> Region {
        let buffer = &self.shared.buffer;
        Region { address: buffer.address() as u64, len: buffer.len() as u64, device: 0 }
    }

    /// Copies bytes out. A transfer that is under way may show in part.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`].
    pub fn read(&self, offset: usize, out: &mut [u8]) -> Result<()> {
        if !out.is_empty() {
            check_block(Block { offset, len: out.len() }, self.len())?;
            self.shared.buffer.copy_out(offset, out);
        }
        Ok(())
    }

    /// Copies bytes in. A transfer that is under way may see them in part.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`].
    pub fn write(&self, offset: usize, data: &[u8]) -> Result<()> {
        if !data.is_empty() {
            check_block(Block { offset, len: data.len() }, self.len())?;
            self.shared.buffer.copy_in(offset, data);
        }
        Ok(())
    }

    /// Prepares blocks of this memory for transfers through `backend`.
    ///
    /// # Errors
    /// A block lies outside, the backend is another agent's, or C refused.
    pub fn prepare(
        &self,
        blocks: impl IntoIterator<Item = Block>,
        backend: &Backend<S>,
    ) -> Result<LocalList<S>> {
        backend.must_be_of(&self.shared.agent, "prepare a list of blocks")?;
        let buffer = &self.shared.buffer;
        let memory = (buffer.address(), buffer.len(), 0);
        let prepared = Prepared::new(backend, None, memory, blocks)?;
        Ok(LocalList {
            prepared: Arc::new(prepared),
            registration: Arc::clone(&self.shared),
            backend: backend.clone(),
        })
    }

    pub(crate) fn shared(&self) -> &Arc<RegistrationShared<S>> {
        &self.shared
    }
}
