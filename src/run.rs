//! The commands: each turns its arguments into a call of the library and the outcome into an exit code.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use kvbench::error::{Error, Result};
use kvbench::measure::{Job, Outcome};
use kvbench::record::{Build, Context, Environment, Writer};
use kvbench::workload::{KvCacheReport, Plan, Traffic};
use kvbench::{measure, report, runtime};

use crate::cli::{KvcacheArgs, RunArgs};
use crate::options;
use crate::progress::Bar;

/// `kvbench [run]`.
pub fn run(arguments: &RunArgs) -> ExitCode {
    exit(try_run(arguments))
}

/// `kvbench kvcache`.
pub fn kvcache(arguments: &KvcacheArgs) -> ExitCode {
    exit(try_kvcache(arguments).map(|()| 0))
}

/// `kvbench fetch`.
pub fn fetch() -> ExitCode {
    exit(try_fetch().map(|()| 0))
}

fn exit(outcome: Result<u8>) -> ExitCode {
    match outcome {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("kvbench: {error}");
            error.exit_code().into()
        }
    }
}

/// Runs, writes and shows; the exit code of the first variant that failed, or 0.
fn try_run(arguments: &RunArgs) -> Result<u8> {
    let workload = options::workload(arguments)?;
    let variants = options::variants(arguments)?;
    let plan = workload.traffic.plan()?;
    let mut writer = arguments.json.as_deref().map(open_writer).transpose()?;
    let mut bar = Bar::new();
    let nixl = runtime::find(arguments.nixl_prefix.as_deref(), &mut bar)?;
    let (stop, whole_time) = options::stopping_rule(arguments);
    let binary = std::env::current_exe()
        .map_err(|source| Error::System { what: "find the kvbench binary", source })?;
    let job = Job {
        variants,
        workload,
        nixl,
        binary,
        deadline: arguments.timeout.0,
        slice: arguments.slice.0.min(Duration::from_secs(60)),
        stop,
        whole_time,
    };
    let started = jiff::Timestamp::now();
    let context = Context {
        job: &job,
        plan: &plan,
        started: started.to_string(),
        environment: Environment::capture(&job.nixl.origin, build()),
        command: std::env::args().collect(),
        prefix: format!("{}-", started.as_millisecond()),
    };
    let outcomes = measure::run(&job, &mut bar)?;
    let mut records = Vec::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        let record =
            context.record(index, outcome).map_err(|error| Error::Usage(error.to_string()))?;
        if let Some(writer) = &mut writer {
            writer.write(&record)?;
        }
        records.push(record);
    }
    let text = report::table(&records);
    match arguments.json.as_deref() {
        Some(path) if path == Path::new("-") => eprint!("{text}"),
        _ => print!("{text}"),
    }
    Ok(outcomes.iter().find_map(failed).unwrap_or(0))
}

fn failed(outcome: &Outcome) -> Option<u8> {
    match outcome {
        Outcome::Measured(_) => None,
        Outcome::Failed(error) => Some(error.exit_code()),
    }
}

fn open_writer(path: &Path) -> Result<Writer> {
    if path == Path::new("-") { Ok(Writer::stdout()) } else { Writer::append(path) }
}

fn try_kvcache(arguments: &KvcacheArgs) -> Result<()> {
    let plan = Traffic::Kv(options::kv_traffic(&arguments.model)?).plan()?;
    let Plan::Kv(plan) = plan else { return Ok(()) };
    let report = KvCacheReport::new(plan.geometry());
    if arguments.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| Error::Usage(error.to_string()))?;
        println!("{text}");
    } else {
        println!("{report}");
    }
    Ok(())
}

fn try_fetch() -> Result<()> {
    let mut bar = Bar::new();
    let nixl = runtime::fetch(&mut bar)?;
    println!("NIXL is in {}", nixl.prefix.display());
    Ok(())
}

fn build() -> Build {
    let commit = env!("KVBENCH_COMMIT");
    Build {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: (!commit.is_empty()).then(|| commit.to_owned()),
        rustc: env!("KVBENCH_RUSTC").to_owned(),
        target: env!("KVBENCH_TARGET").to_owned(),
        profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
    }
}
