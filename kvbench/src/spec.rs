//! What one cell asks for, as people write it: the words of the command line and of plans.

mod cell;
mod emulation;
mod load;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::netns::Namespaces;
use crate::variant::{BackendName, Enumerate, Medium, Rails, Variant};
use crate::workload::{
    BlockTable, HugePages, KvDtype, KvTraffic, Layout, Model, ModelSource, Op, Poll, Shape,
    Traffic, Uniform, Workload,
};

pub use cell::{EnumerateSpec, Kind, RunSpec};
pub use emulation::{EmulationSpec, Rate, SlowNic};
pub use load::{DeploymentShape, LoadSpec};

const DEFAULT_MODEL: &str = "Qwen/Qwen3-0.6B";
const DEFAULT_ISL_TOKENS: u64 = 512;

/// The most requests under way at once.
const MAX_IN_FLIGHT: u32 = 1024;

/// The most descriptors of a request: their indices fit an `int` of C.
const MAX_DESCRIPTORS: u64 = i32::MAX as u64;

/// A cell: one variant on one workload. What is left out has the default of the command line.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Word<BackendName>>,
    /// NICs per transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rails: Option<Rails>,
    /// The NICs that the backend may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enumerate: Option<Enumerate>,
    /// The direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<Op>,
    /// A preset, or a `config.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isl: Option<u64>,
    /// Tokens per block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_tokens: Option<u64>,
    /// Ranks that share the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tp: Option<Word<TensorParallel>>,
    /// Order of a rank's blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Type of the KV cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kv_dtype: Option<KvDtype>,
    /// Where a prompt's blocks lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_table: Option<Word<BlockTable>>,
    /// Blocks of this size instead of a model's KV cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_size: Option<Word<Size>>,
    /// Blocks per request, with `block_size`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
    /// Targets of one initiator, each with a batch of its own, with `block_size`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<u64>,
    /// The pages of the memory on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huge_pages: Option<HugePages>,
    /// What workers do between two rounds of polling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// Requests under way at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u32>,
    /// Whether neighbouring blocks become one descriptor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<bool>,
    /// `UCX_TLS` for UCX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ucx_tls: Option<String>,
    /// The network namespaces in which the workers of each side run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netns: Option<Word<Namespaces>>,
    /// Which NIXL: `stock`, or `patched` where a second prefix is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nixl: Option<Build>,
    /// Environment variables of the workers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub env: BTreeMap<String, String>,
    /// Parameters of the backend.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub params: BTreeMap<String, String>,
}

/// Which NIXL a cell wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Build {
    /// The one that the run has found.
    #[default]
    Stock,
    /// One with patches, at a prefix of its own.
    Patched,
}

/// Ranks of the prefill and of the decode side: `4`, or `8:2`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TensorParallel(pub u64, pub u64);

impl FromStr for TensorParallel {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (prefill, decode) = text.split_once(':').unwrap_or((text, text));
        match (prefill.parse(), decode.parse()) {
            (Ok(prefill @ 1..), Ok(decode @ 1..)) => Ok(Self(prefill, decode)),
            _ => Err(format!("{text:?}: give a number of ranks such as 4, or PREFILL:DECODE")),
        }
    }
}

impl fmt::Display for TensorParallel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 { self.0.fmt(f) } else { write!(f, "{}:{}", self.0, self.1) }
    }
}

/// A positive size in bytes: `32KiB`, `1MiB`, `4096`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.parse::<bytesize::ByteSize>() {
            Ok(size) if size.as_u64() > 0 => Ok(Self(size.as_u64())),
            _ => Err(format!("{text:?} is no size of at least one byte: give 4096, 32KiB, 1MiB")),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value that is written as one word, or as a number, in a file as on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word<T>(pub T);

