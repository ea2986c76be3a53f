//! What a cell of load asks for: its deployment's workers, and a point of a sweep.

use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;

use super::{DEFAULT_ISL_TOKENS, DEFAULT_MODEL, Spec};
use crate::error::{Error, Result};
use crate::load::{Length, Load, Pattern, Schedule};
use crate::serving::{Compute, PRESETS, PoolShape};
use crate::workload::{Model, Shape};

/// The compute that is left out: transfers alone.
const DEFAULT_COMPUTE: &str = "instant";
const DEFAULT_BLOCKS: u32 = 1024;
const MAX_WORKERS: u32 = 64;

/// Requests of a point, where it does not say how many.
const DEFAULT_REQUESTS: u64 = 100;

/// A load; what is left out is as `kvbench load` has it.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadSpec {
    /// Prefill workers.
    pub prefill_workers: Option<NonZeroU32>,
    /// Decode workers.
    pub decode_workers: Option<NonZeroU32>,
    /// KV blocks of each worker.
    pub blocks: Option<NonZeroU32>,
    /// The preset of compute time.
    pub compute: Option<String>,
    /// Tokens of prompts that a prefill worker computes per second.
    pub prefill_rate: Option<f64>,
    /// Tokens of an answer.
    pub osl: Option<NonZeroU64>,
    /// Requests of a point.
    pub request_count: Option<NonZeroU64>,
    /// Requests before it that count for nothing.
    pub warmup_request_count: Option<NonZeroU64>,
    /// The seed of arrivals and contents.
    pub random_seed: Option<u64>,
    /// Requests per second, whose arrivals are a Poisson process.
    pub request_rate: Option<f64>,
    /// Requests at a time; with `request_rate`, at most.
    pub concurrency: Option<NonZeroU64>,
}

impl LoadSpec {
    /// The names of its fields; those that one deployment can have several of come last.
    pub const KEYS: [&str; 11] = [
        "prefill_workers",
        "decode_workers",
        "blocks",
        "compute",
        "prefill_rate",
        "osl",
        "request_count",
        "warmup_request_count",
        "random_seed",
        "request_rate",
        "concurrency",
    ];

    /// The same without its point: what cells have in common that one deployment can serve.
    pub fn of_no_point(&self) -> Self {
        Self { request_rate: None, concurrency: None, ..self.clone() }
    }

    /// The point.
    ///
    /// # Errors
    /// A rate is none.
    pub fn point(&self) -> Result<Load> {
        let limit = self.concurrency.map(NonZeroU64::get);
        let (schedule, concurrency) = match self.request_rate {
            None => (Schedule::Closed, Some(limit.unwrap_or(1))),
            Some(rate) => {
                let request_rate = positive("request_rate", rate)?;
                let poisson = Schedule::Open {
                    arrival_pattern: Pattern::Poisson,
                    arrival_smoothness: 1.0,
                    request_rate,
                    request_rate_ramp_s: 0.0,
                };
                (poisson, limit)
            }
        };
        Ok(Load { schedule, concurrency, concurrency_ramp_s: 0.0 })
    }

    /// Requests of a point with at most so many at a time.
    pub fn requests(&self, concurrency: u64) -> u64 {
        let default = DEFAULT_REQUESTS.max(2 * concurrency);
        self.request_count.map_or(default, NonZeroU64::get)
    }

    /// The model of compute time.
    ///
    /// # Errors
    /// There is no such preset, or the rate is none.
    pub fn compute(&self) -> Result<Compute> {
        let name = self.compute.as_deref().unwrap_or(DEFAULT_COMPUTE);
        let preset = Compute::preset(name).ok_or_else(|| {
            let names = PRESETS.map(|(name, _)| name).join(", ");
            Error::Usage(format!("compute {name:?} is unknown: choose among {names}"))
        })?;
        let rate = self.prefill_rate.map(|rate| positive("prefill_rate", rate)).transpose()?;
        let prefill_tokens_per_s = rate.unwrap_or(preset.prefill_tokens_per_s);
        Ok(Compute { prefill_tokens_per_s, ..preset })
    }

    /// Prefill and decode workers.
    ///
    /// # Errors
    /// There are too many.
    pub fn workers(&self) -> Result<[u32; 2]> {
        let workers =
            [self.prefill_workers, self.decode_workers].map(|one| one.map_or(1, NonZeroU32::get));
        match workers.iter().find(|count| **count > MAX_WORKERS) {
            None => Ok(workers),
            Some(many) => {
                Err(Error::Usage(format!("{many} workers of a side: there are 1 to {MAX_WORKERS}")))
            }
        }
    }

    /// Tokens of an answer.
    pub fn osl(&self) -> u64 {
        self.osl.map_or(1, NonZeroU64::get)
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.random_seed.unwrap_or(0)
    }
}

/// A deployment as a cell of load wants it.
#[derive(Clone, Debug)]
pub struct DeploymentShape {
    /// The model's name.
    pub model: String,
    /// The blocks of each worker.
    pub pool: PoolShape,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Tokens of a prompt.
    pub isl: Length,
    /// Tokens of an answer.
    pub osl: Length,
}

impl DeploymentShape {
    /// Of a cell.
    ///
    /// # Errors
    /// The model is unknown, or a worker's blocks do not hold a request.
    pub fn new(spec: &Spec, load: &LoadSpec) -> Result<Self> {
        let default = Shape::default();
        let block_tokens = spec.block_tokens.unwrap_or(default.block_tokens);
        let name = spec.model.as_deref().unwrap_or(DEFAULT_MODEL);
        let model = Model::load(name, spec.kv_dtype)?;
        let blocks = load.blocks.map_or(DEFAULT_BLOCKS, NonZeroU32::get);
        let layout = spec.layout.unwrap_or(default.layout);
        let pool = PoolShape::new(&model, layout, block_tokens, blocks)?;
        let (isl, osl) = (spec.isl.unwrap_or(DEFAULT_ISL_TOKENS), load.osl());
        let (longest, room) = (isl.saturating_add(osl), u64::from(blocks) * block_tokens);
        if longest > room {
            return Err(Error::Usage(format!(
                "a request has {longest} tokens, prompt and answer together, and the blocks of a worker hold \
                 {room}; give more blocks"
            )));
        }
        let [isl, osl] = [isl, osl].map(|mean| Length { mean, stddev: 0.0 });
        Ok(Self { model: model.name().to_owned(), pool, block_tokens, isl, osl })
    }
}

fn positive(key: &str, value: f64) -> Result<f64> {
    let is_rate = value.is_finite() && value > 0.0;
    is_rate
        .then_some(value)
        .ok_or_else(|| Error::Usage(format!("{key} {value} is no rate above 0")))
}
