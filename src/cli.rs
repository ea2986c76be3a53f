//! What the command line looks like; `options` gives it meaning.

mod deployment;
mod import;
mod load;
mod peer;
mod serve;
mod transfer;
mod tune;

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use kvbench::spec::{Rate, Size, SlowNic, TensorParallel};
use kvbench::variant::{BackendName, Enumerate, Rails};
use kvbench::workload::{BlockTable, KvDtype, Layout};

use crate::options::{Delay, Span};
use crate::ui::Ui;

pub use deployment::{ComputeArgs, DeploymentArgs};
pub use import::{ImportCommand, Source};
pub use load::{ArrivalArgs, LoadArgs, TraceArgs};
pub use peer::{AgentArgs, PeerArgs};
pub use serve::ServeArgs;
pub use transfer::TransferArgs;
pub use tune::TuneArgs;

/// Measures KV-cache transfers over NIXL, by backend, rails and enumeration, and proves the path that
/// carried the bytes.
///
/// Without a command, `run` is meant: UCX against LIBFABRIC on one prompt of Qwen3-0.6B. Exit codes:
/// 0 done · 1 wrong data or a failed gate · 2 wrong usage · 3 the environment cannot do it · 4 a run failed ·
/// 130 its user stopped it.
#[derive(Parser)]
#[command(name = "kvbench", version = VERSION, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunArgs,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("KVBENCH_COMMIT"), ")");

#[derive(Subcommand)]
pub enum Command {
    /// Compare variants on KV-block transfers between processes (the default)
    Run(Box<RunArgs>),
    /// Take the price of enumeration: time, memory and descriptors by setting and number of NICs
    Enumerate(Box<EnumerateArgs>),
    /// Run the cells of a plan, as far as they have not ended yet
    Plan(Box<PlanArgs>),
    /// Compare records made before and after a change; a gate for CI
    Compare(CompareArgs),
    /// Make reports of record files; without an option, show their table
    Report(ReportArgs),
    /// Show the KV cache of a model: bytes per token, blocks, descriptors
    Kvcache(KvcacheArgs),
    /// Show NICs and GPUs, who can use them, and how near they are to each other
    Devices(DevicesArgs),
    /// Examine this machine: does NIXL load, do its backends run, and what distorts figures here
    Doctor(DoctorArgs),
    /// Serve an OpenAI-compatible endpoint whose compute is modelled and whose KV blocks move for real
    Serve(Box<ServeArgs>),
    /// Put KV transfers under load: latency, queueing and goodput at a rate, or with so many at a time
    Load(Box<LoadArgs>),
    /// Read what AIPerf or vLLM measured of an endpoint, and compare runs
    Import {
        #[command(subcommand)]
        client: ImportCommand,
    },
    /// Search the settings of a backend for faster ones, and print them as lines for shells, vLLM and Dynamo
    Tune(Box<TuneArgs>),
    /// Start targets on this host for a kvbench on another one (`kvbench --peer`)
    Agent(AgentArgs),
    /// Fetch the pinned NIXL into the cache, if it is not there
    Fetch,
    /// Print a shell's completion script
    Completions { shell: clap_complete::Shell },
}

/// The values of `--enumerate`.
#[derive(Clone)]
pub struct Enumerations(pub Vec<Enumerate>);

fn enumerations(text: &str) -> Result<Enumerations, String> {
    Enumerate::list(text).map(Enumerations)
}

