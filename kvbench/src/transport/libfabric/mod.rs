//! libfabric without NIXL: reliable datagrams over the provider and NICs that NIXL's plugin would use,
//! a rail for each NIC.
//!
//! A request is an `fi_writedata` (`fi_read`) per block; with several rails blocks take turns, and
//! long ones are split over all of them, as NIXL does it. Then:
//!
//! - *Delivered*: each WRITE brings the rank of its initiator as remote completion data, and the
//!   target counts them; how many make a request, the initiator tells when it connects. A provider
//!   writes that completion when the data is there, so no message has to follow. For READ the
//!   initiator sends a message when all are complete.
//! - *Completed*: every WRITE or READ has its local completion. As with NIXL, data may then still be
//!   on its way on providers that complete early, such as tcp.

mod lane;
mod offers;
mod rail;

use std::ffi::CStr;

use nixl_sys::libfabric::{Functions, Library};
use serde::{Deserialize, Serialize};

use self::lane::{Lane, share_out};
use self::offers::Offers;
use self::rail::{Event, MESSAGE_BYTES, Rail};
use super::memory::Memory;
use super::{MemorySpec, Remote, Share, Transport, check_bounds, check_lane, merged, tell};
use crate::workload::Op;

/// One worker's end: its rails and memory, and the lanes to its targets.
pub(super) struct LibfabricTransport {
    rails: Vec<Rail>,
    memory: Option<Memory>,
    lanes: Vec<Lane>,
    op: Op,
    initiator: u64,
    /// Targets, by the lane that messages take.
    targets: Vec<usize>,
    /// Operations of the request under way that are not complete.
    incomplete: usize,
    /// Targets, from the last, that wait for the message of a READ.
    unnotified: usize,
    /// What a target knows of each initiator.
    initiators: Vec<Initiator>,
}

/// What a target tells, by rail.
#[derive(Serialize, Deserialize)]
struct Address {
    rails: Vec<RailAddress>,
}

#[derive(Serialize, Deserialize)]
struct RailAddress {
    name: Vec<u8>,
    key: u64,
    base: u64,
}

/// What a target knows of an initiator.
#[derive(Clone, Copy, Default)]
struct Initiator {
    /// The writes of each request; 0 until it has told.
    writes: u64,
    /// Those of the request under way that have arrived.
    arrived: u64,
    /// Messages of READs that are done.
    read: u64,
}

impl Initiator {
    /// How many requests were delivered since the last call.
    fn delivered(&mut self) -> u64 {
        let mut delivered = std::mem::take(&mut self.read);
        if let Some(requests @ 1..) = self.arrived.checked_div(self.writes) {
            self.arrived -= requests * self.writes;
            delivered += requests;
        }
        delivered
    }
}

impl LibfabricTransport {
    /// Asks libfabric what there is.
    pub fn offers(library: &Library) -> Result<Offers, String> {
        Offers::ask(*library.functions())
    }

    /// Opens a rail for each NIC that is offered.
    pub fn new(offers: Offers) -> Result<Self, String> {
        let Offers { fabric, provider, nics } = offers;
        // SAFETY: the descriptions are those of the offers.
        let rails = nics.into_iter().map(|nic| unsafe { Rail::open(fabric, nic) });
        let rails = rails.collect::<Result<Vec<_>, _>>()?;
        // In NIXL's words: what is observed of a variant is read from its log.
        eprintln!("kvbench INFO Created {} rails using provider={provider}", rails.len());
        Ok(Self {
            rails,
            memory: None,
            lanes: Vec::new(),
            op: Op::Write,
            initiator: 0,
            targets: Vec::new(),
            incomplete: 0,
            unnotified: 0,
            initiators: Vec::new(),
        })
    }

    fn memory(&self) -> Result<&Memory, String> {
        self.memory.as_ref().ok_or_else(|| "no memory is allocated".to_owned())
    }

