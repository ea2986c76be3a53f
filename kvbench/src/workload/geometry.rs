//! The blocks and bytes of one prompt's KV cache on each rank of both sides.

use serde::{Deserialize, Serialize};

use super::error::{GeometryError, Side, product};
use super::heads::HeadSplit;
use super::layout::Layout;
use super::model::Model;
use super::tp;

/// Tokens per block unless stated: vLLM's default on GPUs.
pub const DEFAULT_BLOCK_TOKENS: u64 = 16;

/// Longest prompt, 64 Mi tokens: several times the longest context any published model claims.
pub const MAX_ISL_TOKENS: u64 = 1 << 26;

/// Largest block.
pub const MAX_BLOCK_TOKENS: u64 = 1 << 20;

/// What is transferred, apart from the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Tokens of the prompt (input sequence length).
    pub isl_tokens: u64,
    /// Tokens per block.
    pub block_tokens: u64,
    /// Ranks that share the model on the prefill side.
    pub prefill_tp: u64,
    /// Ranks that share the model on the decode side.
    pub decode_tp: u64,
    /// Order of blocks in every rank's buffer.
    pub layout: Layout,
}

impl Default for Shape {
    /// 1024 tokens in blocks of 16, one rank per side, K and V apart.
    fn default() -> Self {
        Self {
            isl_tokens: 1024,
            block_tokens: DEFAULT_BLOCK_TOKENS,
            prefill_tp: 1,
            decode_tp: 1,
            layout: Layout::default(),
        }
    }
}

/// Layers that keep the same blocks of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Tokens kept, or `None` for all.
    pub(super) window_tokens: Option<u64>,
    /// Indices of the layers in the model, ascending.
    pub(super) layers: Vec<u64>,
    /// The first block of the prompt that is kept.
    pub(super) first_block: u64,
    /// Number of blocks kept per layer and tensor.
    pub(super) blocks: u64,
    /// Blocks of all groups before this one on a rank.
    pub(super) blocks_before: u64,
}

/// What one rank of a side holds of one request. All ranks of a side hold the same amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankShape {
    split: HeadSplit,
    block_bytes: u64,
    blocks: u64,
}

impl RankShape {
    /// How the side's ranks share the heads.
    pub fn split(&self) -> HeadSplit {
        self.split
    }

    /// Number of ranks.
    pub fn tp(&self) -> u64 {
        self.split.ranks()
    }

    /// Bytes of one block: `block_tokens` tokens of one layer's K or V (or latent) on one rank.
    pub fn block_bytes(&self) -> u64 {
        self.block_bytes
    }

    /// Blocks that a rank holds of the request.
    pub fn blocks_per_rank(&self) -> u64 {
        self.blocks
    }

    /// Bytes that a rank holds of the request: the size of its buffer.
    pub fn bytes_per_rank(&self) -> u64 {
        self.blocks * self.block_bytes
    }

    /// Blocks on all ranks together, replicas included.
    pub fn blocks_per_request(&self) -> u64 {
        self.tp() * self.blocks
    }

    /// Bytes on all ranks together, replicas included.
    pub fn bytes_per_request(&self) -> u64 {
        self.tp() * self.bytes_per_rank()
    }
}

/// The KV cache of one prompt on both sides.
///
/// Blocks are transferred whole, as engines do: the last block of a prompt that is no multiple of `block_tokens` carries
/// unused tokens. A layer with a window of w tokens holds the blocks that the last w tokens of the prompt touch, and no
/// others; vLLM rounds that up to one block more.
#[derive(Clone, Debug)]
pub struct KvGeometry {
    model: Model,
    shape: Shape,
    groups: Vec<Group>,
    prefill: RankShape,
    decode: RankShape,
}

impl KvGeometry {
    /// Computes the geometry, or says which value of `shape` does not fit the model.
    pub fn new(model: Model, shape: Shape) -> Result<Self, GeometryError> {
        within("isl_tokens", shape.isl_tokens, MAX_ISL_TOKENS)?;
        within("block_tokens", shape.block_tokens, MAX_BLOCK_TOKENS)?;
        let groups = groups(&model, &shape);
        let side = |side, tp| rank_shape(&model, &shape, &groups, tp::split(&model, tp, side)?);
        let prefill = side(Side::Prefill, shape.prefill_tp)?;
        let decode = side(Side::Decode, shape.decode_tp)?;
        Ok(Self { model, shape, groups, prefill, decode })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is transferred.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What a prefill rank holds.
    pub fn prefill(&self) -> &RankShape {
        &self.prefill
    }

    /// What a decode rank holds, which is also what it receives.
    pub fn decode(&self) -> &RankShape {
        &self.decode
    }

    /// Blocks that the whole prompt takes in one layer without a window.
    pub fn blocks_per_layer(&self) -> u64 {
        self.shape.isl_tokens.div_ceil(self.shape.block_tokens)
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

fn within(option: &'static str, value: u64, most: u64) -> Result<(), GeometryError> {
    let problem = match value {
        0 => "is 0".to_owned(),
        _ if value > most => format!("is {value}, too large"),
        _ => return Ok(()),
    };
    Err(GeometryError::Shape {
        option,
        problem,
        remedy: format!("choose a number from 1 to {most}"),
    })
}

/// The layers by window, in the order in which each window first occurs.
fn groups(model: &Model, shape: &Shape) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (layer, &window_tokens) in (0..).zip(model.windows()) {
        if let Some(group) = groups.iter_mut().find(|group| group.window_tokens == window_tokens) {
            group.layers.push(layer);
            continue;
        }
        let kept_tokens =
            window_tokens.map_or(shape.isl_tokens, |window| window.min(shape.isl_tokens));
        let first_block = (shape.isl_tokens - kept_tokens) / shape.block_tokens;
        let blocks = shape.isl_tokens.div_ceil(shape.block_tokens) - first_block;
        groups.push(Group {
            window_tokens,
            layers: vec![layer],
            first_block,
            blocks,
            blocks_before: 0,
        });
    }
    let mut blocks_before = 0;
    for group in &mut groups {
        group.blocks_before = blocks_before;
        blocks_before += group.layers.len() as u64 * model.attention().tensors() * group.blocks;
    }
    groups
}

/// Sizes on one rank; checked here once, so that every product of them fits 64 bits.
fn rank_shape(
    model: &Model,
    shape: &Shape,
    groups: &[Group],
    split: HeadSplit,
) -> Result<RankShape, GeometryError> {
    let tensors = model.attention().tensors();
    let blocks =
        groups.iter().map(|group| group.layers.len() as u64 * tensors * group.blocks).sum();
    let block_bytes = product(
        "bytes per block",
        &[split.heads_per_rank(), shape.block_tokens, model.head_bytes()],
    )?;
    product("bytes per request", &[split.ranks(), blocks, block_bytes])?;
    Ok(RankShape { split, block_bytes, blocks })
}
