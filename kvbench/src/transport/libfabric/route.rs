//! A route: from one rail to a target, with the operations of a lane's requests that take it.

use super::rail::{Operation, Rail, Sender, Target};
use crate::workload::{Descriptor, Op};

/// Blocks from this size on are split over all rails (NIXL's `striping_threshold`).
const STRIPED_BYTES: u64 = 128 << 10;

/// A route.
pub struct Route {
    /// Its rail.
    pub rail: usize,
    pub target: Target,
    /// The address that the target's first byte has here.
    base: u64,
    operations: Vec<Operation>,
    /// The first that is not posted.
    next: usize,
}

impl Route {
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

    /// Posts what there is room for, for `sender`.
    pub fn advance(&mut self, rail: &Rail, op: Op, sender: Sender) -> Result<(), String> {
        while let Some(operation) = self.operations.get(self.next) {
            if !rail.post(op, operation, self.target, sender)? {
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

/// Shares blocks out among routes, in pieces of at most `longest` bytes.
pub fn share_out(blocks: &[Descriptor], memory: *mut u8, longest: usize, routes: &mut [Route]) {
    let count = routes.len() as u64;
    for (index, block) in blocks.iter().enumerate() {
        let len = block.len_bytes;
        let parts = if len >= STRIPED_BYTES { count } else { 1 };
        let part = len.div_ceil(parts).min(longest as u64).max(1);
        for (piece, start) in (0..len).step_by(part as usize).enumerate() {
            let route = (index + piece) % routes.len();
            routes[route].add(
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

    /// The pieces of blocks of these sizes, by route: (local offset, length).
    fn shared(sizes: &[u64], longest: usize, routes: usize) -> Vec<Vec<(usize, usize)>> {
        let target = Target { address: 0, key: 0 };
        let mut routes: Vec<Route> =
            (0..routes).map(|rail| Route::new(rail, target, 1000)).collect();
        let mut at = 0;
        let block = |len_bytes: &u64| {
            let block = Descriptor { local_offset: at, remote_offset: at, len_bytes: *len_bytes };
            at += len_bytes;
            block
        };
        let blocks: Vec<Descriptor> = sizes.iter().map(block).collect();
        share_out(&blocks, std::ptr::null_mut(), longest, &mut routes);
        let pieces = |route: &Route| {
            let piece = |one: &Operation| {
                assert_eq!(one.remote, 1000 + one.local.addr() as u64);
                (one.local.addr(), one.len)
            };
            route.operations.iter().map(piece).collect()
        };
        routes.iter().map(pieces).collect()
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