impl<T: fmt::Display> Serialize for Word<T> {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Word<T> {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(i64),
            Real(f64),
            Text(String),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Number(number) => number.to_string(),
            Form::Real(number) => number.to_string(),
            Form::Text(text) => text,
        };
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl Spec {
    /// The names of its fields, in the order of the names that sweeps of a plan give.
    pub const KEYS: [&str; 23] = [
        "backend",
        "rails",
        "enumerate",
        "op",
        "model",
        "isl",
        "block_tokens",
        "tp",
        "layout",
        "kv_dtype",
        "block_table",
        "block_size",
        "batch",
        "targets",
        "huge_pages",
        "poll",
        "in_flight",
        "merge",
        "ucx_tls",
        "netns",
        "nixl",
        "env",
        "params",
    ];

    /// The backend and its settings.
    ///
    /// # Errors
    /// A setting is for another backend.
    pub fn variant(&self) -> Result<Variant> {
        let backend = self.backend.map_or(BackendName::Ucx, |word| word.0);
        let mut env = self.env.clone();
        if let Some(tls) = &self.ucx_tls {
            if backend.medium() != Medium::Ucx {
                let message = format!("ucx_tls is for UCX, and the backend is {backend}");
                return Err(Error::Usage(message));
            }
            env.insert("UCX_TLS".to_owned(), tls.clone());
        }
        if !backend.is_nixl() && !self.params.is_empty() {
            let message = format!("params are for backends of NIXL, and {backend} is none");
            return Err(Error::Usage(message));
        }
        let (rails, params) = (self.rails.unwrap_or(Rails::All), self.params.clone());
        let enumerate = self.enumerate.clone().unwrap_or_default();
        Ok(Variant { backend, rails, enumerate, env, params })
    }

    /// Where the workers of each side run.
    pub fn namespaces(&self) -> Namespaces {
        self.netns.as_ref().map(|word| word.0.clone()).unwrap_or_default()
    }

    /// What is moved.
    ///
    /// # Errors
    /// The model is unknown or cannot be read, or settings exclude each other.
    pub fn workload(&self) -> Result<Workload> {
        let traffic = match self.block_size {
            Some(Word(Size(block_bytes))) => self.uniform(block_bytes)?,
            None if self.batch.is_some() || self.targets.is_some() => {
                return Err(Error::Usage("batch and targets go with block_size".to_owned()));
            }
            None => Traffic::Kv(self.kv_traffic()?),
        };
        Ok(Workload {
            op: self.op.unwrap_or_default(),
            huge_pages: self.huge_pages.unwrap_or_default(),
            poll: self.poll.unwrap_or_default(),
            in_flight: self.in_flight()?,
            merge: self.merge.unwrap_or(true),
            traffic,
        })
    }

    fn in_flight(&self) -> Result<u32> {
        match self.in_flight.unwrap_or(1) {
            one @ 1..=MAX_IN_FLIGHT => Ok(one),
            other => Err(Error::Usage(format!(
                "{other} requests in flight: there are 1 to {MAX_IN_FLIGHT}"
            ))),
        }
    }

    fn uniform(&self, block_bytes: u64) -> Result<Traffic> {
        let of_model = [
            ("model", self.model.is_some()),
            ("isl", self.isl.is_some()),
            ("block_tokens", self.block_tokens.is_some()),
            ("tp", self.tp.is_some()),
            ("layout", self.layout.is_some()),
            ("kv_dtype", self.kv_dtype.is_some()),
        ];
        if let Some((name, _)) = of_model.iter().find(|(_, given)| *given) {
            return Err(Error::Usage(format!("block_size and {name} exclude each other")));
        }
        let (blocks, targets) = (self.batch.unwrap_or(1), self.targets.unwrap_or(1));
        if blocks == 0 || targets == 0 {
            return Err(Error::Usage("there is at least one block and one target".to_owned()));
        }
        let all = blocks.checked_mul(targets).filter(|blocks| *blocks <= MAX_DESCRIPTORS);
        if all.and_then(|all| all.checked_mul(block_bytes)).is_none() {
            return Err(Error::Usage(format!(
                "{blocks} blocks of {block_bytes} bytes for each of {targets} targets are too many"
            )));
        }
        let (prefill_ranks, decode_ranks) = match self.op.unwrap_or_default() {
            Op::Write => (1, targets),
            Op::Read => (targets, 1),
        };
        let table = self.block_table.map_or(BlockTable::Contiguous, |word| word.0);
        Ok(Traffic::Uniform(Uniform { blocks, block_bytes, prefill_ranks, decode_ranks, table }))
    }

    /// One prompt's KV cache.
    ///
    /// # Errors
    /// The model is unknown or cannot be read.
    pub fn kv_traffic(&self) -> Result<KvTraffic> {
        let TensorParallel(prefill_tp, decode_tp) =
            self.tp.map_or(TensorParallel(1, 1), |word| word.0);
        let default = Shape::default();
        let table = self.block_table.map_or(BlockTable::Contiguous, |word| word.0);
        Ok(KvTraffic {
            model: model_source(self.model.as_deref().unwrap_or(DEFAULT_MODEL))?,
            dtype: self.kv_dtype,
            shape: Shape {
                isl_tokens: self.isl.unwrap_or(DEFAULT_ISL_TOKENS),
                block_tokens: self.block_tokens.unwrap_or(default.block_tokens),
                prefill_tp,
                decode_tp,
                layout: self.layout.unwrap_or(default.layout),
            },
            prefill_table: table,
            decode_table: table,
        })
    }

    /// The same cell with a shorter prompt, or smaller batch: at least one block remains.
    pub fn scaled(mut self, factor: f64) -> Self {
        let scale = |count: u64| ((count as f64 * factor).ceil() as u64).max(1);
        match self.block_size {
            Some(_) => self.batch = Some(scale(self.batch.unwrap_or(1))),
            None => self.isl = Some(scale(self.isl.unwrap_or(DEFAULT_ISL_TOKENS))),
        }
        self
    }
}

/// A file, a folder with a `config.json`, or a preset.
fn model_source(model: &str) -> Result<ModelSource> {
    let path = Path::new(model);
    let file = if path.is_dir() { path.join("config.json") } else { path.to_owned() };
    if file.is_file() || model.ends_with(".json") {
        let text = std::fs::read_to_string(&file)
            .map_err(|source| Error::Input { path: file.clone(), source })?;
        return Ok(ModelSource::Config { file: file.display().to_string(), text });
    }
    Model::preset(model).map(|_| ModelSource::Preset(model.to_owned())).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_ranks() {
        let size = |text: &str| text.parse::<Size>().ok().map(|size| size.0);
        assert_eq!(size("32KiB"), Some(32_768));
        assert_eq!(size("4096"), Some(4096));
        assert!(["0", "-1", "big", ""].into_iter().all(|text| size(text).is_none()));
        let ranks = |text: &str| text.parse::<TensorParallel>().ok().map(|tp| (tp.0, tp.1));
        assert_eq!(ranks("4"), Some((4, 4)));
        assert_eq!(ranks("8:2"), Some((8, 2)));
        assert!(["0", "4:", "a:b", "-1"].into_iter().all(|text| ranks(text).is_none()));
    }

    #[test]
    fn the_empty_spec_is_the_default_run() {
        let spec = Spec::default();
        assert_eq!(spec.workload().unwrap(), Workload::default());
        assert_eq!(spec.variant().unwrap(), Variant::new(BackendName::Ucx));
    }

    #[test]
    fn a_block_size_excludes_a_model() {
        let block_size = Some(Word(Size(4096)));
        let spec = Spec { block_size, isl: Some(7), ..Spec::default() };
        assert!(spec.workload().unwrap_err().to_string().contains("isl"));
        let spec = Spec { block_size, batch: Some(u64::MAX), ..Spec::default() };
        assert!(spec.workload().unwrap_err().to_string().contains("too many"));
        let spec = Spec { batch: Some(2), ..Spec::default() };
        spec.workload().unwrap_err();
    }

    #[test]
    fn scaling_keeps_at_least_one() {
        let isl = |factor| Spec::default().scaled(factor).isl;
        assert_eq!((isl(0.1), isl(1e-9)), (Some(52), Some(1)));
    }

    #[test]
    fn ucx_settings_are_for_ucx() {
        let backend = Some(Word(BackendName::Libfabric));
        let spec = Spec { backend, ucx_tls: Some("tcp".into()), ..Spec::default() };
        spec.variant().unwrap_err();
        let raw = Spec { backend: Some(Word(BackendName::RawUcx)), ..spec };
        assert_eq!(raw.variant().unwrap().env["UCX_TLS"], "tcp");
        let params = BTreeMap::from([("num_workers".to_owned(), "2".to_owned())]);
        Spec { params, ..raw }.variant().unwrap_err();
    }
}
