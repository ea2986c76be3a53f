//! The runs of bytes that a transfer consists of.

use super::error::Side;
use super::geometry::Group;
use super::heads::HeadRun;
use super::layout::Strides;
use super::plan::TransferPlan;

/// One contiguous run of bytes on both sides. Offsets count from the start of a rank's KV buffer.
///
/// *Local* is the decode rank and *remote* the prefill rank, as for a decode worker that reads. [`Self::swapped`] is
/// the view of a prefill worker that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Descriptor {
    /// Offset in the decode rank's buffer.
    pub local_offset: u64,
    /// Offset in the prefill rank's buffer.
    pub remote_offset: u64,
    /// Length of the run.
    pub len_bytes: u64,
}

impl Descriptor {
    /// The same run with local and remote exchanged.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { local_offset: self.remote_offset, remote_offset: self.local_offset, ..self }
    }
}

/// Iterates over the descriptors of a [`Stream`](super::Stream): by group, layer, tensor, and block of the prompt.
///
/// Where both ranks hold the same heads, a descriptor spans what the layout puts side by side. Elsewhere it is the
/// wanted heads of one block. It allocates nothing.
#[derive(Clone, Debug)]
pub struct Descriptors<'p> {
    plan: &'p TransferPlan,
    /// Both ranks hold exactly the same heads.
    whole: bool,
    /// Bytes of the wanted heads in one block.
    run_bytes: u64,
    local: End,
    remote: End,
    /// Index of the current group.
    group: usize,
    walk: Walk,
    left: usize,
}

/// One side of a stream.
#[derive(Clone, Copy, Debug)]
struct End {
    side: Side,
    block_bytes: u64,
    /// Offset of the first wanted head within a block.
    head_offset: u64,
}

/// Position within a group, and the bounds of its three loops.
#[derive(Clone, Copy, Debug)]
struct Walk {
    strides: Strides,
    blocks_before: u64,
    layers: u64,
    tensors: u64,
    blocks: u64,
    len_bytes: u64,
    layer: u64,
    tensor: u64,
    block: u64,
}

impl<'p> Descriptors<'p> {
    pub(super) fn new(plan: &'p TransferPlan, decode_rank: u64, run: &HeadRun) -> Self {
        let geometry = plan.geometry();
        let (prefill, decode) = (geometry.prefill(), geometry.decode());
        let (sent, kept) =
            (prefill.split().heads_of(run.prefill_rank), decode.split().heads_of(decode_rank));
        let head_block_bytes = geometry.shape().block_tokens * geometry.model().head_bytes();
        let end = |side, block_bytes, first_head| End {
            side,
            block_bytes,
            head_offset: (run.heads.start - first_head) * head_block_bytes,
        };
        let mut descriptors = Self {
            plan,
            whole: sent == kept,
            run_bytes: (run.heads.end - run.heads.start) * head_block_bytes,
            local: end(Side::Decode, decode.block_bytes(), kept.start),
            remote: end(Side::Prefill, prefill.block_bytes(), sent.start),
            group: 0,
            walk: Walk::EMPTY,
            left: 0,
        };
        descriptors.left =
            geometry.groups().iter().map(|group| descriptors.walk(group).count()).sum();
        if let Some(first) = geometry.groups().first() {
            descriptors.walk = descriptors.walk(first);
        }
        descriptors
    }

    /// The length of a descriptor in each group of layers.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u64> {
        self.plan.geometry().groups().iter().map(|group| self.walk(group).len_bytes)
    }

    /// The start of `group`.
    fn walk(&self, group: &Group) -> Walk {
        let geometry = self.plan.geometry();
        let (layers, tensors) = (group.layers.len() as u64, geometry.model().attention().tensors());
        let layout = geometry.shape().layout;
        let (span_layers, span_tensors) =
            if self.whole { layout.span(layers, tensors) } else { (1, 1) };
        Walk {
            strides: layout.strides(layers, tensors, group.blocks),
            blocks_before: group.blocks_before,
            layers: layers / span_layers,
            tensors: tensors / span_tensors,
            blocks: group.blocks,
            len_bytes: span_layers * span_tensors * self.run_bytes,
            ..Walk::EMPTY
        }
    }

    fn offset(&self, end: End) -> u64 {
        let slot = self.plan.slots(end.side)[self.group].of(self.walk.block);
        self.walk.blocks_to(slot) * end.block_bytes + end.head_offset
    }
}

impl Iterator for Descriptors<'_> {
    type Item = Descriptor;

    fn next(&mut self) -> Option<Descriptor> {
        self.left = self.left.checked_sub(1)?;
        let descriptor = Descriptor {
            local_offset: self.offset(self.local),
            remote_offset: self.offset(self.remote),
            len_bytes: self.walk.len_bytes,
        };
        if !self.walk.advance() {
            self.group += 1;
            if let Some(group) = self.plan.geometry().groups().get(self.group) {
                self.walk = self.walk(group);
            }
        }
        Some(descriptor)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Descriptors<'_> {}
impl std::iter::FusedIterator for Descriptors<'_> {}

impl Walk {
    const EMPTY: Self = Self {
        strides: Strides { layer: 0, tensor: 0, slot: 0 },
        blocks_before: 0,
        layers: 0,
        tensors: 0,
        blocks: 0,
        len_bytes: 0,
        layer: 0,
        tensor: 0,
        block: 0,
    };

    fn count(&self) -> usize {
        (self.layers * self.tensors * self.blocks) as usize
    }

    /// Blocks in the buffer before `slot` of the current layer and tensor.
    fn blocks_to(&self, slot: u64) -> u64 {
        let Strides { layer, tensor, slot: per_slot } = self.strides;
        self.blocks_before + self.layer * layer + self.tensor * tensor + slot * per_slot
    }

    /// Moves to the next piece; `false` at the end of the group.
    fn advance(&mut self) -> bool {
        self.block += 1;
        if self.block == self.blocks {
            (self.block, self.tensor) = (0, self.tensor + 1);
        }
        if self.tensor == self.tensors {
            (self.tensor, self.layer) = (0, self.layer + 1);
        }
        self.layer < self.layers
    }
}
