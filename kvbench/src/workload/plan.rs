//! Who sends what to whom: the transfers that bring a prompt's KV cache to every decode rank.

use std::ops::Range;

use super::block_table::{BlockTable, Slots};
use super::descriptor::Descriptors;
use super::error::Side;
use super::geometry::KvGeometry;
use super::heads::{HeadRun, runs};

/// The transfer of one request from all prefill ranks to all decode ranks.
///
/// Every byte of every decode rank's buffer is written once. The plan holds the block tables, no descriptors: those are
/// computed as they are iterated.
#[derive(Clone, Debug)]
pub struct TransferPlan {
    geometry: KvGeometry,
    /// Per group of layers.
    prefill_slots: Vec<Slots>,
    decode_slots: Vec<Slots>,
}

impl TransferPlan {
    /// Plans the transfer of the cache in `geometry` between buffers with these block tables.
    pub fn new(geometry: KvGeometry, prefill: BlockTable, decode: BlockTable) -> Self {
        let fill = |table: BlockTable| -> Vec<Slots> {
            (0..)
                .zip(geometry.groups())
                .map(|(index, group)| table.slots(group.blocks, index))
                .collect()
        };
        let (prefill_slots, decode_slots) = (fill(prefill), fill(decode));
        Self { geometry, prefill_slots, decode_slots }
    }

    /// The cache that is transferred.
    pub fn geometry(&self) -> &KvGeometry {
        &self.geometry
    }

    /// What `decode_rank` receives: one stream per prefill rank that it reads from. Empty for a rank that is not there.
    pub fn streams_to(&self, decode_rank: u64) -> impl Iterator<Item = Stream<'_>> {
        let (prefill, decode) = (self.geometry.prefill().split(), self.geometry.decode().split());
        let exists = decode_rank < decode.ranks();
        let runs = exists.then(|| runs(prefill, decode, decode_rank)).into_iter().flatten();
        runs.map(move |run| Stream { plan: self, decode_rank, run })
    }

    /// What `prefill_rank` sends, by decode rank. A replica that nobody reads from sends nothing.
    pub fn streams_from(&self, prefill_rank: u64) -> impl Iterator<Item = Stream<'_>> {
        self.streams().filter(move |stream| stream.prefill_rank() == prefill_rank)
    }

    /// All streams, by decode rank.
    pub fn streams(&self) -> impl Iterator<Item = Stream<'_>> {
        (0..self.geometry.decode().tp()).flat_map(|decode_rank| self.streams_to(decode_rank))
    }

    /// The slot that holds `block` (counted from the start of the prompt) of `layer` on every rank of `side`, within the
    /// layer's group; `None` where the layer does not keep the block.
    pub fn slot(&self, side: Side, layer: u64, block: u64) -> Option<u64> {
        let mut groups = (0..).zip(self.geometry.groups());
        let (index, group) =
            groups.find(|(_, group)| group.layers.binary_search(&layer).is_ok())?;
        let kept = block.checked_sub(group.first_block).filter(|&kept| kept < group.blocks)?;
        Some(self.slots(side).get::<usize>(index)?.of(kept))
    }

    pub(super) fn slots(&self, side: Side) -> &[Slots] {
        match side {
            Side::Prefill => &self.prefill_slots,
            Side::Decode => &self.decode_slots,
        }
    }
}

/// What one prefill rank sends to one decode rank: a range of heads of every block.
#[derive(Clone, Debug)]
pub struct Stream<'p> {
    plan: &'p TransferPlan,
    decode_rank: u64,
    run: HeadRun,
}

impl<'p> Stream<'p> {
    /// The rank that sends.
    pub fn prefill_rank(&self) -> u64 {
        self.run.prefill_rank
    }

    /// The rank that receives.
    pub fn decode_rank(&self) -> u64 {
        self.decode_rank
    }

    /// The heads, as indices into the model's heads.
    pub fn heads(&self) -> Range<u64> {
        self.run.heads.clone()
    }

    /// The descriptors, computed one by one. The number of them is their `len()`.
    pub fn descriptors(&self) -> Descriptors<'p> {
        Descriptors::new(self.plan, self.decode_rank, &self.run)
    }

    /// Bytes of all descriptors together.
    pub fn bytes(&self) -> u64 {
        let decode = self.plan.geometry.decode();
        decode.bytes_per_rank() / decode.split().heads_per_rank()
            * (self.run.heads.end - self.run.heads.start)
    }
}
