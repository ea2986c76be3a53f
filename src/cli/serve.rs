//! The arguments of `kvbench serve`.

use std::path::PathBuf;

use clap::{Args, value_parser};
use kvbench::variant::BackendName;

use super::DeploymentArgs;
use crate::ui::Ui;

#[derive(Args)]
pub struct ServeArgs {
    /// The name that requests give for the model [default: that of --model]
    #[arg(long, value_name = "NAME")]
    pub served_model_name: Option<String>,
    /// Count prompts with this tokenizer.json, or the one in this folder [default: the one in a folder
    /// of the model's name, here or in the cache of Hugging Face, else a token for every 4 bytes]
    #[arg(long, value_name = "FILE|DIR")]
    pub tokenizer: Option<PathBuf>,
    /// The backend: ucx or libfabric [default: ucx; with --emulate-efa, libfabric]
    #[arg(long, value_name = "NAME", value_parser = BackendName::nixl_from_str)]
    pub backend: Option<BackendName>,
    #[command(flatten)]
    pub deployment: DeploymentArgs,
    /// The port to listen on; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub port: u16,
    /// The address to listen on; anyone who reaches it may ask for tokens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// Tokens of prompt and answer together, at most [default: what the blocks of a worker hold]
    #[arg(long, value_name = "TOKENS", value_parser = value_parser!(u64).range(2..))]
    pub max_model_len: Option<u64>,
    /// Append a line per request to this file (`kvbench/schema/serving-1.schema.json` describes it)
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// What to show on standard error meanwhile: a dashboard, a line now and then, or nothing
    #[arg(long, value_enum, value_name = "HOW", default_value = "simple")]
    pub ui: Ui,
}