#[derive(Args)]
pub struct RunArgs {
    /// What to compare, the first being the base: NIXL's backends ucx and libfabric; the same without
    /// NIXL, raw-ucx and raw-libfabric; memcpy between processes
    /// [default: ucx,libfabric; with --emulate-efa, libfabric]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub backend: Vec<BackendName>,
    /// NICs per transfer, a number or `all`; several are compared with each other
    #[arg(long, value_delimiter = ',', default_value = "all", value_name = "N,…|all")]
    pub rails: Vec<Rails>,
    /// NICs that the backend may see: all, rails (only as many as --rails says, the nearest), or the
    /// names of exactly these; `all,rails` compares both
    #[arg(long, default_value = "all", value_name = "all|rails|NAME,…", value_parser = enumerations)]
    pub enumerate: Enumerations,
    #[command(flatten)]
    pub transfer: TransferArgs,
    /// Targets of the one initiator, each with a batch of its own, with --block-size [default: 1]
    #[arg(long, value_name = "N", requires = "block_size",
          value_parser = clap::value_parser!(u64).range(1..=510))]
    pub targets: Option<u64>,
    /// Set an environment variable of the workers
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub env: Vec<(String, String)>,
    /// Set a parameter of the backend
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub param: Vec<(String, String)>,
    /// Append a record per variant (JSON Lines) to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
    /// Compare the first variant with itself, N times, and tell how often a difference was seen
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10",
          value_parser = clap::value_parser!(u32).range(1..),
          conflicts_with_all = ["html", "csv", "md"])]
    pub control: Option<u32>,
    /// Measure raw transports and memcpy along, and tell what share of them NIXL reaches; auto: where
    /// there is one variant and no --json, so that no comparison and no gate gets less of the time
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, default_value = "auto",
          default_missing_value = "always", require_equals = true)]
    pub ceiling: When,
    /// Slow the last variant down on purpose, at its target: by a time (1ms) or a share (5%)
    #[arg(long, value_name = "TIME|SHARE")]
    pub inject_delay: Option<Delay>,
    #[command(flatten)]
    pub peer: PeerArgs,
    #[command(flatten)]
    pub emulate: EmulateArgs,
    #[command(flatten)]
    pub require: RequireArgs,
    #[command(flatten)]
    pub measuring: MeasuringArgs,
}

/// An emulated EFA.
#[derive(Args)]
pub struct EmulateArgs {
    /// Emulate so many EFA NICs (1 to 32) for LIBFABRIC; every output says so
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub emulate_efa: Option<u32>,
    /// What an emulated NIC carries at most: 0.5Gbps, 500Mbps, …
    #[arg(long, value_name = "RATE", requires = "emulate_efa")]
    pub pace: Option<Rate>,
    /// An emulated NIC that is so many times slower: rdmap79s0/4
    #[arg(long, value_name = "NIC/TIMES", requires = "pace")]
    pub slow_nic: Option<SlowNic>,
    /// An emulated NIC that does not open
    #[arg(long, value_name = "NIC", requires = "emulate_efa")]
    pub fail_nic: Option<String>,
    /// What a process may register on all emulated NICs together, as a limit of locked memory
    #[arg(long, value_name = "SIZE", requires = "emulate_efa")]
    pub memlock: Option<Size>,
}

/// What must be proved of the path, or the exit code is 1.
#[derive(Args)]
pub struct RequireArgs {
    /// Exit 1 unless NICs are proved to have carried the payload
    #[arg(long)]
    pub require_nic: bool,
    /// Exit 1 unless so many NICs carried it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub require_rails: Option<u32>,
    /// Exit 1 unless RDMA carried it
    #[arg(long)]
    pub require_rdma: bool,
}

#[derive(Args)]
pub struct ExportArgs {
    /// Write a report with charts, one HTML file that needs nothing else; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a row per variant, for spreadsheets and scripts
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write a report in GitHub-flavoured Markdown
    #[arg(long, value_name = "FILE")]
    pub md: Option<PathBuf>,
}

#[derive(Args)]
pub struct ReportArgs {
    /// Files that --json wrote
    #[arg(required = true, value_name = "FILE.jsonl")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
}

/// Whether to do something that takes time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Args)]
pub struct MeasuringArgs {
    /// Measure for just this long (10s, 2m, …) instead of until the verdict is in
    #[arg(long, value_name = "TIME", conflicts_with_all = ["precision", "max_time"])]
    pub duration: Option<Span>,
    /// Stop when the ratio is known to ± this share
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = crate::options::share)]
    pub precision: f64,
    /// Start the processes anew so many times while measuring, so that the luck of a start is in the
    /// interval [default: up to 10, as long as that takes half the time of measuring]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub restarts: Option<u32>,
    /// Measure each NIC alone afterwards, where several carried the payload together, and name those that
    /// are slow; auto: where that takes at most half the time of measuring
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub check_nics: When,
    /// Stop measuring after this long, whatever is known
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub max_time: Span,
    /// How long one variant measures before the next one takes its turn
    /// [default: a hundredth of its share of the time, at most 250ms]
    #[arg(long, value_name = "TIME")]
    pub slice: Option<Span>,
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

