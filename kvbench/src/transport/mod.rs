//! What moves the bytes of a worker: NIXL, what lies beneath it, or a copy in shared memory.
//!
//! [`load`] loads the library of a backend, [`Library::open`] makes one worker's end of it, and from
//! there on the worker knows only [`Transport`]. A worker ends without destructors (see
//! `worker/child.rs`), so the transports here free nothing: what they made lasts as long as their
//! process.

mod echo;
mod libfabric;
mod library;
mod memcpy;
mod memory;
mod nixl;
mod signals;
mod ucx;

pub(crate) use echo::Echo;
pub(crate) use library::{Files, Library, Opened, load, load_nixl};

use crate::workload::{Descriptor, HugePages, Op};

/// The memory of a worker's rank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemorySpec {
    /// Its size.
    pub bytes: usize,
    /// The pages asked for.
    pub pages: HugePages,
    /// Whether peers reach it: it is a target's.
    pub is_target: bool,
    /// The number of initiators of the variant.
    pub initiators: usize,
    /// The lanes of each.
    pub lanes: usize,
}

/// What an initiator needs to reach a target's memory. It travels as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Remote {
    /// Bytes that only the transport understands.
    pub metadata: Vec<u8>,
    /// Where the memory begins.
    pub address: u64,
    /// Its size in bytes.
    pub len: u64,
    /// The device that it is on.
    pub device: u64,
}

/// The transfers of a request from one initiator to one target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share<'a> {
    /// The direction.
    pub op: Op,
    /// The initiator's rank among initiators.
    pub initiator: usize,
    /// The lane that carries the requests.
    pub lane: usize,
    /// Whether blocks that continue each other on both sides are moved as one.
    pub merge: bool,
    /// What is moved; *local* of each descriptor is the initiator's side.
    pub descriptors: &'a [Descriptor],
}

/// One worker's end of a transport: its set-up in the order of these methods, then requests.
///
/// A *lane* carries one request at a time. Requests that are under way at once are in lanes of their
/// own, with transfers of their own.
///
/// An implementation takes no lock, allocates nothing and logs nothing in [`post`](Self::post),
/// [`poll`](Self::poll) and [`receive`](Self::receive), unless it fails.
pub(crate) trait Transport {
    /// Allocates memory, and touches every page of it.
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String>;

    /// Registers the memory.
    fn register(&mut self) -> Result<(), String>;

    /// What initiators need to reach the memory, once it is registered.
    fn remote(&self) -> Result<Remote, String>;

    /// Makes the transfers of a lane's requests to one target.
    fn connect(&mut self, target: &Remote, share: Share<'_>) -> Result<(), String>;

    /// Copies into the memory; no request is under way.
    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String>;

    /// Copies out of the memory; no request is under way.
    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String>;

    /// Posts every transfer of a request of `lane`. All of its previous request are complete.
    fn post(&mut self, lane: usize) -> Result<(), String>;

    /// Drives the transport by one round; whether every transfer posted in `lane` is complete.
    fn poll(&mut self, lane: usize) -> Result<bool, String>;

    /// Drives the transport by one round, and tells the lane of each notification that came in; how
    /// many these were.
    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String>;

    /// Makes a peer known as the one that echoes go to.
    fn greet(&mut self, _peer: &Remote) -> Result<(), String> {
        Err(NO_ECHO.to_owned())
    }

    /// Sends an echo to the peer that was greeted last. It may allocate.
    fn echo(&mut self, _echo: Echo) -> Result<(), String> {
        Err(NO_ECHO.to_owned())
    }

    /// Drives the transport by one round, where only echoes come in, and tells of each of them.
    fn hear(&mut self, _heard: &mut dyn FnMut(Echo)) -> Result<(), String> {
        Err(NO_ECHO.to_owned())
    }
}

/// Why only some transports measure between hosts.
const NO_ECHO: &str = "only NIXL's backends can tell a worker on another host of a delivery";

/// What a transport keeps of `lane`, which may be new.
fn of_lane<T: Default>(lanes: &mut Vec<T>, lane: usize) -> &mut T {
    if lanes.len() <= lane {
        lanes.resize_with(lane + 1, T::default);
    }
    &mut lanes[lane]
}

/// Checks that the blocks of `share` lie within `local_len` bytes here and within `target`.
fn check_bounds(share: &Share<'_>, local_len: usize, target: &Remote) -> Result<(), String> {
    let within =
        |offset: u64, len: u64, all: u64| offset.checked_add(len).is_some_and(|end| end <= all);
    let outside = share.descriptors.iter().find(|one| {
        !within(one.local_offset, one.len_bytes, local_len as u64)
            || !within(one.remote_offset, one.len_bytes, target.len)
    });
    match outside {
        None => Ok(()),
        Some(one) => Err(format!("{one:?} lies outside of {local_len} or {} bytes", target.len)),
    }
}

/// The blocks of `share`; where they are to be merged, those that continue each other on both sides as
/// one, as NIXL does it when it makes a request.
fn merged(share: &Share<'_>) -> Vec<Descriptor> {
    if !share.merge {
        return share.descriptors.to_vec();
    }
    let mut merged: Vec<Descriptor> = Vec::new();
    for &next in share.descriptors {
        let follows = |last: &&mut Descriptor| {
            last.local_offset + last.len_bytes == next.local_offset
                && last.remote_offset + last.len_bytes == next.remote_offset
        };
        match merged.last_mut().filter(follows) {
            Some(last) => last.len_bytes += next.len_bytes,
            None => merged.push(next),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(descriptors: &[Descriptor]) -> Share<'_> {
        Share { op: Op::Write, initiator: 0, lane: 0, merge: true, descriptors }
    }

    #[test]
    fn neighbours_on_both_sides_are_one() {
        let block = |local_offset, remote_offset, len_bytes| Descriptor {
            local_offset,
            remote_offset,
            len_bytes,
        };
        let descriptors = [block(0, 40, 10), block(10, 50, 10), block(20, 0, 5), block(30, 5, 5)];
        let share = share(&descriptors);
        assert_eq!(merged(&share), [block(0, 40, 20), block(20, 0, 5), block(30, 5, 5)]);
        assert_eq!(merged(&Share { merge: false, ..share }), descriptors);
    }

    #[test]
    fn blocks_outside_of_the_memory_are_refused() {
        let target = Remote { metadata: Vec::new(), address: 0, len: 100, device: 0 };
        let refused = |local_offset, remote_offset, len_bytes| {
            let descriptors = [Descriptor { local_offset, remote_offset, len_bytes }];
            let share = share(&descriptors);
            check_bounds(&share, 50, &target).is_err()
        };
        assert!(!refused(0, 50, 50) && !refused(40, 0, 10));
        assert!(refused(1, 50, 50) && refused(0, 51, 50) && refused(u64::MAX, 0, 10));
    }
}
