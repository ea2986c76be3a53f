//! UCX without NIXL: the UCX beneath NIXL's plugin, set up as the plugin does it.
//!
//! A request is a `ucp_put_nbx` (`ucp_get_nbx`) per block. Then:
//!
//! - *Delivered*: the initiator puts the number of the request into a counter in the target's memory,
//!   one for each lane. For WRITE a `ucp_worker_fence` goes before it, which UCX promises to keep in
//!   order: the counter does not rise before the data is there. For READ it is put when all gets are
//!   complete.
//! - *Completed*: every put or get is: local memory may be used again.
//!
//! NIXL flushes for both, which is a message more and its answer over tcp, and then sends an active
//! message; what that costs is part of NIXL's distance from its ceiling. How UCX keeps the fence is
//! told in `context.rs`.

mod context;
mod peer;
mod transfer;

use std::rc::Rc;

use nixl_sys::ucx::Library;
use serde::{Deserialize, Serialize};

use self::context::{Context, Mapped, Worker};
use self::peer::Peer;
use self::transfer::{Block, Transfer};
use super::memory::Memory;
use super::signals::{self, Signals};
use super::{MemorySpec, Remote, Share, Transport, check_bounds, merged, of_lane};
use crate::workload::{HugePages, Op};

/// One worker's end: a UCP worker, its memory, and an endpoint per target.
pub(super) struct UcxTransport {
    worker: Worker,
    memory: Option<Memory>,
    mapped: Option<Mapped>,
    /// A target's counters, and how UCX knows them.
    signals: Option<(Signals, Option<Mapped>)>,
    peers: Vec<Rc<Peer>>,
    /// The transfers of each lane, one per target.
    lanes: Vec<Vec<Transfer>>,
    /// How many lanes there will be.
    lanes_count: usize,
    op: Op,
}

/// What a target tells.
#[derive(Serialize, Deserialize)]
struct Address {
    worker: Vec<u8>,
    memory_key: Vec<u8>,
    signals_key: Vec<u8>,
    signals_address: u64,
}

impl UcxTransport {
    /// Makes UCX's context.
    pub fn context(library: &Library) -> Result<Context, String> {
        Context::new(*library.functions())
    }

    /// Makes the context's worker.
    pub fn new(context: Context) -> Result<Self, String> {
        let worker = Worker::new(context)?;
        let (memory, mapped, signals) = (None, None, None);
        let (peers, lanes, lanes_count) = Default::default();
        Ok(Self { worker, memory, mapped, signals, peers, lanes, lanes_count, op: Op::Write })
    }

    fn memory(&self) -> Result<&Memory, String> {
        self.memory.as_ref().ok_or_else(|| "no memory is allocated".to_owned())
    }

    fn mapped(&self) -> Result<&Mapped, String> {
        self.mapped.as_ref().ok_or_else(|| "no memory is registered".to_owned())
    }

    /// The target that `address` tells of; it is connected to when it is new.
    fn peer(&mut self, address: Address) -> Result<Rc<Peer>, String> {
        if let Some(known) = self.peers.iter().find(|peer| peer.worker == address.worker) {
            return Ok(Rc::clone(known));
        }
        let peer = Rc::new(Peer::connect(&self.worker, address)?);
        self.peers.push(Rc::clone(&peer));
        Ok(peer)
    }

    /// Tells targets of gets that were complete in the round before: who waits for a READ has its data,
    /// and does not wait for this.
    fn signal_gets(&mut self) -> Result<(), String> {
        if self.op == Op::Write {
            return Ok(());
        }
        let mut transfers = self.lanes.iter_mut().flatten();
        transfers.try_for_each(|transfer| transfer.signal_gets(&self.worker))
    }
}

impl Transport for UcxTransport {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        self.memory = Some(Memory::private(memory.bytes, memory.pages)?);
        self.lanes_count = memory.lanes;
        if memory.is_target {
            let counters = Memory::private(signals::bytes(&memory), HugePages::No)?;
            self.signals = Some((Signals::new(counters, memory.lanes), None));
        }
        Ok(())
    }

    fn register(&mut self) -> Result<(), String> {
        self.mapped = Some(self.worker.map(self.memory()?)?);
        if let Some((counters, mapped)) = &mut self.signals {
            *mapped = Some(self.worker.map(counters.memory())?);
        }
        Ok(())
    }

    fn remote(&self) -> Result<Remote, String> {
        let (memory, mapped) = (self.memory()?, self.mapped()?);
        let (signals_key, signals_address) = match &self.signals {
            Some((counters, Some(mapped))) => {
                (self.worker.key(mapped)?, counters.memory().base().addr() as u64)
            }
            _ => (Vec::new(), 0),
        };
        let memory_key = self.worker.key(mapped)?;
        let worker = self.worker.address()?;
        let address = Address { worker, memory_key, signals_key, signals_address };
        let metadata = serde_json::to_vec(&address).map_err(|error| error.to_string())?;
        let (address, len) = (memory.base().addr() as u64, memory.len() as u64);
        Ok(Remote { metadata, address, len, device: 0 })
    }

    fn connect(&mut self, target: &Remote, share: Share<'_>) -> Result<(), String> {
        let memory = self.memory()?;
        check_bounds(&share, memory.len(), target)?;
        let address: Address =
            serde_json::from_slice(&target.metadata).map_err(|error| error.to_string())?;
        let blocks = merged(&share).into_iter().map(|one| Block {
            local: memory.base().wrapping_add(one.local_offset as usize),
            remote: target.address + one.remote_offset,
            len: one.len_bytes as usize,
        });
        let blocks = blocks.collect();
        let signal = address.signals_address + signals::offset(&share, self.lanes_count) as u64;
        let peer = self.peer(address)?;
        let transfer = Transfer::new(&self.worker, peer, self.mapped()?, blocks, signal);
        self.op = share.op;
        of_lane(&mut self.lanes, share.lane).push(transfer);
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, lane: usize) -> Result<(), String> {
        // A rank that sends nothing has no lanes.
        let Some(transfers) = self.lanes.get_mut(lane) else { return Ok(()) };
        transfers.iter_mut().try_for_each(|one| one.post(&self.worker, self.op))?;
        if self.op == Op::Write {
            self.worker.fence()?;
            transfers.iter_mut().try_for_each(|one| one.signal(&self.worker))?;
        }
        Ok(())
    }

    fn poll(&mut self, lane: usize) -> Result<bool, String> {
        self.worker.progress();
        self.signal_gets()?;
        let mut complete = true;
        for transfer in self.lanes.get_mut(lane).into_iter().flatten() {
            complete &= transfer.is_complete(&self.worker, self.op)?;
        }
        Ok(complete)
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        self.worker.progress();
        self.signal_gets()?;
        self.peers.iter().try_for_each(|peer| peer.check())?;
        Ok(self.signals.as_mut().map_or(0, |(counters, _)| counters.receive(arrived)))
    }
}
