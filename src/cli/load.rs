//! The arguments of `kvbench load`. Names and meanings are AIPerf's where it has one.

use std::path::PathBuf;

use clap::{Args, value_parser};
use kvbench::load::{Pattern, Slos, Stall};
use kvbench::variant::BackendName;

use super::{DeploymentArgs, RequireArgs};
use crate::options::{Span, positive};
use crate::ui::Ui;

#[derive(Args)]
pub struct LoadArgs {
    /// Backends to load, one after the other: ucx, libfabric
    /// [default: ucx,libfabric; with --emulate-efa, libfabric]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…",
          value_parser = BackendName::nixl_from_str)]
    pub backend: Vec<BackendName>,
    #[command(flatten)]
    pub arrivals: ArrivalArgs,
    #[command(flatten)]
    pub requests: RequestArgs,
    #[command(flatten)]
    pub trace: TraceArgs,
    #[command(flatten)]
    pub goals: GoalArgs,
    /// Have the worker that receives (decode 0; with --op read, prefill 0) stand still for a time, once,
    /// so long after the start of each point: 200ms@5s
    #[arg(long, value_name = "TIME@TIME", value_parser = crate::load::stall)]
    pub inject_stall: Option<Stall>,
    #[command(flatten)]
    pub deployment: DeploymentArgs,
    /// Append a record per deployment and point (JSON Lines) to this file; `-` is standard output
    /// (`kvbench/schema/load-1.schema.json` describes it)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Append a line per request to this file, in the same format
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Write a report with latency against rate, one HTML file that needs nothing else; `-` is standard
    /// output
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub require: RequireArgs,
    /// What to show on standard error meanwhile: a dashboard, a bar or lines, or nothing
    #[arg(long, value_enum, value_name = "HOW", default_value = "simple")]
    pub ui: Ui,
}

/// When requests arrive, and how many.
#[derive(Args)]
pub struct ArrivalArgs {
    /// Requests at a time, each after another one's end; with --request-rate, at most so many; several are
    /// a sweep [default: 1 without --request-rate]
    #[arg(long, value_delimiter = ',', value_name = "N,…",
          value_parser = value_parser!(u64).range(1..))]
    pub concurrency: Vec<u64>,
    /// Requests per second, whatever becomes of those before; several are a sweep
    #[arg(long, value_delimiter = ',', value_name = "RATE,…", value_parser = positive)]
    pub request_rate: Vec<f64>,
    /// How they follow each other: constant, poisson, gamma, or concurrency_burst (as soon as another one
    /// has ended) [default: poisson with --request-rate, else concurrency_burst]
    #[arg(long, alias = "request-rate-mode", value_name = "PATTERN")]
    pub arrival_pattern: Option<Pattern>,
    /// The shape of gamma arrivals: 1 is poisson, less is burstier, more is smoother [default: 1]
    #[arg(long, alias = "vllm-burstiness", value_name = "SHAPE", value_parser = positive)]
    pub arrival_smoothness: Option<f64>,
    /// Let --concurrency grow from 1 for so long
    #[arg(long, value_name = "TIME")]
    pub concurrency_ramp_duration: Option<Span>,
    /// Let --request-rate grow for so long
    #[arg(long, value_name = "TIME")]
    pub request_rate_ramp_duration: Option<Span>,
    /// Requests of each point [default: 100, or twice --concurrency where that is more; with
    /// --benchmark-duration, as many as it takes; of a trace, all]
    #[arg(long, alias = "num-requests", value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub request_count: Option<u64>,
    /// Hand requests in for so long
    #[arg(long, value_name = "TIME")]
    pub benchmark_duration: Option<Span>,
    /// How long requests may go on after --benchmark-duration, or after an interruption
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub benchmark_grace_period: Span,
    /// Requests before each point that count for nothing
    #[arg(long, alias = "num-warmup-requests", value_name = "N",
          value_parser = value_parser!(u64).range(1..))]
    pub warmup_request_count: Option<u64>,
    /// Warm up for at most so long
    #[arg(long, value_name = "TIME")]
    pub warmup_duration: Option<Span>,
    /// The seed of arrivals, lengths and contents: the same seed gives the same load
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub random_seed: u64,
}

