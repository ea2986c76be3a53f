//! The transfers that this worker makes: prepared lists once per peer, a transfer per request.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nixl::{Agent, Backend, Metadata, Progress, Region, Remote, RemoteList, Transfer};

use super::memory::{Memory, descriptors};
use crate::measure::now_ns;
use crate::serving::message::{Move, Peer, WorkerId};
use crate::workload::Op;

/// Posts transfers and follows them to their end.
pub(super) struct Mover {
    agent: Agent,
    backend: Backend,
    op: nixl::Op,
    peers: HashMap<WorkerId, (Remote, RemoteList)>,
    active: Vec<Active>,
}

struct Active {
    id: u64,
    transfer: Transfer,
    posted_ns: u64,
}

/// How a transfer ended.
pub(super) struct Ended {
    pub id: u64,
    pub posted_ns: u64,
    /// When it was complete here, or why it failed.
    pub outcome: Result<u64, String>,
}

impl Mover {
    pub fn new(agent: Agent, backend: Backend, op: Op) -> Self {
        let op = match op {
            Op::Write => nixl::Op::Write,
            Op::Read => nixl::Op::Read,
        };
        Self { agent, backend, op, peers: HashMap::new(), active: Vec::new() }
    }

    /// Loads the metadata of a peer and prepares all blocks of its pool. What is known of its
    /// predecessors stays: their transfers may have failed, and then nothing may be freed.
    pub fn connect(&mut self, memory: &Memory, peer: &Peer) -> Result<(), String> {
        let bytes = BASE64_STANDARD.decode(&peer.metadata).map_err(|error| error.to_string())?;
        // SAFETY: a worker of the same deployment made them, and they came over sockets that only
        // the router and its workers hold.
        let metadata =
            unsafe { Metadata::from_bytes(&bytes) }.map_err(|error| error.to_string())?;
        let region = Region { address: peer.address, len: peer.len, device: peer.device };
        let prepare = || {
            let remote = self.agent.load_remote(&metadata)?;
            let list = remote.prepare(&region, descriptors(memory.shape), &self.backend)?;
            nixl::Result::Ok((remote, list))
        };
        let known = prepare().map_err(|error| error.to_string())?;
        self.peers.insert(peer.id, known);
        Ok(())
    }

    /// Posts a transfer, whose notification is its id; how it ended, if it has already.
    pub fn post(&mut self, memory: &Memory, id: u64, order: &Move) -> Option<Ended> {
        let posted_ns = now_ns();
        match self.try_post(memory, id, order) {
            Ok((transfer, Progress::Active)) => {
                self.active.push(Active { id, transfer, posted_ns });
                None
            }
            Ok((_, Progress::Done)) => Some(Ended { id, posted_ns, outcome: Ok(now_ns()) }),
            Err(reason) => Some(Ended { id, posted_ns, outcome: Err(reason) }),
        }
    }

    fn try_post(
        &self,
        memory: &Memory,
        id: u64,
        order: &Move,
    ) -> Result<(Transfer, Progress), String> {
        let (_, list) =
            self.peers.get(&order.peer).ok_or_else(|| format!("{} is unknown", order.peer))?;
        let local = memory.shape.indices(&order.local);
        let remote = memory.shape.indices(&order.remote);
        let message = id.to_le_bytes();
        let made = memory.list.transfer(self.op, &local, list, &remote).notify(&message).build();
        let mut transfer = made.map_err(|error| error.to_string())?;
        let progress = transfer.post().map_err(|error| error.to_string())?;
        Ok((transfer, progress))
    }

    /// Drives the backend by one round; the transfers that ended.
    pub fn poll(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        let mut next = 0;
        while let Some(one) = self.active.get_mut(next) {
            let outcome = match one.transfer.poll() {
                Ok(Progress::Active) => {
                    next += 1;
                    continue;
                }
                Ok(Progress::Done) => Ok(now_ns()),
                Err(error) => Err(error.to_string()),
            };
            let Active { id, posted_ns, .. } = self.active.swap_remove(next);
            ended.push(Ended { id, posted_ns, outcome });
        }
        ended
    }

    /// Whether a transfer is under way.
    pub fn is_busy(&self) -> bool {
        !self.active.is_empty()
    }
}
