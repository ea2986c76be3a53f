//! `kvbench run`: variants against each other, or one against itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::{Contender, Job, Machine, Outcome, fits_into_memory};
use kvbench::record::{Build, Context, Environment, Record, Writer};
use kvbench::stats::Verdict;
use kvbench::variant::Requirements;
use kvbench::workload::{Plan, Side, Workload};
use kvbench::{measure, report, runtime};

use crate::agent::check_peer;
use crate::cli::{MeasuringArgs, RunArgs, When};
use crate::ui::{Watch, tell};

/// Where all workers are on this host.
const BOTH_SIDES: [Side; 2] = [Side::Prefill, Side::Decode];

/// `kvbench [run]`; the exit code of the first variant that failed, or 0.
pub fn run(arguments: &RunArgs) -> Result<u8> {
    let mut specs = arguments.specs()?;
    let backends: Vec<_> =
        specs.iter().filter_map(|spec| spec.backend.map(|word| word.0)).collect();
    let emulation = arguments.emulate.spec().emulation(&backends)?;
    if arguments.control.is_some() {
        specs = vec![specs[0].clone(), specs[0].clone()];
    }
    check_peer(arguments, &specs)?;
    let asked = specs.len();
    specs.extend(arguments.ceilings(&specs));
    let workload = specs[0].workload()?;
    let plan = workload.traffic.plan()?;
    if arguments.ceiling == When::Auto
        && fits_into_memory(&plan, &BOTH_SIDES, workload.in_flight, specs.len()).is_err()
    {
        specs.truncate(asked);
    }
    let variants = specs.iter().map(|spec| spec.variant()).collect::<Result<Vec<_>>>()?;
    let mut writer = arguments.json.as_deref().map(open_writer).transpose()?;
    arguments.export.check()?;
    let mut watch = arguments.measuring.ui.beside(arguments.json.as_deref()).watch();
    let nixl = runtime::find(arguments.measuring.nixl_prefix.as_deref(), &mut *watch)?;
    let contenders = variants.into_iter().map(|variant| Contender {
        cell: String::new(),
        variant,
        nixl: nixl.clone(),
        namespaces: specs[0].namespaces(),
        injected: None,
    });
    let mut contenders: Vec<_> = contenders.collect();
    if let (Some(last), Some(delay)) = (contenders[..asked].last_mut(), arguments.inject_delay) {
        last.injected = Some(delay.0);
    }
    let mut job = job(contenders, workload, &arguments.measuring)?;
    job.emulated = emulation.map(Emulated::install).transpose()?;
    job.far = arguments.peer.far_host()?;
    let json_to_stdout = arguments.json.as_deref() == Some(Path::new("-"));
    let to_stdout = json_to_stdout || arguments.export.to_stdout();
    let show = |text: &str| if to_stdout { eprint!("{text}") } else { print!("{text}") };
    if let Some(times) = arguments.control {
        job.check_nics = Some(false);
        let text = control(&mut job, times, writer.as_mut(), &mut *watch)?;
        let code = if watch.is_stopped() { Error::Stopped.exit_code() } else { 0 };
        drop(watch);
        show(&text);
        return Ok(code);
    }
    let (records, codes) = measured(&mut job, writer.as_mut(), &mut *watch)?;
    let is_stopped = watch.is_stopped();
    drop(watch);
    show(&report::table(&records));
    arguments.export.write(&records)?;
    // A ceiling that nobody asked for may be out of reach here.
    let counted = if arguments.ceiling == When::Always { codes.len() } else { asked };
    let code = first_failure(&codes[..counted]);
    if code != 0 || is_stopped {
        return Ok(if code == 0 { Error::Stopped.exit_code() } else { code });
    }
    let proved = is_proved(&records[..asked], &arguments.require.requirements());
    Ok(if proved { 0 } else { 1 })
}

/// Whether every variant fulfils what is required of its path; says what it does not.
pub fn is_proved<'r>(
    records: impl IntoIterator<Item = &'r Record>,
    required: &Requirements,
) -> bool {
    let mut proved = true;
    for cell in records.into_iter().filter_map(Record::measured) {
        for unmet in required.unmet(&cell.observed) {
            tell(&format!("{}: {unmet}", cell.variant.label()));
            proved = false;
        }
    }
    proved
}

/// A job for this binary, with the settings of the command line.
pub fn job(
    contenders: Vec<Contender>,
    workload: Workload,
    arguments: &MeasuringArgs,
) -> Result<Job> {
    Ok(Job {
        slice: arguments.slice(contenders.len()),
        contenders,
        workload,
        binary: binary()?,
        deadline: arguments.timeout.0,
        stop: arguments.stopping_rule(),
        restarts: arguments.restarts,
        check_nics: arguments.check_nics.decision(),
        machine: Machine::look(),
        far: None,
        emulated: None,
        whole_time: arguments.duration.is_some(),
    })
}

