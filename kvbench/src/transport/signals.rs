//! Notifications as counters in the target's memory: each initiator writes the number of the last
//! request that it has delivered, and the target sees it rise.

use std::sync::atomic::{AtomicU64, Ordering::Acquire};

use super::memory::Memory;

/// A counter has a cache line of its own.
const STRIDE: usize = 64;

/// The bytes that the counters of so many initiators need.
pub(super) const fn bytes(initiators: usize) -> usize {
    initiators * STRIDE
}

/// Where the counter of an initiator lies in the target's memory.
pub(super) const fn offset(initiator: usize) -> usize {
    initiator * STRIDE
}

/// The counters that a target watches.
pub(super) struct Signals {
    memory: Memory,
    seen: Vec<u64>,
}

impl Signals {
    /// Counters in `memory`, which has [`bytes`] bytes and is zero.
    pub fn new(memory: Memory) -> Self {
        let initiators = memory.len() / STRIDE;
        Self { memory, seen: vec![0; initiators] }
    }

    /// Their memory.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// How many notifications came in since the last call. What was written before a notification is
    /// there when it is.
    pub fn arrived(&mut self) -> u64 {
        let mut arrived = 0;
        for (initiator, seen) in self.seen.iter_mut().enumerate() {
            let at = self.memory.base().wrapping_add(offset(initiator));
            // SAFETY: inside of the memory, which starts on a page; whoever writes there writes whole
            // words, from outside of this program.
            let now = unsafe { AtomicU64::from_ptr(at.cast()) }.load(Acquire);
            arrived += now.wrapping_sub(*seen);
            *seen = now;
        }
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::HugePages;

    #[test]
    fn each_rise_counts_once() {
        let mut signals = Signals::new(Memory::private(bytes(3), HugePages::No).unwrap());
        assert_eq!(signals.arrived(), 0);
        signals.memory().write(offset(0), &1_u64.to_ne_bytes()).unwrap();
        signals.memory().write(offset(2), &2_u64.to_ne_bytes()).unwrap();
        assert_eq!((signals.arrived(), signals.arrived()), (3, 0));
        signals.memory().write(offset(2), &3_u64.to_ne_bytes()).unwrap();
        assert_eq!(signals.arrived(), 1);
    }
}
