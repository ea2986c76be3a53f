//! What a request moves, in a form that travels: uniform blocks, or the KV cache of a model.

use serde::{Deserialize, Serialize};

use super::{
    BlockTable, Descriptor, GeometryError, HugePages, KvDtype, KvGeometry, Model, Poll, Shape,
    Side, TransferPlan, Uniform, UniformPlan,
};

/// The direction of a one-sided transfer, seen from the initiator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Prefill ranks are initiators, and write into the memory of decode ranks.
    #[default]
    Write,
    /// Decode ranks are initiators, and read from the memory of prefill ranks.
    Read,
}

impl Op {
    /// The side whose workers post the transfers.
    pub fn initiator(self) -> Side {
        match self {
            Self::Write => Side::Prefill,
            Self::Read => Side::Decode,
        }
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Write => "write",
            Self::Read => "read",
        })
    }
}

impl std::str::FromStr for Op {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "write" => Ok(Self::Write),
            "read" => Ok(Self::Read),
            _ => Err(format!("unknown operation {text:?}: choose write or read")),
        }
    }
}

/// Where a model's geometry comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ModelSource {
    /// A preset, by name.
    Preset(String),
    /// A Hugging Face `config.json`.
    Config {
        /// The file, for messages.
        file: String,
        /// What it says.
        text: String,
    },
}

/// One prompt's KV cache.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KvTraffic {
    /// The model.
    pub model: ModelSource,
    /// The type of the cache, when it is not the model's own.
    pub dtype: Option<KvDtype>,
    /// Prompt, blocks, ranks and layout.
    pub shape: Shape,
    /// Where blocks lie on prefill ranks.
    pub prefill_table: BlockTable,
    /// Where blocks lie on decode ranks.
    pub decode_table: BlockTable,
}

/// What one request moves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Traffic {
    /// Blocks of one size.
    Uniform(Uniform),
    /// One prompt's KV cache.
    Kv(KvTraffic),
}

/// What a run moves again and again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The direction.
    pub op: Op,
    /// The pages of the memory on both sides.
    pub huge_pages: HugePages,
    /// What workers do between two rounds of polling.
    pub poll: Poll,
    /// Requests that are under way at once, each with memory of its own.
    pub in_flight: u32,
    /// Whether NIXL may make one descriptor of blocks that are neighbours on both sides.
    pub merge: bool,
    /// One request.
    pub traffic: Traffic,
}

impl Default for Workload {
    /// WRITE of one 512-token prompt of Qwen3-0.6B, between one rank and one rank.
    fn default() -> Self {
        let traffic = Traffic::Kv(KvTraffic {
            model: ModelSource::Preset("Qwen/Qwen3-0.6B".to_owned()),
            dtype: None,
            shape: Shape { isl_tokens: 512, ..Shape::default() },
            prefill_table: BlockTable::Contiguous,
            decode_table: BlockTable::Contiguous,
        });
        Self {
            op: Op::default(),
            huge_pages: HugePages::default(),
            poll: Poll::default(),
            in_flight: 1,
            merge: true,
            traffic,
        }
    }
}

impl Traffic {
    /// Works out who moves what to where.
    ///
    /// # Errors
    /// The model or its shape makes no sense.
    pub fn plan(&self) -> Result<Plan, GeometryError> {
        match self {
            Self::Uniform(uniform) => Ok(Plan::Uniform(uniform.plan())),
            Self::Kv(kv) => {
                let model = match &kv.model {
                    ModelSource::Preset(name) => Model::preset(name)?,
                    ModelSource::Config { file, text } => Model::from_config(file, text, None)?,
                };
                let model = kv.dtype.map_or(model.clone(), |dtype| model.with_dtype(dtype));
                let geometry = KvGeometry::new(model, kv.shape)?;
                let plan = TransferPlan::new(geometry, kv.prefill_table, kv.decode_table);
                Ok(Plan::Kv(Box::new(plan)))
            }
        }
    }
}

/// Who moves what to where, in one request.
#[derive(Clone, Debug)]
pub enum Plan {
    /// Blocks of one size.
    Uniform(UniformPlan),
    /// The KV cache of one prompt.
    Kv(Box<TransferPlan>),
}

