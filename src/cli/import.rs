//! The arguments of `kvbench import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Artifact folders of AIPerf
    Aiperf(AiperfArgs),
    /// Exports of GenAI-Perf, AIPerf's predecessor
    GenaiPerf(GenaiPerfArgs),
    /// Results of `vllm bench serve --save-result`; intervals need --save-detailed too
    Vllm(VllmArgs),
}

#[derive(Args)]
pub struct AiperfArgs {
    /// Folders that `aiperf profile --artifact-dir` wrote, the first being the base; UCX=DIR gives the run
    /// a name other than its folder's. A folder of such folders is a sweep: its runs share the name, and are
    /// compared with those of other names at the same load
    #[arg(required = true, value_name = "[NAME=]DIR", value_parser = crate::import::source)]
    pub runs: Vec<Source>,
    /// Logs that `kvbench serve --log` wrote meanwhile: which share of the time to first token was transfer
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub log: Vec<PathBuf>,
    /// Write an HTML report to this file, with TTFT by concurrency as a chart
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[derive(Args)]
pub struct GenaiPerfArgs {
    /// Files `profile_export.json`, summaries `*_genai_perf.json`, or their folders, the first being the base; a
    /// folder of such folders is a sweep, and UCX=DIR gives the run a name other than its folder's. Summaries
    /// alone give no intervals
    #[arg(required = true, value_name = "[NAME=]DIR|FILE", value_parser = crate::import::source)]
    pub runs: Vec<Source>,
    /// Write an HTML report to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[derive(Args)]
pub struct VllmArgs {
    /// Result files, the first being the base; UCX=FILE gives the run a name other than its file's
    #[arg(required = true, value_name = "[NAME=]FILE", value_parser = crate::import::source)]
    pub runs: Vec<Source>,
    /// Write an HTML report to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// A run and where it is.
#[derive(Clone)]
pub struct Source {
    pub name: String,
    pub path: PathBuf,
}
