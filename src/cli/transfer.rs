//! The arguments that say what is transferred, and how its workers do it.

use clap::{Args, value_parser};
use kvbench::netns::Namespaces;
use kvbench::spec::Size;
use kvbench::workload::{HugePages, Op, Poll};

use super::ModelArgs;

#[derive(Args)]
pub struct TransferArgs {
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
    #[arg(long, value_name = "N", requires = "block_size",
          value_parser = value_parser!(u64).range(1..))]
    pub batch: Option<u64>,
    /// Pages of the memory on both sides: transparent huge pages where the kernel finds them,
    /// reserved ones, or no huge pages
    #[arg(long, value_name = "PAGES", default_value_t)]
    pub huge_pages: HugePages,
    /// What workers do between two rounds of polling: busy (nothing), yield (offer the processor to
    /// others), adaptive (busy for some hundred rounds, then yield); none of them sleeps
    #[arg(long, value_name = "HOW", default_value_t)]
    pub poll: Poll,
    /// Requests that are under way at once, each with memory of its own
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = value_parser!(u32).range(1..=1024))]
    pub in_flight: u32,
    /// Keep blocks that are neighbours on both sides apart, as descriptors of their own
    #[arg(long)]
    pub no_merge: bool,
    /// UCX_TLS for the workers of UCX, with NIXL or without: `tcp` crosses a network, also between processes of one host
    #[arg(long, value_name = "LIST")]
    pub ucx_tls: Option<String>,
    /// Run the workers of each side in a network namespace: a name as of `ip netns`, a path such as
    /// /proc/PID/ns/net, or nothing for this one; needs root or a user namespace (CAP_SYS_ADMIN)
    #[arg(long, value_name = "PREFILL:DECODE", conflicts_with = "emulate_efa")]
    pub netns: Option<Namespaces>,
}
