//! How the blocks of a group of layers lie in a rank's buffer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Order of blocks in a rank's KV buffer, and with it what one descriptor can span.
///
/// Layers with the same window form a group; the groups follow each other in the buffer. Within a group of L layers,
/// T tensors (K and V, or a latent) and S slots the order of blocks is, outermost first:
///
/// | layout | order | bytes per descriptor of a whole block |
/// |---|---|---|
/// | `KvSeparate` | layer, tensor, slot | `block_bytes` |
/// | `KvTogether` | layer, slot, tensor | T × `block_bytes` |
/// | `AllLayers` | slot, layer, tensor | L × T × `block_bytes` |
///
/// Inside a block the order is always *HND*: heads, tokens, elements. A range of heads is then contiguous, which is why
/// vLLM's NIXL connector asks for it where the two sides have different TP. Neighbouring blocks are never merged into
/// one descriptor, as engines do not either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// K and V apart, per layer.
    #[default]
    KvSeparate,
    /// K and V of a layer side by side.
    KvTogether,
    /// All layers of a group side by side.
    AllLayers,
}

/// Distances between neighbours, and what one descriptor spans, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strides {
    pub(super) layer: u64,
    pub(super) tensor: u64,
    pub(super) slot: u64,
}

impl Layout {
    /// Distances in a group of `layers` × `tensors` × `slots` blocks.
    pub(super) fn strides(self, layers: u64, tensors: u64, slots: u64) -> Strides {
        match self {
            Self::KvSeparate => Strides { layer: tensors * slots, tensor: slots, slot: 1 },
            Self::KvTogether => Strides { layer: slots * tensors, tensor: 1, slot: tensors },
            Self::AllLayers => Strides { layer: tensors, tensor: 1, slot: layers * tensors },
        }
    }

    /// Layers and tensors that one descriptor spans where both sides hold the same heads.
    pub(super) fn span(self, layers: u64, tensors: u64) -> (u64, u64) {
        match self {
            Self::KvSeparate => (1, 1),
            Self::KvTogether => (1, tensors),
            Self::AllLayers => (layers, tensors),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::KvSeparate => "kv-separate",
            Self::KvTogether => "kv-together",
            Self::AllLayers => "all-layers",
        })
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::KvSeparate, Self::KvTogether, Self::AllLayers]
            .into_iter()
            .find(|layout| layout.to_string() == text)
            .ok_or_else(|| {
                format!("unknown layout `{text}`; choose kv-separate, kv-together or all-layers")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_written_the_same_everywhere() {
        for layout in [Layout::KvSeparate, Layout::KvTogether, Layout::AllLayers] {
            assert_eq!(layout.to_string().parse(), Ok(layout));
            assert_eq!(serde_json::to_value(layout).unwrap(), layout.to_string());
        }
        assert!("hnd".parse::<Layout>().is_err());
    }
}
