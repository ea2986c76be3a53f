//! `kvbench serve`: an endpoint in front of an emulated deployment.

use std::collections::BTreeMap;
use std::io::Write;

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::Machine;
use kvbench::runtime;
use kvbench::serving::http::{App, Limits, bind, serve as serve_http};
use kvbench::serving::{Compute, Log, PRESETS, PoolShape, Router, ServeJob, Tokens};
use kvbench::variant::{BackendName, Variant};
use kvbench::workload::Model;

use crate::cli::{ComputeArgs, ServeArgs};
use crate::run::binary;
use crate::ui::{ServeWatch, Ui, tell};

/// The model without `--model`.
const DEFAULT_MODEL: &str = "Qwen/Qwen3-0.6B";

/// Serves until it is interrupted.
pub fn serve(arguments: &ServeArgs) -> Result<u8> {
    let workers = &arguments.workers;
    let model = arguments.model.as_deref().unwrap_or(DEFAULT_MODEL);
    let model = Model::load(model, workers.kv_dtype)?;
    let name = arguments.served_model_name.clone().unwrap_or_else(|| model.name().to_owned());
    let pool = PoolShape::new(&model, workers.layout, workers.block_tokens, workers.blocks)?;
    let tokens = match &arguments.tokenizer {
        Some(path) => Tokens::load(path)?,
        None => Tokens::find(&name)?,
    };
    let limits = limits(arguments);
    // Before the workers: a port that is taken is known at once.
    let (listener, address) = bind(&arguments.host, arguments.port)?;
    let log = arguments.log.as_deref().map(Log::append).transpose()?;
    let job = job(arguments, name.clone(), pool, tokens.source().to_owned())?;
    let banner = banner(&job, limits);
    let title = format!("{name} over {}, http://{address}", job.variant.label());
    let router = Router::start(job, log)?;
    announce(&banner);
    let versions = router.versions().iter().map(|(name, version)| format!("{name} {version}"));
    announce(&format!("  versions   {}\n", versions.collect::<Vec<_>>().join(", ")));
    let app = App::new(name, limits, tokens, router.desk(), router.metrics());
    announce(&format!("listening on http://{address}; Ctrl-C ends it\n"));
    let watch = ServeWatch::start(arguments.ui, router.watcher(), title);
    let summary = serve_http(listener, app, router);
    drop(watch);
    let summary = summary?;
    println!("{summary}");
    Ok(0)
}

/// Says what serves, if anyone listens there still.
fn announce(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn limits(arguments: &ServeArgs) -> Limits {
    let workers = &arguments.workers;
    let held = u64::from(workers.blocks).saturating_mul(workers.block_tokens);
    let context = workers.max_model_len.map_or(held, |limit| limit.min(held));
    Limits { context, block_tokens: workers.block_tokens }
}

fn job(
    arguments: &ServeArgs,
    model: String,
    pool: PoolShape,
    tokenizer: String,
) -> Result<ServeJob> {
    let variant = variant(arguments)?;
    let nixl = runtime::find(arguments.nixl_prefix.as_deref(), &mut *Ui::Simple.watch())?;
    let emulation = arguments.emulate.spec().emulation(&[variant.backend])?;
    let emulated = emulation.map(Emulated::install).transpose()?;
    let workers = &arguments.workers;
    let job = ServeJob {
        binary: binary()?,
        model,
        tokenizer,
        nixl,
        variant,
        machine: Machine::look(),
        emulated,
        namespaces: arguments.netns.clone().unwrap_or_default(),
        op: arguments.op,
        pool,
        block_tokens: workers.block_tokens,
        huge_pages: workers.huge_pages,
        compute: arguments.compute.compute(),
        prefill_workers: workers.prefill_workers,
        decode_workers: workers.decode_workers,
        max_batch: workers.max_batch,
        max_waiting: workers.max_waiting as usize,
        deadline: arguments.timeout.0,
        transfer_limit: arguments.transfer_timeout.0,
        notice: tell,
    };
    job.check_memory()?;
    Ok(job)
}

fn variant(arguments: &ServeArgs) -> Result<Variant> {
    let backend = arguments.emulate.backend(arguments.backend);
    let mut env: BTreeMap<_, _> = arguments.env.iter().cloned().collect();
    if let Some(tls) = &arguments.ucx_tls {
        if backend != BackendName::Ucx {
            return Err(Error::Usage(format!(
                "--ucx-tls is for UCX, and the backend is {backend}"
            )));
        }
        env.insert("UCX_TLS".to_owned(), tls.clone());
    }
    Ok(Variant {
        backend,
        rails: arguments.rails,
        enumerate: arguments.enumerate.clone(),
        env,
        params: arguments.param.iter().cloned().collect(),
    })
}

impl ComputeArgs {
    /// The preset, with what was set beside it.
    fn compute(&self) -> Compute {
        // clap admits no other names.
        let preset = Compute::preset(&self.preset).unwrap_or(PRESETS[0].1);
        Compute {
            prefill_tokens_per_s: self.prefill_rate.unwrap_or(preset.prefill_tokens_per_s),
            prefill_overhead_ms: self.prefill_overhead.unwrap_or(preset.prefill_overhead_ms),
            itl_ms: self.itl.unwrap_or(preset.itl_ms),
            itl_per_sequence_ms: self.itl_per_request.unwrap_or(preset.itl_per_sequence_ms),
        }
    }
}

/// What is served, and how: every figure that comes of it depends on this.
fn banner(job: &ServeJob, limits: Limits) -> String {
    let ServeJob { model, pool, variant, op, compute, .. } = job;
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let places = job.namespaces.sentence();
    format!(
        "{model} over {label}, {op}: {prefill} prefill and {decode} decode workers\n\
         {figures}\n{places}  compute    {compute} (modelled)\n  \
         blocks     {blocks} per worker, of {tokens} tokens and {kib} KiB in {pieces} pieces: {gib:.1} \
         GiB each\n  context    {context} tokens\n  tokenizer  {tokenizer}\n",
        figures = job.label(),
        places = places.map(|places| format!("  workers    {places}\n")).unwrap_or_default(),
        label = variant.label(),
        prefill = job.prefill_workers,
        decode = job.decode_workers,
        blocks = pool.blocks,
        tokens = job.block_tokens,
        kib = pool.block_bytes() as f64 / 1024.0,
        pieces = pool.pieces,
        gib = gib(pool.bytes()),
        context = limits.context,
        tokenizer = job.tokenizer,
    )
}