    /// One round of every rail.
    fn drive(&mut self) -> Result<(), String> {
        let (incomplete, initiators) = (&mut self.incomplete, &mut self.initiators);
        for rail in &self.rails {
            rail.read(|event| match event {
                Event::Complete => *incomplete = incomplete.saturating_sub(1),
                Event::Arrived { initiator } => {
                    if let Some(one) = initiators.get_mut(initiator as usize) {
                        one.arrived += 1;
                    }
                }
                Event::Message(message) => {
                    let (initiator, writes) = parts(message);
                    match initiators.get_mut(initiator as usize) {
                        Some(one) if writes > 0 => one.writes = writes,
                        Some(one) => one.read += 1,
                        None => {}
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Posts what there is room for.
    fn advance(&mut self) -> Result<(), String> {
        for lane in &mut self.lanes {
            lane.advance(&self.rails[lane.rail], self.op, self.initiator)?;
        }
        Ok(())
    }

    /// Tells targets that a READ is done, as far as there is room.
    fn notify(&mut self) -> Result<(), String> {
        while let Some(&lane) = self.unnotified.checked_sub(1).and_then(|at| self.targets.get(at)) {
            let Lane { rail, target, .. } = &self.lanes[lane];
            if !self.rails[*rail].send(target.address, &message(self.initiator, 0))? {
                break;
            }
            self.unnotified -= 1;
        }
        Ok(())
    }
}

impl Transport for LibfabricTransport {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        self.memory = Some(Memory::private(memory.bytes, memory.pages)?);
        if memory.is_target {
            self.initiators = vec![Initiator::default(); memory.initiators];
        }
        Ok(())
    }

    fn register(&mut self) -> Result<(), String> {
        let memory = self.memory.as_ref().ok_or("no memory is allocated")?;
        self.rails.iter_mut().try_for_each(|rail| rail.register(memory))
    }

    fn remote(&self) -> Result<Remote, String> {
        let memory = self.memory()?;
        let of_rail = |rail: &Rail| {
            let (key, base) = rail.reach(memory)?;
            Ok(RailAddress { name: rail.name()?, key, base })
        };
        let rails = self.rails.iter().map(of_rail).collect::<Result<_, String>>()?;
        let metadata = serde_json::to_vec(&Address { rails }).map_err(|error| error.to_string())?;
        Ok(Remote { metadata, address: 0, len: memory.len() as u64, device: 0 })
    }

    fn connect(&mut self, target: &Remote, share: Share<'_>) -> Result<(), String> {
        let memory = self.memory()?;
        check_lane(&share)?;
        check_bounds(&share, memory.len(), target)?;
        let address: Address =
            serde_json::from_slice(&target.metadata).map_err(|error| error.to_string())?;
        if address.rails.is_empty() {
            return Err("the target has no rail".to_owned());
        }
        let mut lanes = Vec::new();
        for (rail, (own, theirs)) in self.rails.iter().zip(address.rails.iter().cycle()).enumerate()
        {
            let target = rail::Target { address: own.insert(&theirs.name)?, key: theirs.key };
            lanes.push(Lane::new(rail, target, theirs.base));
        }
        let longest = self.rails.iter().map(|rail| rail.longest).min().unwrap_or(usize::MAX);
        share_out(&merged(&share), memory.base(), longest, &mut lanes);
        (self.op, self.initiator) = (share.op, share.initiator as u64);
        let writes: usize = lanes.iter().map(Lane::len).sum();
        let (first, to) = (self.lanes.len(), lanes[0].target.address);
        // The first message also makes the connection. The coordinator ends a wait that is too long.
        while !self.rails[0].send(to, &message(self.initiator, writes as u64))? {
            self.drive()?;
        }
        self.targets.push(first);
        self.lanes.append(&mut lanes);
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, _: usize) -> Result<(), String> {
        self.lanes.iter_mut().for_each(Lane::restart);
        self.incomplete = self.lanes.iter().map(Lane::len).sum();
        self.unnotified = if self.op == Op::Read { self.targets.len() } else { 0 };
        self.advance()
    }

    fn poll(&mut self, _: usize) -> Result<bool, String> {
        self.drive()?;
        self.advance()?;
        let complete = self.incomplete == 0;
        if complete {
            self.notify()?;
        }
        Ok(complete)
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        self.drive()?;
        if self.incomplete == 0 {
            self.notify()?;
        }
        Ok(tell(self.initiators.iter_mut().map(Initiator::delivered).sum(), arrived))
    }
}

/// A message: an initiator's rank, and the writes of each of its requests, or 0.
fn message(initiator: u64, writes: u64) -> [u8; MESSAGE_BYTES] {
    let mut message = [0; MESSAGE_BYTES];
    message[..8].copy_from_slice(&initiator.to_le_bytes());
    message[8..].copy_from_slice(&writes.to_le_bytes());
    message
}

fn parts(message: [u8; MESSAGE_BYTES]) -> (u64, u64) {
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&message[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    (number(0), number(8))
}

/// Fails when `code` is the negative of an error.
fn check(fabric: &Functions, call: &str, code: isize) -> Result<(), String> {
    if code >= 0 {
        return Ok(());
    }
    // SAFETY: the function takes any number, and returns a constant of the library.
    let text = unsafe { CStr::from_ptr((fabric.strerror)(-code as i32)) };
    Err(format!("{call} failed: {} ({code})", text.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back() {
        assert_eq!(parts(message(510, u64::MAX)), (510, u64::MAX));
    }

    #[test]
    fn writes_count_once_it_is_known_how_many_make_a_request() {
        let mut one = Initiator { arrived: 2, ..Initiator::default() };
        assert_eq!(one.delivered(), 0, "it has not told yet");
        one.writes = 3;
        assert_eq!(one.delivered(), 0);
        one.arrived += 1;
        assert_eq!((one.delivered(), one.delivered()), (1, 0));
        one.read += 1;
        assert_eq!((one.delivered(), one.delivered()), (1, 0));
    }
}
