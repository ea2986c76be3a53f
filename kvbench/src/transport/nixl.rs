//! NIXL as a transport: the calls of its wrapper, in the order of a worker's steps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nixl::{
    Agent, Backend, Block, Dependencies, HostBuffer, Inbox, Installation, Metadata, Nixl, Op,
    Params, Progress, Region, Registration, Source, Transfer,
};

use super::Transport;
use crate::workload::Descriptor;

/// An agent with one backend, one registration, and transfers to its peers.
pub(crate) struct NixlTransport {
    pub(crate) agent: Agent,
    backend: Backend,
    inbox: Inbox,
    registration: Option<Registration>,
    lanes: Vec<Lane>,
}

/// The transfers of a lane's requests.
#[derive(Default)]
struct Lane {
    transfers: Vec<Transfer>,
    /// Those of the request under way that are not complete.
    active: Vec<usize>,
}

/// Loads the NIXL under `prefix`.
pub(crate) fn load(
    prefix: &Path,
    libraries: &[PathBuf],
    cuda_stub: Option<&Path>,
) -> Result<(Nixl, Dependencies), String> {
    let installation = Installation::at(prefix, Source::Explicit).map_err(|e| e.to_string())?;
    let dependencies = Dependencies::resolve(&installation, libraries, cuda_stub);
    let nixl = Nixl::open(&installation, &dependencies).map_err(|e| e.to_string())?;
    Ok((nixl, dependencies))
}

impl NixlTransport {
    /// Creates the agent.
    pub(crate) fn agent(nixl: &Nixl, name: &str) -> Result<Agent, String> {
        Agent::builder(name).build(nixl).map_err(|e| e.to_string())
    }

    /// Creates the agent's backend.
    pub(crate) fn new(
        agent: Agent,
        backend: &str,
        params: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let params: Params = params.clone();
        let backend = agent.create_backend(backend, &params).map_err(|e| e.to_string())?;
        let inbox = agent.inbox().map_err(|e| e.to_string())?;
        Ok(Self { agent, backend, inbox, registration: None, lanes: Vec::new() })
    }

    /// Registers the worker's memory; what peers need to reach it.
    pub(crate) fn register(&mut self, buffer: HostBuffer) -> Result<(), String> {
        let registered = self.agent.register(buffer, &[&self.backend]);
        self.registration = Some(registered.map_err(|e| e.error.to_string())?);
        Ok(())
    }

    pub(crate) fn registration(&self) -> Result<&Registration, String> {
        self.registration.as_ref().ok_or_else(|| "no memory is registered".to_owned())
    }

    pub(crate) fn metadata(&self) -> Result<(Metadata, Region), String> {
        let metadata = self.agent.metadata().map_err(|e| e.to_string())?;
        Ok((metadata, self.registration()?.region()))
    }

    /// Makes the transfer of `lane` to one peer; *local* of each descriptor is this worker's side.
    pub(crate) fn connect(
        &mut self,
        op: Op,
        metadata: &Metadata,
        region: &Region,
        lane: usize,
        descriptors: &[Descriptor],
        merge: bool,
    ) -> Result<(), String> {
        let indices: Vec<u32> = (0..).take(descriptors.len()).collect();
        let block = |offset: u64, len: u64| Block { offset: offset as usize, len: len as usize };
        let locals = descriptors.iter().map(|d| block(d.local_offset, d.len_bytes));
        let remotes = descriptors.iter().map(|d| block(d.remote_offset, d.len_bytes));
        let word = (lane as u32).to_le_bytes();
        let make = || -> nixl::Result<Transfer> {
            let peer = self.agent.load_remote(metadata)?;
            let registration = self.registration.as_ref().expect("memory is registered first");
            let local = registration.prepare(locals, &self.backend)?;
            let remote = peer.prepare(region, remotes, &self.backend)?;
            local.transfer(op, &indices, &remote, &indices).merge(merge).notify(&word).build()
        };
        self.registration()?;
        let transfer = make().map_err(|e| e.to_string())?;
        while self.lanes.len() <= lane {
            self.lanes.push(Lane::default());
        }
        let Lane { transfers, active } = &mut self.lanes[lane];
        transfers.push(transfer);
        active.reserve(transfers.len());
        Ok(())
    }
}

impl Transport for NixlTransport {
    fn post(&mut self, lane: usize) -> Result<(), String> {
        // A rank that sends nothing has no lanes.
        let Some(Lane { transfers, active }) = self.lanes.get_mut(lane) else { return Ok(()) };
        active.clear();
        for (index, transfer) in transfers.iter_mut().enumerate() {
            match transfer.post() {
                Ok(Progress::Done) => {}
                Ok(Progress::Active) => active.push(index),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn poll(&mut self, lane: usize) -> Result<bool, String> {
        let Some(Lane { transfers, active }) = self.lanes.get_mut(lane) else { return Ok(true) };
        let mut next = 0;
        while let Some(&index) = active.get(next) {
            match transfers[index].poll() {
                Ok(Progress::Done) => drop(active.swap_remove(next)),
                Ok(Progress::Active) => next += 1,
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(active.is_empty())
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        let count = self.inbox.poll(|one| {
            // Only workers of this variant know this agent; whatever else says something is no lane.
            let lane = one.message.try_into().map_or(u32::MAX, u32::from_le_bytes);
            arrived(lane as usize);
        });
        count.map(|count| count as u64).map_err(|error| error.to_string())
    }
}
