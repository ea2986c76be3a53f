//! The arguments of a deployment, which `serve` serves with and `load` loads: its workers, their backend,
//! and the model of compute time.

use std::path::PathBuf;

use clap::{Args, value_parser};
use kvbench::netns::Namespaces;
use kvbench::serving::PRESETS;
use kvbench::variant::{Enumerate, Rails};
use kvbench::workload::{HugePages, KvDtype, Layout, Op};

use super::EmulateArgs;
use crate::options::Span;

#[derive(Args)]
pub struct DeploymentArgs {
    /// A preset, or a Hugging Face config.json [default: Qwen/Qwen3-0.6B]
    #[arg(long, value_name = "NAME|FILE")]
    pub model: Option<String>,
    /// NICs per transfer, a number or `all`
    #[arg(long, default_value = "all", value_name = "N|all")]
    pub rails: Rails,
    /// NICs that the backend may see: all, rails (only as many as --rails says, the nearest), or the
    /// names of exactly these
    #[arg(long, default_value = "all", value_name = "all|rails|NAME,…")]
    pub enumerate: Enumerate,
    /// write (prefill workers write to decode workers) or read (decode workers read)
    #[arg(long, default_value_t)]
    pub op: Op,
    #[command(flatten)]
    pub workers: WorkersArgs,
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// UCX_TLS for the workers of UCX: `tcp` crosses a network, also between processes of one host
    #[arg(long, value_name = "LIST")]
    pub ucx_tls: Option<String>,
    /// Set an environment variable of the workers
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub env: Vec<(String, String)>,
    /// Set a parameter of the backend
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub param: Vec<(String, String)>,
    /// Run the workers of each side in a network namespace: a name as of `ip netns`, a path such as
    /// /proc/PID/ns/net, or nothing for this one, where the router is in any case; needs root or a user
    /// namespace (CAP_SYS_ADMIN)
    #[arg(long, value_name = "PREFILL:DECODE", conflicts_with = "emulate_efa")]
    pub netns: Option<Namespaces>,
    #[command(flatten)]
    pub emulate: EmulateArgs,
    /// How long a step of set-up may take, and how long a worker may be silent
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Span,
    /// How long the transfer of a request may take before its worker is replaced
    #[arg(long, value_name = "TIME", default_value = "2m")]
    pub transfer_timeout: Span,
    /// Use the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
}

/// The workers, their memory, and what is let in.
#[derive(Args)]
pub struct WorkersArgs {
    /// Prefill workers, a process each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=64))]
    pub prefill_workers: u32,
    /// Decode workers, a process each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=64))]
    pub decode_workers: u32,
    /// KV blocks of each worker; requests wait while there are too few
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = value_parser!(u32).range(1..))]
    pub blocks: u32,
    /// Tokens per block
    #[arg(long, value_name = "TOKENS", default_value_t = 16, value_parser = value_parser!(u64).range(1..))]
    pub block_tokens: u64,
    /// Order of a worker's blocks: kv-separate, kv-together or all-layers
    #[arg(long, default_value_t)]
    pub layout: Layout,
    /// Type of the KV cache: fp8, bf16, fp16 or fp32 [default: the model's]
    #[arg(long, value_name = "TYPE")]
    pub kv_dtype: Option<KvDtype>,
    /// Pages of the memory: transparent huge pages where the kernel finds them, reserved ones, or no
    /// huge pages
    #[arg(long, value_name = "PAGES", default_value_t)]
    pub huge_pages: HugePages,
    /// Requests of a decode worker at the same time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = value_parser!(u32).range(1..))]
    pub max_batch: u32,
    /// Requests that may wait for blocks; more are refused with status 503
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub max_waiting: u32,
}

/// The model of compute time.
#[derive(Args)]
pub struct ComputeArgs {
    /// Compute time as if on this engine: vllm, trtllm, or instant (none at all)
    /// [default: vllm to serve, instant to load]
    #[arg(long = "compute", value_name = "PRESET", value_parser = PRESETS.map(|(name, _)| name))]
    pub preset: Option<String>,
    /// Tokens of prompts that a prefill worker computes per second [default: the preset's]
    #[arg(long, value_name = "TOKENS/S", value_parser = crate::options::positive)]
    pub prefill_rate: Option<f64>,
    /// Time of a prefill beyond that [default: the preset's]
    #[arg(long, value_name = "MS", value_parser = crate::options::milliseconds)]
    pub prefill_overhead: Option<f64>,
    /// Time of a decode step with one request: the inter-token latency [default: the preset's]
    #[arg(long, value_name = "MS", value_parser = crate::options::milliseconds)]
    pub itl: Option<f64>,
    /// Time that each further request adds to a step [default: the preset's]
    #[arg(long, value_name = "MS", value_parser = crate::options::milliseconds)]
    pub itl_per_request: Option<f64>,
}
