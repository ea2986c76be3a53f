//! The arguments of `kvbench import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Artifact folders of AIPerf
    Aiperf(AiperfArgs),
    /// Results of `vllm bench serve --save-result`; intervals need --save-detailed too
    Vllm(VllmArgs),
}

#[derive(Args)]
pub struct AiperfArgs {
    /// Folders that `aiperf profile --artifact-dir` wrote, the first being the base; UCX=DIR gives the run
    /// a name other than its folder's
    #[arg(required = true, value_name = "[NAME=]DIR", value_parser = crate::import::source)]
    pub runs: Vec<Source>,
    /// Logs that `kvbench serve --log` wrote meanwhile: which share of the time to first token was transfer
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub log: Vec<PathBuf>,
}

#[derive(Args)]
pub struct VllmArgs {
    /// Result files, the first being the base; UCX=FILE gives the run a name other than its file's
    #[arg(required = true, value_name = "[NAME=]FILE", value_parser = crate::import::source)]
    pub runs: Vec<Source>,
}

/// A run and where it is.
#[derive(Clone)]
pub struct Source {
    pub name: String,
    pub path: PathBuf,
}
