//! libfabric without NIXL: reliable datagrams over the provider and NICs that NIXL's plugin would use,
//! a rail for each NIC.
//!
//! A request is an `fi_writedata` (`fi_read`) per block; with several rails blocks take turns, and
//! long ones are split over all of them, as NIXL does it. Then:
//!
//! - *Delivered*: each WRITE brings the number of its initiator's lane as remote completion data, and
//!   the target counts them; how many make a request, the initiator tells when it connects. A provider
//!   writes that completion when the data is there, so no message has to follow. For READ the
//!   initiator sends a message when all are complete.
//! - *Completed*: every WRITE or READ has its local completion. As with NIXL, data may then still be
//!   on its way on providers that complete early, such as tcp.

mod arrivals;
mod lane;
mod offers;
mod rail;
mod route;

use std::ffi::CStr;

use nixl_sys::libfabric::{Functions, Library};
use serde::{Deserialize, Serialize};

use self::arrivals::Arrivals;
use self::lane::Lane;
use self::offers::Offers;
use self::rail::{Event, MESSAGE_BYTES, Rail, Sender};
use self::route::{Route, share_out};
use super::memory::Memory;
use super::{MemorySpec, Remote, Share, Transport, check_bounds, merged, of_lane};
use crate::workload::Op;

/// One worker's end: its rails and memory, and its lanes.
pub(super) struct LibfabricTransport {
    rails: Vec<Rail>,
    memory: Option<Memory>,
    lanes: Vec<Lane>,
    /// The number of the first lane among those of all initiators.
    first: u64,
    /// How many lanes there will be.
    lanes_count: usize,
    op: Op,
    arrivals: Arrivals,
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
        let (memory, lanes, first, lanes_count, arrivals) = Default::default();
        Ok(Self { rails, memory, lanes, first, lanes_count, op: Op::Write, arrivals })
    }

    fn memory(&self) -> Result<&Memory, String> {
        self.memory.as_ref().ok_or_else(|| "no memory is allocated".to_owned())
    }

    /// Who posts in `lane`.
    fn sender(&self, lane: usize) -> Sender {
        Sender { lane, number: self.first + lane as u64 }
    }

    /// One round of every rail.
    fn drive(&mut self) -> Result<(), String> {
        let Self { rails, lanes, arrivals, .. } = self;
        for rail in rails {
            rail.read(|event| match event {
                Event::Complete { lane } => {
                    if let Some(lane) = lanes.get_mut(lane) {
                        lane.completed();
                    }
                }
                Event::Arrived { number } => arrivals.write(number),
                Event::Message(message) => {
                    let (number, writes) = parts(message);
                    arrivals.message(number, writes);
                }
            })?;
        }
        Ok(())
    }

    /// Posts what there is room for.
    fn advance(&mut self, lane: usize) -> Result<(), String> {
        let sender = self.sender(lane);
        let lane = self.lanes.get_mut(lane);
        lane.map_or(Ok(()), |lane| lane.advance(&self.rails, self.op, sender))
    }

    /// Tells targets of READs that were complete in the round before, as far as there is room: who
    /// waits for a READ has its data, and does not wait for this.
    fn notify(&mut self) -> Result<(), String> {
        for (lane, number) in self.lanes.iter_mut().zip(self.first..) {
            lane.notify(&self.rails, number)?;
        }
        Ok(())
    }
}

impl Transport for LibfabricTransport {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        self.memory = Some(Memory::private(memory.bytes, memory.pages)?);
        self.lanes_count = memory.lanes;
        if memory.is_target {
            self.arrivals = Arrivals::new(memory.initiators, memory.lanes);
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
        check_bounds(&share, memory.len(), target)?;
        let address: Address =
            serde_json::from_slice(&target.metadata).map_err(|error| error.to_string())?;
        if address.rails.is_empty() {
            return Err("the target has no rail".to_owned());
        }
        let mut routes = Vec::new();
        for (rail, (own, theirs)) in self.rails.iter().zip(address.rails.iter().cycle()).enumerate()
        {
            let target = rail::Target { address: own.insert(&theirs.name)?, key: theirs.key };
            routes.push(Route::new(rail, target, theirs.base));
        }
        let longest = self.rails.iter().map(|rail| rail.longest).min().unwrap_or(usize::MAX);
        share_out(&merged(&share), memory.base(), longest, &mut routes);
        self.op = share.op;
        self.first = (share.initiator * self.lanes_count) as u64;
        let number = self.sender(share.lane).number;
        let writes: usize = routes.iter().map(Route::len).sum();
        let to = routes[0].target.address;
        // The first message also makes the connection. The coordinator ends a wait that is too long.
        while !self.rails[0].send(to, &message(number, writes as u64))? {
            self.drive()?;
        }
        of_lane(&mut self.lanes, share.lane).add(to, routes);
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, lane: usize) -> Result<(), String> {
        if let Some(one) = self.lanes.get_mut(lane) {
            one.begin(self.op);
        }
        self.advance(lane)
    }

    fn poll(&mut self, lane: usize) -> Result<bool, String> {
        self.notify()?;
        self.drive()?;
        self.advance(lane)?;
        Ok(self.lanes.get(lane).is_none_or(Lane::is_complete))
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        self.notify()?;
        self.drive()?;
        Ok(self.arrivals.receive(arrived))
    }
}

/// A message: the number of an initiator's lane, and the writes of each request of it, or 0.
fn message(number: u64, writes: u64) -> [u8; MESSAGE_BYTES] {
    let mut message = [0; MESSAGE_BYTES];
    message[..8].copy_from_slice(&number.to_le_bytes());
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
}
