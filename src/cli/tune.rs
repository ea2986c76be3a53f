//! The arguments of `kvbench tune`.

use std::path::PathBuf;

use clap::Args;
use kvbench::variant::{BackendName, Enumerate, Rails};

use super::{EmulateArgs, TransferArgs};
use crate::options::Span;
use crate::ui::Ui;

#[derive(Args)]
pub struct TuneArgs {
    /// The backend to tune: ucx or libfabric [default: ucx; with --emulate-efa, libfabric]
    #[arg(long, value_name = "NAME", value_parser = BackendName::nixl_from_str)]
    pub backend: Option<BackendName>,
    /// NICs per transfer to begin with, a number or `all`; other numbers are tried
    #[arg(long, default_value = "all", value_name = "N|all")]
    pub rails: Rails,
    /// NICs that the backend may see: all, rails (only as many as are used, the nearest), or the names of
    /// exactly these
    #[arg(long, default_value = "all", value_name = "all|rails|NAME,…")]
    pub enumerate: Enumerate,
    #[command(flatten)]
    pub transfer: TransferArgs,
    /// Set an environment variable of the workers, in every variant unless it is itself tuned
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub env: Vec<(String, String)>,
    /// Set a parameter of the backend, in every variant unless it is itself tuned
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub param: Vec<(String, String)>,
    /// Append a record per variant and round (JSON Lines) to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub emulate: EmulateArgs,
    /// How long all of it may take, about; what is left out for that is told
    #[arg(long, value_name = "TIME", default_value = "2m")]
    pub max_time: Span,
    /// End a round when each ratio is known to ± this share
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = crate::options::share)]
    pub precision: f64,
    /// How long a step of a worker may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Span,
    /// What to show on standard error meanwhile
    #[arg(long, value_enum, value_name = "HOW", default_value = "simple")]
    pub ui: Ui,
    /// Use the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
}
