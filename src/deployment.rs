//! From arguments to a deployment: what `serve` serves with, and `load` loads.

use std::collections::BTreeMap;

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::Machine;
use kvbench::runtime::Nixl;
use kvbench::serving::{Compute, PRESETS, PoolShape, ServeJob};
use kvbench::variant::{BackendName, Variant};
use kvbench::workload::Model;

use crate::cli::{ComputeArgs, DeploymentArgs};
use crate::run::binary;
use crate::ui::tell;

/// The model without `--model`.
const DEFAULT_MODEL: &str = "Qwen/Qwen3-0.6B";

/// What a deployment is called, and how it computes.
pub struct Served {
    /// The model's name, as requests give it.
    pub name: String,
    /// How prompts are counted.
    pub tokenizer: String,
    /// The preset of compute time, unless another one is asked for.
    pub compute: &'static str,
}

impl DeploymentArgs {
    /// The model.
    pub fn model(&self) -> Result<Model> {
        let model = self.model.as_deref().unwrap_or(DEFAULT_MODEL);
        Ok(Model::load(model, self.workers.kv_dtype)?)
    }

    /// The blocks of each worker.
    pub fn pool(&self, model: &Model) -> Result<PoolShape> {
        let workers = &self.workers;
        Ok(PoolShape::new(model, workers.layout, workers.block_tokens, workers.blocks)?)
    }

    /// The deployment of one backend.
    pub fn job(
        &self,
        backend: BackendName,
        nixl: Nixl,
        pool: PoolShape,
        served: Served,
    ) -> Result<ServeJob> {
        let variant = self.variant(backend)?;
        let emulation = self.emulate.spec().emulation(&[variant.backend])?;
        let emulated = emulation.map(Emulated::install).transpose()?;
        let workers = &self.workers;
        let job = ServeJob {
            binary: binary()?,
            model: served.name,
            tokenizer: served.tokenizer,
            nixl,
            variant,
            machine: Machine::look(),
            emulated,
            namespaces: self.netns.clone().unwrap_or_default(),
            op: self.op,
            pool,
            block_tokens: workers.block_tokens,
            huge_pages: workers.huge_pages,
            compute: self.compute.compute(served.compute),
            prefill_workers: workers.prefill_workers,
            decode_workers: workers.decode_workers,
            max_batch: workers.max_batch,
            max_waiting: workers.max_waiting as usize,
            deadline: self.timeout.0,
            transfer_limit: self.transfer_timeout.0,
            notice: tell,
        };
        job.check_memory()?;
        Ok(job)
    }

    fn variant(&self, backend: BackendName) -> Result<Variant> {
        let mut env: BTreeMap<_, _> = self.env.iter().cloned().collect();
        if let Some(tls) = self.ucx_tls.as_ref().filter(|_| backend == BackendName::Ucx) {
            env.insert("UCX_TLS".to_owned(), tls.clone());
        }
        Ok(Variant {
            backend,
            rails: self.rails,
            enumerate: self.enumerate.clone(),
            env,
            params: self.param.iter().cloned().collect(),
        })
    }

    /// Refuses a setting of UCX where none of `backends` is.
    pub fn check(&self, backends: &[BackendName]) -> Result<()> {
        if self.ucx_tls.is_none() || backends.contains(&BackendName::Ucx) {
            return Ok(());
        }
        let names: Vec<_> = backends.iter().map(ToString::to_string).collect();
        Err(Error::Usage(format!(
            "--ucx-tls is for UCX, and the backend is {}",
            names.join(" and ")
        )))
    }
}

impl ComputeArgs {
    /// The preset, with what was set beside it.
    fn compute(&self, default: &str) -> Compute {
        let preset = self.preset.as_deref().unwrap_or(default);
        // clap admits no other names.
        let preset = Compute::preset(preset).unwrap_or(PRESETS[0].1);
        Compute {
            prefill_tokens_per_s: self.prefill_rate.unwrap_or(preset.prefill_tokens_per_s),
            prefill_overhead_ms: self.prefill_overhead.unwrap_or(preset.prefill_overhead_ms),
            itl_ms: self.itl.unwrap_or(preset.itl_ms),
            itl_per_sequence_ms: self.itl_per_request.unwrap_or(preset.itl_per_sequence_ms),
        }
    }
}
