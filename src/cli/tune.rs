//! The arguments of `kvbench tune`.

use std::path::PathBuf;

use clap::{Args, value_parser};
use kvbench::netns::Namespaces;
use kvbench::spec::Size;
use kvbench::variant::{BackendName, Enumerate, Rails};
use kvbench::workload::{HugePages, Op, Poll};

use super::{EmulateArgs, ModelArgs};
use crate::options::Span;
use crate::progress::Progress;

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
    /// write (prefill ranks write to decode ranks) or read (decode ranks read from prefill ranks)
    #[arg(long, default_value_t)]
    pub op: Op,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Move blocks of this size (32KiB, 1MiB, …) instead of a model's KV cache
    #[arg(long, value_name = "SIZE",
          conflicts_with_all = ["model", "isl", "tp", "block_tokens", "layout", "kv_dtype"])]
    pub block_size: Option<Size>,
    /// Blocks per request and target, with --block-size [default: 1]
    #[arg(long, value_name = "N", requires = "block_size", value_parser = value_parser!(u64).range(1..))]
    pub batch: Option<u64>,
    /// Pages of the memory on both sides: transparent huge pages where the kernel finds them,
    /// reserved ones, or no huge pages
    #[arg(long, value_name = "PAGES", default_value_t)]
    pub huge_pages: HugePages,
    /// What workers do between two rounds of polling: busy, yield, or adaptive (busy, then yield)
    #[arg(long, value_name = "HOW", default_value_t)]
    pub poll: Poll,
    /// Requests that are under way at once, each with memory of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1024))]
    pub in_flight: u32,
    /// Keep blocks that are neighbours on both sides apart, as descriptors of their own
    #[arg(long)]
    pub no_merge: bool,
    /// UCX_TLS for the workers of UCX: `tcp` crosses a network, also between processes of one host
    #[arg(long, value_name = "LIST")]
    pub ucx_tls: Option<String>,
    /// Run the workers of each side in a network namespace: a name as of `ip netns`, a path such as
    /// /proc/PID/ns/net, or nothing for this one; needs root or a user namespace (CAP_SYS_ADMIN)
    #[arg(long, value_name = "PREFILL:DECODE", conflicts_with = "emulate_efa")]
    pub netns: Option<Namespaces>,
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
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub progress: Progress,
    /// Use the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
}