/// How long requests are.
#[derive(Args)]
pub struct RequestArgs {
    /// Tokens of a prompt
    #[arg(long, value_name = "TOKENS", default_value_t = 512,
          value_parser = value_parser!(u64).range(1..=1 << 40))]
    pub isl: u64,
    /// Their standard deviation; lengths are normally distributed
    #[arg(long, value_name = "TOKENS", default_value = "0", value_parser = crate::load::deviation)]
    pub isl_stddev: f64,
    /// Tokens of an answer; after the first they do not move KV, and keep its blocks
    #[arg(long, value_name = "TOKENS", default_value_t = 1,
          value_parser = value_parser!(u64).range(1..=1 << 40))]
    pub osl: u64,
    /// Their standard deviation
    #[arg(long, value_name = "TOKENS", default_value = "0", value_parser = crate::load::deviation)]
    pub osl_stddev: f64,
}

/// A trace to replay.
#[derive(Args)]
pub struct TraceArgs {
    /// Replay the requests of this file, at their times; equal beginnings of prompts that are at the
    /// decode worker already do not move again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["isl_stddev", "osl_stddev"])]
    pub input_file: Option<PathBuf>,
    /// Its format: JSON Lines with timestamp (ms), input_length, output_length and hash_ids
    #[arg(long, value_name = "TYPE", requires = "input_file", default_value = "mooncake_trace",
          value_parser = ["mooncake_trace"])]
    pub custom_dataset_type: String,
    /// Take its requests in their order, and leave their times to --request-rate or --concurrency
    #[arg(long, requires = "input_file")]
    pub no_fixed_schedule: bool,
    /// Shift its times so that the first is 0
    #[arg(long, requires = "input_file", conflicts_with = "fixed_schedule_start_offset")]
    pub fixed_schedule_auto_offset: bool,
    /// Begin at this time of it
    #[arg(long, value_name = "MS", requires = "input_file")]
    pub fixed_schedule_start_offset: Option<u64>,
    /// End at this time of it
    #[arg(long, value_name = "MS", requires = "input_file")]
    pub fixed_schedule_end_offset: Option<u64>,
    /// Replay it so many times faster
    #[arg(long, value_name = "TIMES", requires = "input_file", default_value = "1", value_parser = positive)]
    pub synthesis_speedup_ratio: f64,
    /// Leave out longer prompts
    #[arg(long, value_name = "TOKENS", requires = "input_file", value_parser = value_parser!(u64).range(1..))]
    pub synthesis_max_isl: Option<u64>,
    /// Cut longer answers
    #[arg(long, value_name = "TOKENS", requires = "input_file", value_parser = value_parser!(u64).range(1..))]
    pub synthesis_max_osl: Option<u64>,
    /// Tokens that a hash of it stands for, a multiple of --block-tokens
    #[arg(long, value_name = "TOKENS", requires = "input_file", default_value_t = 512,
          value_parser = value_parser!(u64).range(1..))]
    pub isl_block_size: u64,
}

/// What a good request is, and how many shall be.
#[derive(Args)]
pub struct GoalArgs {
    /// Count the requests that meet all of these goals, in milliseconds from the intended arrival:
    /// "kv_delivered:50 time_to_first_token:100 request_latency:2000 inter_token_latency:10"
    #[arg(long, value_name = "NAME:MS …")]
    pub goodput: Option<Slos>,
    /// Search for the highest --request-rate at which enough requests meet the goals, beginning with the one
    /// given [default: 10], each tried for --benchmark-duration [default: 10s]
    #[arg(long, requires = "goodput", conflicts_with = "input_file")]
    pub find_rate: bool,
    /// The share of requests that is enough
    #[arg(long, value_name = "SHARE", default_value = "0.95", requires = "find_rate",
          value_parser = crate::options::scale)]
    pub slo_attainment_fraction: f64,
}
