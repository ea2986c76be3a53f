//! The sizes of a KV cache as a report: what `kvcache` prints.

use std::fmt;

use serde::Serialize;

use super::block_table::BlockTable;
use super::dtype::KvDtype;
use super::geometry::KvGeometry;
use super::layout::Layout;
use super::model::Attention;
use super::plan::TransferPlan;

/// The sizes of one prompt's KV cache and of its transfer. Every size counts whole blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KvCacheReport {
    /// Name of the model.
    pub model: String,
    /// `gqa` or `mla`.
    pub attention: &'static str,
    /// Layers.
    pub layers: u64,
    /// Of these, layers that keep a sliding window only.
    pub windowed_layers: u64,
    /// KV heads; 1 for MLA, whose latent no rank divides.
    pub kv_heads: u64,
    /// Elements per head and token of K, of V, or of the latent.
    pub head_elements: u64,
    /// Element type.
    pub dtype: KvDtype,
    /// Tokens of the prompt.
    pub isl_tokens: u64,
    /// Tokens per block.
    pub block_tokens: u64,
    /// Ranks: prefill, decode.
    pub tp: [u64; 2],
    /// Order of blocks in the buffers.
    pub layout: Layout,
    /// Bytes that a token adds: whole model, all layers, K and V, one copy.
    pub bytes_per_token: u64,
    /// Bytes of one block on one decode rank.
    pub block_bytes: u64,
    /// Bytes of one block on one prefill rank.
    pub prefill_block_bytes: u64,
    /// Blocks that one decode rank receives.
    pub blocks_per_rank: u64,
    /// Blocks that all decode ranks receive.
    pub blocks_per_request: u64,
    /// Bytes that one decode rank receives.
    pub bytes_per_rank: u64,
    /// Bytes that one prefill rank holds.
    pub prefill_bytes_per_rank: u64,
    /// Bytes that all decode ranks receive, replicas included: what crosses the network.
    pub bytes_per_request: u64,
    /// Descriptors of the decode rank that has most.
    pub descriptors_per_rank: u64,
    /// Descriptors of all decode ranks.
    pub descriptors_per_request: u64,
    /// Pairs of a prefill and a decode rank that exchange data.
    pub streams: u64,
    /// Bytes of the shortest descriptor.
    pub descriptor_bytes_min: u64,
    /// Bytes of the longest descriptor.
    pub descriptor_bytes_max: u64,
}

impl KvCacheReport {
    /// Reports on `geometry`.
    pub fn new(geometry: &KvGeometry) -> Self {
        let (model, shape) = (geometry.model(), geometry.shape());
        let (prefill, decode) = (geometry.prefill(), geometry.decode());
        let pieces = Pieces::of(geometry);
        Self {
            model: model.name().to_owned(),
            attention: match model.attention() {
                Attention::GroupedQuery { .. } => "gqa",
                Attention::Latent { .. } => "mla",
            },
            layers: model.layers(),
            windowed_layers: model.windows().iter().flatten().count() as u64,
            kv_heads: model.attention().heads(),
            head_elements: model.attention().head_elements(),
            dtype: model.dtype(),
            isl_tokens: shape.isl_tokens,
            block_tokens: shape.block_tokens,
            tp: [prefill.tp(), decode.tp()],
            layout: shape.layout,
            bytes_per_token: model.bytes_per_token(),
            block_bytes: decode.block_bytes(),
            prefill_block_bytes: prefill.block_bytes(),
            blocks_per_rank: decode.blocks_per_rank(),
            blocks_per_request: decode.blocks_per_request(),
            bytes_per_rank: decode.bytes_per_rank(),
            prefill_bytes_per_rank: prefill.bytes_per_rank(),
            bytes_per_request: decode.bytes_per_request(),
            descriptors_per_rank: pieces.most_per_rank,
            descriptors_per_request: pieces.total,
            streams: pieces.streams,
            descriptor_bytes_min: pieces.shortest_bytes,
            descriptor_bytes_max: pieces.longest_bytes,
        }
    }
}

