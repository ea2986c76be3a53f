//! UCX without NIXL: the UCX beneath NIXL's plugin, set up as the plugin does it.
//!
//! A request is a `ucp_put_nbx` (`ucp_get_nbx`) per block, and then:
//!
//! - *Delivered*: the initiator puts the number of the request into a counter in the target's memory.
//!   For WRITE a `ucp_worker_fence` goes before it, which UCX promises to keep in order: the counter
//!   does not rise before the data is there. (Over tcp UCX keeps it by flushing, which takes a round
//!   trip.) For READ it is put when all gets are complete. (NIXL flushes for both, and then sends an
//!   active message; what that costs is part of NIXL's distance from its ceiling.)
//! - *Completed*: for WRITE, `ucp_ep_flush_nbx` is done, as with NIXL: everything is at the target, and
//!   local memory may be used again. For READ, every get is complete.

mod context;
mod peer;

use nixl_sys::ucx::Library;
use serde::{Deserialize, Serialize};

use self::context::{Context, Mapped, Worker};
use self::peer::Peer;
use super::memory::Memory;
use super::signals::{self, Signals};
use super::{MemorySpec, Remote, Share, Transport, check_bounds, check_lane, merged, tell};
use crate::workload::{HugePages, Op};

/// One worker's end: a UCP worker, its memory, and an endpoint per target.
pub(super) struct UcxTransport {
    worker: Worker,
    memory: Option<Memory>,
    mapped: Option<Mapped>,
    /// A target's counters, and how UCX knows them.
    signals: Option<(Signals, Option<Mapped>)>,
    peers: Vec<Peer>,
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
        let (memory, mapped, signals, peers) = (None, None, None, Vec::new());
        Ok(Self { worker, memory, mapped, signals, peers, op: Op::Write })
    }

    fn memory(&self) -> Result<&Memory, String> {
        self.memory.as_ref().ok_or_else(|| "no memory is allocated".to_owned())
    }

    fn mapped(&self) -> Result<&Mapped, String> {
        self.mapped.as_ref().ok_or_else(|| "no memory is registered".to_owned())
    }
}

impl Transport for UcxTransport {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        self.memory = Some(Memory::private(memory.bytes, memory.pages)?);
        if memory.is_target {
            let counters = Memory::private(signals::bytes(memory.initiators), HugePages::No)?;
            self.signals = Some((Signals::new(counters), None));
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
        check_lane(&share)?;
        check_bounds(&share, memory.len(), target)?;
        let address: Address =
            serde_json::from_slice(&target.metadata).map_err(|error| error.to_string())?;
        let blocks = merged(&share).into_iter().map(|one| peer::Block {
            local: memory.base().wrapping_add(one.local_offset as usize),
            remote: target.address + one.remote_offset,
            len: one.len_bytes as usize,
        });
        let signal = address.signals_address + signals::offset(share.initiator) as u64;
        let (mapped, blocks) = (self.mapped()?, blocks.collect());
        let peer = Peer::connect(&self.worker, &address, signal, mapped, blocks)?;
        self.op = share.op;
        self.peers.push(peer);
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, _: usize) -> Result<(), String> {
        match self.op {
            Op::Write => {
                self.peers.iter_mut().try_for_each(|peer| peer.put(&self.worker))?;
                self.worker.fence()?;
                for peer in &mut self.peers {
                    peer.signal(&self.worker)?;
                    peer.flush(&self.worker)?;
                }
            }
            Op::Read => {
                self.peers.iter_mut().try_for_each(|peer| peer.get(&self.worker))?;
            }
        }
        Ok(())
    }

    fn poll(&mut self, _: usize) -> Result<bool, String> {
        self.worker.progress();
        let mut complete = true;
        for peer in &mut self.peers {
            if peer.flushing() {
                complete &= peer.flushed(&self.worker)?;
            } else if peer.getting() {
                match peer.got_all(&self.worker)? {
                    true => peer.signal(&self.worker)?,
                    false => complete = false,
                }
            }
        }
        Ok(complete)
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        self.worker.progress();
        self.peers.iter().try_for_each(Peer::check)?;
        Ok(tell(self.signals.as_mut().map_or(0, |(counters, _)| counters.arrived()), arrived))
    }
}
