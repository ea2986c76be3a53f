//! `kvbench serve`: an endpoint in front of an emulated deployment.

use std::io::Write;

use kvbench::error::Result;
use kvbench::runtime;
use kvbench::serving::http::{App, Limits, bind, serve as serve_http};
use kvbench::serving::{Log, Router, ServeJob, Tokens};

use crate::cli::ServeArgs;
use crate::deployment::Served;
use crate::ui::{ServeWatch, Ui};

/// The compute without `--compute`.
const COMPUTE: &str = "vllm";

/// Serves until it is interrupted.
pub fn serve(arguments: &ServeArgs) -> Result<u8> {
    let deployment = &arguments.deployment;
    let model = deployment.model()?;
    let name = arguments.served_model_name.clone().unwrap_or_else(|| model.name().to_owned());
    let pool = deployment.pool(&model)?;
    let tokens = match &arguments.tokenizer {
        Some(path) => Tokens::load(path)?,
        None => Tokens::find(&name)?,
    };
    let limits = limits(arguments);
    // Before the workers: a port that is taken is known at once.
    let (listener, address) = bind(&arguments.host, arguments.port)?;
    let log = arguments.log.as_deref().map(Log::append).transpose()?;
    let backend = deployment.emulate.backend(arguments.backend);
    deployment.check(&[backend])?;
    let nixl = runtime::find(deployment.nixl_prefix.as_deref(), &mut *Ui::Simple.watch())?;
    let tokenizer = tokens.source().to_owned();
    let served = Served { name: name.clone(), tokenizer, compute: COMPUTE };
    let job = deployment.job(backend, nixl, pool, served)?;
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
    let workers = &arguments.deployment.workers;
    let held = u64::from(workers.blocks).saturating_mul(workers.block_tokens);
    let context = arguments.max_model_len.map_or(held, |limit| limit.min(held));
    Limits { context, block_tokens: workers.block_tokens }
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