/// Numbers and lengths of the descriptors of a request. They do not depend on the block tables.
struct Pieces {
    streams: u64,
    total: u64,
    most_per_rank: u64,
    shortest_bytes: u64,
    longest_bytes: u64,
}

impl Pieces {
    fn of(geometry: &KvGeometry) -> Self {
        let plan =
            TransferPlan::new(geometry.clone(), BlockTable::Contiguous, BlockTable::Contiguous);
        let mut pieces = Self {
            streams: 0,
            total: 0,
            most_per_rank: 0,
            shortest_bytes: u64::MAX,
            longest_bytes: 0,
        };
        for decode_rank in 0..geometry.decode().tp() {
            let mut rank_total = 0;
            for stream in plan.streams_to(decode_rank) {
                let descriptors = stream.descriptors();
                rank_total += descriptors.len() as u64;
                for len_bytes in descriptors.lengths() {
                    pieces.shortest_bytes = pieces.shortest_bytes.min(len_bytes);
                    pieces.longest_bytes = pieces.longest_bytes.max(len_bytes);
                }
                pieces.streams += 1;
            }
            pieces.total += rank_total;
            pieces.most_per_rank = pieces.most_per_rank.max(rank_total);
        }
        pieces
    }
}

impl fmt::Display for KvCacheReport {
    /// A table for people: one quantity per line, sizes in bytes and in binary units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [prefill_tp, decode_tp] = self.tp;
        let heads =
            format!("{} {} × {} elements", self.attention, self.kv_heads, self.head_elements);
        let layers = match self.windowed_layers {
            0 => self.layers.to_string(),
            windowed => format!("{}, of which {windowed} keep a sliding window", self.layers),
        };
        let lengths = match (self.descriptor_bytes_min, self.descriptor_bytes_max) {
            (shortest, longest) if shortest == longest => size(longest),
            (shortest, longest) => format!("{} to {}", size(shortest), size(longest)),
        };
        let rows = [
            ("model", self.model.clone()),
            ("layers", layers),
            ("heads", heads),
            ("dtype", self.dtype.to_string()),
            ("prompt", format!("{} tokens in blocks of {}", self.isl_tokens, self.block_tokens)),
            ("tp", format!("{prefill_tp} prefill, {decode_tp} decode")),
            ("layout", self.layout.to_string()),
            ("bytes per token", size(self.bytes_per_token)),
            ("block bytes, decode", size(self.block_bytes)),
            ("block bytes, prefill", size(self.prefill_block_bytes)),
            ("blocks per rank", self.blocks_per_rank.to_string()),
            ("blocks per request", self.blocks_per_request.to_string()),
            ("bytes per rank", size(self.bytes_per_rank)),
            ("bytes per request", size(self.bytes_per_request)),
            ("descriptors per rank", self.descriptors_per_rank.to_string()),
            ("descriptors per request", self.descriptors_per_request.to_string()),
            ("bytes per descriptor", lengths),
            ("rank pairs", self.streams.to_string()),
        ];
        let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
        for (label, value) in rows {
            writeln!(f, "{label:width$}  {value}")?;
        }
        Ok(())
    }
}

/// `58720256 (56.0 MiB)`; plain below 1 KiB.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let Some(power) = bytes.checked_ilog2().map(|log| log / 10).filter(|&power| power > 0) else {
        return bytes.to_string();
    };
    let scaled = bytes as f64 / 1024f64.powi(power as i32);
    format!("{bytes} ({scaled:.1} {})", UNITS[power as usize - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_exact_and_readable() {
        assert_eq!(size(0), "0");
        assert_eq!(size(1023), "1023");
        assert_eq!(size(32_768), "32768 (32.0 KiB)");
        assert_eq!(size(58_720_256), "58720256 (56.0 MiB)");
        assert_eq!(size(u64::MAX), "18446744073709551615 (16.0 EiB)");
    }
}
