//! Blocks of one size between ranks, without a model behind them.

use serde::{Deserialize, Serialize};

use super::block_table::Slots;
use super::{BlockTable, Descriptor, Side};

/// Every prefill rank sends every decode rank so many blocks of one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// Blocks from one rank to one rank.
    pub blocks: u64,
    /// Bytes of each.
    pub block_bytes: u64,
    /// Ranks that send.
    pub prefill_ranks: u64,
    /// Ranks that receive.
    pub decode_ranks: u64,
    /// Where the blocks of a pair of ranks lie, on both sides.
    pub table: BlockTable,
}

impl Default for Uniform {
    /// One block of 4 KiB from one rank to one rank.
    fn default() -> Self {
        let table = BlockTable::Contiguous;
        Self { blocks: 1, block_bytes: 4096, prefill_ranks: 1, decode_ranks: 1, table }
    }
}

impl Uniform {
    /// Works out where the blocks of each pair of ranks lie.
    pub(super) fn plan(self) -> UniformPlan {
        UniformPlan { slots: self.table.slots(self.blocks, 0), traffic: self }
    }
}

/// Uniform traffic, and where the blocks of each pair of ranks lie.
#[derive(Clone, Debug)]
pub struct UniformPlan {
    traffic: Uniform,
    slots: Slots,
}

impl UniformPlan {
    /// Ranks of a side.
    pub(super) fn ranks(&self, side: Side) -> u64 {
        match side {
            Side::Prefill => self.traffic.prefill_ranks,
            Side::Decode => self.traffic.decode_ranks,
        }
    }

    /// Bytes of the buffer of each rank of a side: a part for each rank of the other side.
    pub(super) fn buffer_bytes(&self, side: Side) -> u64 {
        let Uniform { blocks, block_bytes, prefill_ranks, decode_ranks, .. } = self.traffic;
        let parts = match side {
            Side::Prefill => decode_ranks,
            Side::Decode => prefill_ranks,
        };
        blocks.saturating_mul(block_bytes).saturating_mul(parts)
    }

    /// Blocks of a request.
    pub(super) fn blocks(&self) -> u64 {
        let Uniform { blocks, prefill_ranks, decode_ranks, .. } = self.traffic;
        blocks.saturating_mul(prefill_ranks).saturating_mul(decode_ranks)
    }

    /// Bytes of a block.
    pub(super) fn block_bytes(&self) -> u64 {
        self.traffic.block_bytes
    }

    /// The pairs of ranks, as (prefill, decode).
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let (prefill, decode) = (self.traffic.prefill_ranks, self.traffic.decode_ranks);
        (0..decode).flat_map(move |decode| (0..prefill).map(move |prefill| (prefill, decode)))
    }

    /// What moves between two ranks; nothing where they are not there.
    pub(super) fn descriptors(
        &self,
        prefill: u64,
        decode: u64,
    ) -> impl Iterator<Item = Descriptor> + use<'_> {
        let Uniform { blocks, block_bytes, prefill_ranks, decode_ranks, .. } = self.traffic;
        let there = prefill < prefill_ranks && decode < decode_ranks;
        (0..if there { blocks } else { 0 }).map(move |block| {
            let slot = self.slots.of(block);
            Descriptor {
                local_offset: (prefill * blocks + slot) * block_bytes,
                remote_offset: (decode * blocks + slot) * block_bytes,
                len_bytes: block_bytes,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_byte_of_both_sides_moves_once() {
        for table in [BlockTable::Contiguous, BlockTable::Scattered { seed: 1 }] {
            let uniform =
                Uniform { blocks: 5, block_bytes: 10, prefill_ranks: 2, decode_ranks: 3, table };
            let plan = uniform.plan();
            let (mut read, mut written) = (BTreeSet::new(), BTreeSet::new());
            for (prefill, decode) in plan.pairs() {
                for descriptor in plan.descriptors(prefill, decode) {
                    assert!(read.insert((prefill, descriptor.remote_offset)));
                    assert!(written.insert((decode, descriptor.local_offset)));
                }
            }
            let whole = |ranks: u64, side| -> BTreeSet<_> {
                let offsets = (0..plan.buffer_bytes(side)).step_by(10);
                (0..ranks).flat_map(|rank| offsets.clone().map(move |at| (rank, at))).collect()
            };
            assert_eq!(read, whole(2, Side::Prefill));
            assert_eq!(written, whole(3, Side::Decode));
            assert_eq!(plan.blocks(), 30);
            assert_eq!(plan.descriptors(2, 0).count(), 0);
        }
    }
}
