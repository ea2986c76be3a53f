//! NIXL as a transport: the calls of its wrapper, in the order of a worker's steps.

use std::collections::BTreeMap;

use nixl::{
    Agent, Backend, Block, HostBuffer, Inbox, Metadata, Nixl, Params, Progress, Region,
    Registration, Transfer,
};

use super::{Echo, MemorySpec, Remote, Share, Transport, check_bounds, of_lane};
use crate::workload::Op;

/// An agent with one backend, one registration, and transfers to its peers.
pub(super) struct NixlTransport {
    agent: Agent,
    backend: Backend,
    inbox: Inbox,
    /// Allocated, and not registered yet.
    buffer: Option<HostBuffer>,
    registration: Option<Registration>,
    lanes: Vec<Lane>,
    /// To whom echoes go.
    greeted: Option<nixl::Remote>,
}

/// The transfers of a lane's requests.
#[derive(Default)]
struct Lane {
    transfers: Vec<Transfer>,
    /// Those of the request under way that are not complete.
    active: Vec<usize>,
}

impl NixlTransport {
    /// Creates the agent.
    pub fn agent(nixl: &Nixl, name: &str) -> Result<Agent, String> {
        Agent::builder(name).build(nixl).map_err(|e| e.to_string())
    }

    /// Creates the agent's backend.
    pub fn new(
        agent: Agent,
        backend: &str,
        params: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let params: Params = params.clone();
        let backend = agent.create_backend(backend, &params).map_err(|e| e.to_string())?;
        let inbox = agent.inbox().map_err(|e| e.to_string())?;
        let (buffer, registration, lanes, greeted) = Default::default();
        Ok(Self { agent, backend, inbox, buffer, registration, lanes, greeted })
    }

    fn registration(&self) -> Result<&Registration, String> {
        self.registration.as_ref().ok_or_else(|| "no memory is registered".to_owned())
    }
}

impl Transport for NixlTransport {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        let buffer = HostBuffer::options().huge_pages(memory.pages.into()).map(memory.bytes);
        self.buffer = Some(buffer.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn register(&mut self) -> Result<(), String> {
        let buffer = self.buffer.take().ok_or("no memory is allocated")?;
        let registered = self.agent.register(buffer, &[&self.backend]);
        self.registration = Some(registered.map_err(|e| e.error.to_string())?);
        Ok(())
    }

    fn remote(&self) -> Result<Remote, String> {
        let metadata = self.agent.metadata().map_err(|e| e.to_string())?.to_bytes();
        let Region { address, len, device } = self.registration()?.region();
        Ok(Remote { metadata, address, len, device })
    }

    fn connect(&mut self, target: &Remote, share: Share<'_>) -> Result<(), String> {
        let registration = self.registration()?;
        check_bounds(&share, registration.len(), target)?;
        let metadata = metadata(target);
        let region = Region { address: target.address, len: target.len, device: target.device };
        let indices: Vec<u32> = (0..).take(share.descriptors.len()).collect();
        let block = |offset: u64, len: u64| Block { offset: offset as usize, len: len as usize };
        let locals = share.descriptors.iter().map(|d| block(d.local_offset, d.len_bytes));
        let remotes = share.descriptors.iter().map(|d| block(d.remote_offset, d.len_bytes));
        let word = (share.lane as u32).to_le_bytes();
        let op = match share.op {
            Op::Write => nixl::Op::Write,
            Op::Read => nixl::Op::Read,
        };
        let make = || -> nixl::Result<Transfer> {
            let peer = self.agent.load_remote(&metadata?)?;
            let local = registration.prepare(locals, &self.backend)?;
            let remote = peer.prepare(&region, remotes, &self.backend)?;
            let transfer = local.transfer(op, &indices, &remote, &indices);
            transfer.merge(share.merge).notify(&word).build()
        };
        let transfer = make().map_err(|e| e.to_string())?;
        let Lane { transfers, active } = of_lane(&mut self.lanes, share.lane);
        transfers.push(transfer);
        active.reserve(transfers.len());
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.registration()?.write(offset, data).map_err(|error| error.to_string())
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.registration()?.read(offset, out).map_err(|error| error.to_string())
    }

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

    fn greet(&mut self, peer: &Remote) -> Result<(), String> {
        let greeted = metadata(peer).and_then(|metadata| self.agent.load_remote(&metadata));
        self.greeted = Some(greeted.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn echo(&mut self, echo: Echo) -> Result<(), String> {
        let peer = self.greeted.as_ref().ok_or("nobody was greeted")?;
        let sent = self.agent.notify(peer, &echo.to_bytes(), &self.backend);
        sent.map_err(|error| error.to_string())
    }

    fn hear(&mut self, heard: &mut dyn FnMut(Echo)) -> Result<(), String> {
        let mut other = 0;
        let polled = self.inbox.poll(|one| match Echo::from_bytes(one.message) {
            Some(echo) => heard(echo),
            None => other += 1,
        });
        polled.map_err(|error| error.to_string())?;
        if other > 0 { Err("a notification came that is no echo".to_owned()) } else { Ok(()) }
    }
}

fn metadata(peer: &Remote) -> nixl::Result<Metadata> {
    // SAFETY: a worker of the same variant made them. They came over sockets that only the coordinator
    // and its workers hold, or from an agent that the user named and that has proved to have the token.
    unsafe { Metadata::from_bytes(&peer.metadata) }
}