#[derive(Args)]
pub struct EnumerateArgs {
    /// Backends to price: ucx, libfabric [default: ucx,libfabric; with --emulate-efa, libfabric]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…",
          value_parser = BackendName::nixl_from_str)]
    pub backend: Vec<BackendName>,
    /// NICs that shall be used [default: 1, 2, 4, … up to all that there are for the backend]
    #[arg(long, value_delimiter = ',', value_name = "N,…",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub nics: Vec<u32>,
    /// NICs that the backend may see: all, rails (only as many as shall be used, the nearest), or the
    /// names of exactly these
    #[arg(long, default_value = "all,rails", value_name = "all|rails|NAME,…",
          value_parser = enumerations)]
    pub enumerate: Enumerations,
    /// Memory that each process registers [default: 64MiB]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Size>,
    /// Processes per point [default: 3]
    #[arg(long, value_name = "N")]
    pub repeat: Option<NonZeroU32>,
    /// Workers of the node whose memory is projected
    /// [default: 8, since engines run one process per GPU, and a P5 has eight]
    #[arg(long, value_name = "W")]
    pub workers: Option<NonZeroU64>,
    /// Set an environment variable of the processes
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub env: Vec<(String, String)>,
    /// Set a parameter of the backend
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub param: Vec<(String, String)>,
    /// Append a record per point (JSON Lines) to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
    #[command(flatten)]
    pub emulate: EmulateArgs,
    /// How long a step of a process may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Span,
    /// What to show on standard error meanwhile
    #[arg(long, value_enum, value_name = "HOW", default_value = "simple")]
    pub ui: Ui,
    /// Use the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
}

#[derive(Args)]
pub struct PlanArgs {
    /// The plan, a TOML file
    pub file: PathBuf,
    /// Shorten prompts (or batches) to this share, for small machines
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = crate::options::scale)]
    pub scale: f64,
    /// Show the cells and their bytes, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Append records to this file; cells that ended in it are not run again
    /// [default: the plan's name with .jsonl, in this folder]
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// The NIXL for cells that want a patched one
    #[arg(long, value_name = "DIR")]
    pub patched_prefix: Option<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
    #[command(flatten)]
    pub measuring: MeasuringArgs,
}

#[derive(Args)]
pub struct CompareArgs {
    /// Records made before
    pub before: PathBuf,
    /// Records made after
    pub after: PathBuf,
    /// Exit 1 when a median delivered latency is surely higher by more than this share
    #[arg(long, value_name = "SHARE", value_parser = crate::options::share)]
    pub fail_if_slower: Option<f64>,
    /// Compare records of unlike machines all the same
    #[arg(long)]
    pub across_environments: bool,
}

#[derive(Args)]
pub struct ModelArgs {
    /// A preset, or a Hugging Face config.json [default: Qwen/Qwen3-0.6B]
    #[arg(long, value_name = "NAME|FILE")]
    pub model: Option<String>,
    /// Tokens of the prompt [default: 512]
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u64).range(1..))]
    pub isl: Option<u64>,
    /// Tokens per block [default: 16]
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u64).range(1..))]
    pub block_tokens: Option<u64>,
    /// Ranks that share the model: N, or PREFILL:DECODE [default: 1]
    #[arg(long, value_name = "N|P:D")]
    pub tp: Option<TensorParallel>,
    /// Order of a rank's blocks: kv-separate, kv-together or all-layers [default: kv-separate]
    #[arg(long)]
    pub layout: Option<Layout>,
    /// Type of the KV cache: fp8, bf16, fp16 or fp32 [default: the model's]
    #[arg(long, value_name = "TYPE")]
    pub kv_dtype: Option<KvDtype>,
    /// Where a prompt's blocks lie: contiguous, or scattered[:SEED] [default: contiguous]
    #[arg(long, value_name = "TABLE")]
    pub block_table: Option<BlockTable>,
}

#[derive(Args)]
pub struct KvcacheArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DevicesArgs {
    /// Ask the libfabric and UCX of the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
    /// Print JSON, whose keys `kvbench::devices::Inventory` documents
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DoctorArgs {
    /// Backends that shall run, else it exits 3: ucx, libfabric
    #[arg(long, value_delimiter = ',', default_value = "ucx,libfabric", value_name = "NAME,…",
          value_parser = BackendName::nixl_from_str)]
    pub backend: Vec<BackendName>,
    /// Create the backends with this parameter
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::options::pair)]
    pub param: Vec<(String, String)>,
    /// Examine the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
    /// How long loading NIXL or creating a backend may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Span,
    /// Print JSON (`kvbench/schema/doctor-1.schema.json` describes it)
    #[arg(long)]
    pub json: bool,
}

/// Prints the completion script of `shell`.
pub fn completions(shell: clap_complete::Shell) -> ExitCode {
    clap_complete::generate(shell, &mut Cli::command(), "kvbench", &mut std::io::stdout());
    ExitCode::SUCCESS
}
