//! Notifications as counters in the target's memory: each initiator writes, for each of its lanes, the
//! number of the last request that it has delivered, and the target sees it rise.

use std::sync::atomic::{AtomicU64, Ordering::Acquire};

use super::memory::Memory;
use super::{MemorySpec, Share};

/// A counter has a cache line of its own.
const STRIDE: usize = 64;

/// The bytes that the counters of a target need.
pub(super) const fn bytes(memory: &MemorySpec) -> usize {
    memory.initiators * memory.lanes * STRIDE
}

/// Where the counter of a share lies in the target's memory, each initiator having so many lanes.
pub(super) const fn offset(share: &Share<'_>, lanes: usize) -> usize {
    (share.initiator * lanes + share.lane) * STRIDE
}

/// The counters that a target watches.
pub(super) struct Signals {
    memory: Memory,
    lanes: usize,
    seen: Vec<u64>,
}

impl Signals {
    /// Counters of so many lanes per initiator in `memory`, which has [`bytes`] bytes and is zero.
    pub fn new(memory: Memory, lanes: usize) -> Self {
        let counters = memory.len() / STRIDE;
        Self { memory, lanes, seen: vec![0; counters] }
    }

    /// Their memory.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Tells the lane of each notification that came in since the last call; how many these were. What
    /// was written before a notification is there when it is.
    pub fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> u64 {
        let mut count = 0;
        for (index, seen) in self.seen.iter_mut().enumerate() {
            let at = self.memory.base().wrapping_add(index * STRIDE);
            // SAFETY: inside of the memory, which starts on a page; whoever writes there writes whole
            // words, from outside of this program.
            let now = unsafe { AtomicU64::from_ptr(at.cast()) }.load(Acquire);
            if now != *seen {
                let new = now.wrapping_sub(*seen);
                (0..new).for_each(|_| arrived(index % self.lanes));
                count += new;
                *seen = now;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{HugePages, Op};

    /// Three initiators with two lanes each.
    const SPEC: MemorySpec =
        MemorySpec { bytes: 0, pages: HugePages::No, is_target: true, initiators: 3, lanes: 2 };

    #[test]
    fn each_rise_counts_once_and_for_its_lane() {
        let memory = Memory::private(bytes(&SPEC), SPEC.pages).unwrap();
        let mut signals = Signals::new(memory, SPEC.lanes);
        let signal = |signals: &Signals, initiator, lane, number: u64| {
            let share = Share { op: Op::Write, initiator, lane, merge: true, descriptors: &[] };
            let at = offset(&share, SPEC.lanes);
            signals.memory().write(at, &number.to_ne_bytes()).unwrap();
        };
        let received = |signals: &mut Signals| {
            let mut by_lane = [0; 2];
            let count = signals.receive(&mut |lane| by_lane[lane] += 1);
            assert_eq!(count, by_lane.iter().sum::<u64>());
            by_lane
        };
        assert_eq!(received(&mut signals), [0, 0]);
        signal(&signals, 0, 0, 1);
        signal(&signals, 1, 1, 1);
        signal(&signals, 2, 1, 2);
        assert_eq!(received(&mut signals), [1, 3]);
        assert_eq!(received(&mut signals), [0, 0]);
        signal(&signals, 2, 1, 3);
        assert_eq!(received(&mut signals), [0, 1]);
    }
}