impl Plan {
    /// Ranks of a side.
    pub fn ranks(&self, side: Side) -> u64 {
        match (self, side) {
            (Self::Uniform(uniform), side) => uniform.ranks(side),
            (Self::Kv(plan), Side::Prefill) => plan.geometry().prefill().tp(),
            (Self::Kv(plan), Side::Decode) => plan.geometry().decode().tp(),
        }
    }

    /// Bytes of the buffer of each rank of a side.
    pub fn buffer_bytes(&self, side: Side) -> u64 {
        match (self, side) {
            (Self::Uniform(uniform), side) => uniform.buffer_bytes(side),
            (Self::Kv(plan), Side::Prefill) => plan.geometry().prefill().bytes_per_rank(),
            (Self::Kv(plan), Side::Decode) => plan.geometry().decode().bytes_per_rank(),
        }
    }

    /// The pairs of ranks between which data moves, as (prefill, decode).
    pub fn pairs(&self) -> Vec<(u64, u64)> {
        match self {
            Self::Uniform(uniform) => uniform.pairs().collect(),
            Self::Kv(plan) => {
                plan.streams().map(|stream| (stream.prefill_rank(), stream.decode_rank())).collect()
            }
        }
    }

    /// What moves between two ranks; *local* is the decode rank's side. Empty for other pairs.
    pub fn descriptors(
        &self,
        prefill: u64,
        decode: u64,
    ) -> Box<dyn Iterator<Item = Descriptor> + '_> {
        match self {
            Self::Uniform(uniform) => Box::new(uniform.descriptors(prefill, decode)),
            Self::Kv(plan) => Box::new(
                plan.streams_to(decode)
                    .filter(move |stream| stream.prefill_rank() == prefill)
                    .flat_map(|stream| stream.descriptors()),
            ),
        }
    }

    /// Blocks of a request, over all decode ranks.
    pub fn blocks(&self) -> u64 {
        match self {
            Self::Uniform(uniform) => uniform.blocks(),
            Self::Kv(plan) => plan.geometry().decode().blocks_per_request(),
        }
    }

    /// Runs of bytes that a request moves, before NIXL merges any.
    pub fn descriptor_count(&self) -> u64 {
        match self {
            Self::Uniform(uniform) => uniform.blocks(),
            Self::Kv(plan) => plan.streams().map(|one| one.descriptors().len() as u64).sum(),
        }
    }

    /// Bytes of one block on a decode rank.
    pub fn block_bytes(&self) -> u64 {
        match self {
            Self::Uniform(uniform) => uniform.block_bytes(),
            Self::Kv(plan) => plan.geometry().decode().block_bytes(),
        }
    }

    /// Bytes of a request, over all decode ranks.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Uniform(uniform) => uniform.blocks().saturating_mul(uniform.block_bytes()),
            Self::Kv(plan) => plan.geometry().decode().bytes_per_request(),
        }
    }

    /// The model's name, when a model's cache is moved.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Uniform(..) => None,
            Self::Kv(plan) => Some(plan.geometry().model().name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_documented_prompt() {
        let plan = Workload::default().traffic.plan().unwrap();
        assert_eq!((plan.blocks(), plan.block_bytes(), plan.bytes()), (1792, 32_768, 58_720_256));
        assert_eq!(plan.pairs(), [(0, 0)]);
        assert_eq!(plan.buffer_bytes(Side::Prefill), 58_720_256);
    }

    #[test]
    fn uniform_blocks_lie_side_by_side() {
        let uniform = Uniform { blocks: 3, block_bytes: 10, ..Uniform::default() };
        let plan = Traffic::Uniform(uniform).plan().unwrap();
        let offsets: Vec<_> =
            plan.descriptors(0, 0).map(|d| (d.local_offset, d.len_bytes)).collect();
        assert_eq!(offsets, [(0, 10), (10, 10), (20, 10)]);
        assert_eq!(plan.bytes(), plan.buffer_bytes(Side::Decode));
    }

    #[test]
    fn workloads_travel() {
        let workload = Workload::default();
        let json = serde_json::to_string(&workload).unwrap();
        assert_eq!(serde_json::from_str::<Workload>(&json).unwrap(), workload);
    }
}