/// This binary, of which workers are made.
pub fn binary() -> Result<PathBuf> {
    let binary = std::env::current_exe();
    binary.map_err(|source| Error::System { what: "find the kvbench binary", source })
}

/// The first exit code that is not 0.
pub fn first_failure(codes: &[u8]) -> u8 {
    codes.iter().copied().find(|code| *code != 0).unwrap_or(0)
}

/// Runs a job and writes its records; of each contender, its record and exit code.
///
/// Contenders without a cell get one that is unique by time.
pub fn measured(
    job: &mut Job,
    mut writer: Option<&mut Writer>,
    watch: &mut dyn Watch,
) -> Result<(Vec<Record>, Vec<u8>)> {
    let started = jiff::Timestamp::now();
    for (index, contender) in job.contenders.iter_mut().enumerate() {
        if contender.cell.is_empty() {
            contender.cell = format!("{}-{index}", started.as_millisecond());
        }
    }
    let plan = job.workload.traffic.plan()?;
    let labels = job.contenders.iter().map(|contender| contender.variant.label());
    watch.begin_run(moved(job, &plan), labels.collect());
    let outcomes = measure::run(job, watch)?;
    let context = Context {
        job,
        plan: &plan,
        started: started.to_string(),
        environment: Environment::capture(build()),
        command: std::env::args().collect(),
    };
    let mut records = Vec::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        let record = context.record(index, outcome);
        let record = record.map_err(|error| Error::Usage(error.to_string()))?;
        if let Some(writer) = &mut writer {
            writer.write(&record)?;
        }
        if let Outcome::Failed(error) = outcome {
            tell(&error.to_string());
        }
        records.push(record);
    }
    Ok((records, outcomes.iter().map(exit_code).collect()))
}

/// What a request moves, and over what if not over NICs, in a line.
fn moved(job: &Job, plan: &Plan) -> String {
    let model = plan.model().map(|model| format!(", {model}")).unwrap_or_default();
    let (block, request) = (report::bytes(plan.block_bytes()), report::bytes(plan.bytes()));
    let emulated = if job.emulated.is_some() { ", emulated NICs" } else { "" };
    let op = job.workload.op;
    format!("{op}{model}: {} × {block} = {request}{emulated}", plan.blocks())
}

/// A against A, again and again, with fresh workers each time.
fn control(
    job: &mut Job,
    times: u32,
    mut writer: Option<&mut Writer>,
    watch: &mut dyn Watch,
) -> Result<String> {
    let (mut slower, mut faster, mut same, mut undecided, mut runs) = (0, 0, 0, 0, 0);
    while runs < times {
        watch.place(format!("control {} of {times}", runs + 1));
        job.contenders.iter_mut().for_each(|contender| contender.cell.clear());
        let (records, codes) = measured(job, writer.as_deref_mut(), watch)?;
        if first_failure(&codes) != 0 {
            return Err(Error::Usage(report::table(&records)));
        }
        if watch.is_stopped() {
            break;
        }
        runs += 1;
        match records.iter().find_map(verdict) {
            Some(Verdict::Slower { .. }) => slower += 1,
            Some(Verdict::Faster { .. }) => faster += 1,
            Some(Verdict::NoDifference { .. }) => same += 1,
            Some(Verdict::Undecided { .. }) | None => undecided += 1,
        }
    }
    let label = job.contenders[0].variant.label();
    let injected = job.contenders.iter().any(|contender| contender.injected.is_some());
    let what = if injected { "itself, slowed down on purpose" } else { "itself" };
    Ok(format!(
        "Control: {label} against {what}, {runs} times: {slower} slower, {faster} faster, {same} \
         no difference, {undecided} undecided.\n"
    ))
}

fn verdict(record: &Record) -> Option<Verdict> {
    record.measured()?.comparison.as_ref().map(|comparison| comparison.verdict)
}

fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Measured(_) => 0,
        Outcome::Failed(error) => error.exit_code(),
    }
}

/// Opens where records go; `-` is standard output.
pub fn open_writer(path: &Path) -> Result<Writer> {
    if path == Path::new("-") {
        return Ok(Writer::stdout());
    }
    let writer = Writer::append(path)?;
    if let Some(path) = writer.ended_half_line() {
        tell(&format!("the last line of {} was half written; it was ended", path.display()));
    }
    Ok(writer)
}

/// Turns the outcome of a command into an exit code, and says what went wrong.
pub fn exit(outcome: Result<u8>) -> ExitCode {
    match outcome {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("kvbench: {error}");
            error.exit_code().into()
        }
    }
}

/// What this binary was built from.
pub fn build() -> Build {
    let commit = env!("KVBENCH_COMMIT");
    Build {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: (!commit.is_empty()).then(|| commit.to_owned()),
        rustc: env!("KVBENCH_RUSTC").to_owned(),
        target: env!("KVBENCH_TARGET").to_owned(),
        profile: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
    }
}
