//! How the blocks of a pool lie in a worker's memory.

use serde::{Deserialize, Serialize};

use crate::workload::{GeometryError, KvGeometry, Layout, Model, Shape};

/// The memory of a pool. A block of tokens is in several *pieces*: as many as the layout keeps apart,
/// in one piece each of K or V of a layer, of a layer, or of all layers.
///
/// There is one slot more than there are blocks, for the first transfer between two workers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolShape {
    /// Blocks.
    pub blocks: u32,
    /// Pieces of a block.
    pub pieces: u32,
    /// Bytes of a piece.
    pub piece_bytes: u64,
}

impl PoolShape {
    /// A pool of `blocks` blocks of `block_tokens` tokens of `model`. Layers with a window keep all
    /// tokens here.
    ///
    /// # Errors
    /// `block_tokens` is out of range, or there are too many pieces.
    pub fn new(
        model: &Model,
        layout: Layout,
        block_tokens: u64,
        blocks: u32,
    ) -> Result<Self, GeometryError> {
        let shape = Shape { isl_tokens: block_tokens, block_tokens, layout, ..Shape::default() };
        let geometry = KvGeometry::new(model.clone(), shape)?;
        let (all, bytes) = (geometry.decode().blocks_per_rank(), geometry.decode().block_bytes());
        let together = match layout {
            Layout::KvSeparate => 1,
            Layout::KvTogether => model.attention().tensors(),
            Layout::AllLayers => all,
        };
        let too_many = || GeometryError::Shape {
            option: "blocks",
            problem: "are more descriptors than NIXL can index".to_owned(),
            remedy: "give fewer, or the layout all-layers".to_owned(),
        };
        let pieces = u32::try_from(all / together).map_err(|_| too_many())?;
        let shape = Self { blocks, pieces, piece_bytes: together * bytes };
        let descriptors = u64::from(shape.slots()) * u64::from(pieces);
        let countable = i32::try_from(descriptors).is_ok();
        let fits = countable && descriptors.checked_mul(shape.piece_bytes).is_some();
        fits.then_some(shape).ok_or_else(too_many)
    }

    /// Slots of memory: the blocks, and one more.
    pub fn slots(&self) -> u32 {
        self.blocks.saturating_add(1)
    }

    /// The slot that no request uses.
    pub fn spare(&self) -> u32 {
        self.blocks
    }

    /// Bytes of a block.
    pub fn block_bytes(&self) -> u64 {
        u64::from(self.pieces) * self.piece_bytes
    }

    /// Bytes of the memory.
    pub fn bytes(&self) -> u64 {
        u64::from(self.slots()) * self.block_bytes()
    }

    /// Descriptors of the memory: a slot's first pieces of all slots, then their second ones.
    pub fn descriptors(&self) -> u32 {
        self.slots() * self.pieces
    }

    /// The descriptors of `blocks`, so that neighbours in memory are neighbours in the list.
    pub fn indices(&self, blocks: &[u32]) -> Vec<u32> {
        let piece = |piece: u32| blocks.iter().map(move |block| piece * self.slots() + block);
        (0..self.pieces).flat_map(piece).collect()
    }

    /// The first byte of a descriptor.
    pub fn offset(&self, descriptor: u32) -> u64 {
        u64::from(descriptor) * self.piece_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(layout: Layout) -> PoolShape {
        PoolShape::new(&Model::preset("Qwen/Qwen3-0.6B").unwrap(), layout, 16, 10).unwrap()
    }

    #[test]
    fn every_layout_holds_the_same_bytes() {
        let of = |layout| {
            let shape = shape(layout);
            (shape.pieces, shape.piece_bytes, shape.block_bytes())
        };
        assert_eq!(of(Layout::KvSeparate), (56, 32 << 10, 56 * (32 << 10)));
        assert_eq!(of(Layout::KvTogether), (28, 64 << 10, 56 * (32 << 10)));
        assert_eq!(of(Layout::AllLayers), (1, 56 * (32 << 10), 56 * (32 << 10)));
    }

    #[test]
    fn neighbouring_blocks_are_neighbouring_descriptors() {
        let shape = shape(Layout::KvTogether);
        let indices = shape.indices(&[3, 4]);
        assert_eq!(indices.len(), 56);
        assert_eq!(indices[..4], [3, 4, 14, 15]);
        assert_eq!(shape.offset(4) - shape.offset(3), shape.piece_bytes);
        let last = shape.indices(&[shape.spare()])[27];
        assert_eq!(shape.offset(last) + shape.piece_bytes, shape.bytes());
        assert_eq!(shape.descriptors(), 28 * 11);
    }

    #[test]
    fn a_pool_that_cannot_be_counted_is_refused() {
        let model = Model::preset("Qwen/Qwen3-0.6B").unwrap();
        PoolShape::new(&model, Layout::KvSeparate, 16, u32::MAX).unwrap_err();
    }
}
