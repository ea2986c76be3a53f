//! A lane: from one rail to a target, with the operations of a request that take it.

use super::rail::{Operation, Rail, Target};
use crate::workload::{Descriptor, Op};

/// Blocks from this size on are split over all rails (NIXL's `striping_threshold`).
const STRIPED_BYTES: u64 = 128 << 10;

/// A lane.
pub struct Lane {
    /// Its rail.
    pub rail: usize,
    pub target: Target,
    /// The address that the target's first byte has here.
    base: u64,
    operations: Vec<Operation>,
    /// The first that is not posted.
    next: usize,
}

impl Lane {
    pub fn new(rail: usize, target: Target, base: u64) -> Self {
        Self { rail, target, base, operations: Vec::new(), next: 0 }
    }

    /// Operations of a request.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Begins a request.
    pub fn restart(&mut self) {
        self.next = 0;
    }

    /// Posts what there is room for.
    pub fn advance(&mut self, rail: &Rail, op: Op, initiator: u64) -> Result<(), String> {
        while let Some(operation) = self.operations.get(self.next) {
            if !rail.post(op, operation, self.target, initiator)? {
                break;
            }
            self.next += 1;
        }
        Ok(())
    }

    fn add(&mut self, memory: *mut u8, piece: Descriptor) {
        self.operations.push(Operation {
            local: memory.wrapping_add(piece.local_offset as usize),
            len: piece.len_bytes as usize,
            remote: self.base + piece.remote_offset,
        });
    }
}

/// Shares blocks out among lanes, in pieces of at most `longest` bytes.
pub fn share_out(blocks: &[Descriptor], memory: *mut u8, longest: usize, lanes: &mut [Lane]) {
    let lanes_count = lanes.len() as u64;
    for (index, block) in blocks.iter().enumerate() {
        let len = block.len_bytes;
        let parts = if len >= STRIPED_BYTES { lanes_count } else { 1 };
        let part = len.div_ceil(parts).min(longest as u64).max(1);
        for (piece, start) in (0..len).step_by(part as usize).enumerate() {
            let lane = (index + piece) % lanes.len();
            lanes[lane].add(
                memory,
                Descriptor {
                    local_offset: block.local_offset + start,
                    remote_offset: block.remote_offset + start,
                    len_bytes: part.min(len - start),
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of blocks of these sizes, by lane: (local offset, length).
    fn shared(sizes: &[u64], longest: usize, lanes: usize) -> Vec<Vec<(usize, usize)>> {
        let target = Target { address: 0, key: 0 };
        let mut lanes: Vec<Lane> = (0..lanes).map(|rail| Lane::new(rail, target, 1000)).collect();
        let mut at = 0;
        let block = |len_bytes: &u64| {
            let block = Descriptor { local_offset: at, remote_offset: at, len_bytes: *len_bytes };
            at += len_bytes;
            block
        };
        let blocks: Vec<Descriptor> = sizes.iter().map(block).collect();
        share_out(&blocks, std::ptr::null_mut(), longest, &mut lanes);
        let pieces = |lane: &Lane| {
            let piece = |one: &Operation| {
                assert_eq!(one.remote, 1000 + one.local.addr() as u64);
                (one.local.addr(), one.len)
            };
            lane.operations.iter().map(piece).collect()
        };
        lanes.iter().map(pieces).collect()
    }

    #[test]
    fn small_blocks_take_turns_and_long_ones_are_split() {
        assert_eq!(shared(&[10, 20, 30], 1 << 30, 2), [vec![(0, 10), (30, 30)], vec![(10, 20)]]);
        let half = 64 << 10;
        assert_eq!(shared(&[128 << 10], 1 << 30, 2), [vec![(0, half)], vec![(half, half)]]);
        assert_eq!(shared(&[1 << 20], 1 << 30, 1), [vec![(0, 1 << 20)]]);
    }

    #[test]
    fn no_piece_is_longer_than_a_provider_takes() {
        assert_eq!(shared(&[25], 10, 1), [vec![(0, 10), (10, 10), (20, 5)]]);
    }
}
