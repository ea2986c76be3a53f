//! A run: every variant set up and verified, warmed up, measured in turns, verified again.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::NicBytes;
use crate::error::{Error, Result};
use crate::runtime::Nixl;
use crate::stats::{Comparison, Decision, Reason, Series, Slice, SteadyRule, SteadyState};
use crate::stats::{StoppingRule, Verdict, WarmUp};
use crate::variant::{Evidence, LaunchFacts, Observed, Variant, launch, observe};
use crate::worker::{Group, GroupSpec, Role, Sample, SetupTimes, SliceReport, Step, WorkerUsage};
use crate::workload::{Plan, Side, Workload};

/// The longest a variant warms up.
const MAX_WARM_UP: Duration = Duration::from_secs(3);

/// One side of a comparison: a variant, the NIXL that it runs on, and the cell that its record is.
#[derive(Clone, PartialEq, Debug)]
pub struct Contender {
    /// The name of its cell, unique within its record file.
    pub cell: String,
    /// The backend and its settings.
    pub variant: Variant,
    /// The NIXL to load.
    pub nixl: Nixl,
    /// A slowdown to be found.
    pub injected: Option<Injected>,
}

/// A slowdown put in on purpose: the target counts deliveries so much later.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Injected {
    /// By a time.
    Delay(Duration),
    /// By a share of the median delivered latency at the end of the warm-up.
    Share(f64),
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is compared; the others are judged against the first.
    pub contenders: Vec<Contender>,
    /// What is moved.
    pub workload: Workload,
    /// The `kvbench` binary, which is also its workers'.
    pub binary: PathBuf,
    /// How long a step of a worker may take.
    pub deadline: Duration,
    /// How long a variant measures before the next one does.
    pub slice: Duration,
    /// When enough is measured.
    pub stop: StoppingRule,
    /// Measure for the whole of `stop.max_time`, however clear the answer is.
    pub whole_time: bool,
}

/// What a run tells whoever watches.
pub trait Observer {
    /// A variant begins a step.
    fn step(&mut self, variant: &str, step: Step);
    /// Measuring has gone on for so long, of at most so long; the latest verdict where there is one.
    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>);
    /// The run is over.
    fn end(&mut self);
}

/// What was measured of a variant.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Set-up times.
    pub setup: SetupTimes,
    /// How it warmed up.
    pub warm_up: WarmUp,
    /// Completed latencies, in slices.
    pub completed: Series,
    /// Delivered latencies, in slices.
    pub delivered: Series,
    /// Every request, in the order of time.
    pub samples: Vec<Sample>,
    /// Bytes moved while measuring.
    pub payload_bytes: u64,
    /// Bytes checked against what was sent, all of them right.
    pub verified_bytes: u64,
    /// The path, the rails and the settings.
    pub observed: Observed,
    /// What the initiators and the targets use, summed over the ranks of each side.
    pub usage: BTreeMap<Role, WorkerUsage>,
    /// Processor time spent while measuring, by side.
    pub measuring_cpu_s: BTreeMap<Role, f64>,
    /// Versions of the loaded libraries.
    pub versions: BTreeMap<String, String>,
    /// Their files.
    pub paths: BTreeMap<String, PathBuf>,
    /// Whether each worker had processors of its own.
    pub pinned: bool,
    /// Deliveries counted so much later than they were.
    pub injected_delay_ns: u64,
    /// Against the first variant, for the others.
    pub verdict: Option<Verdict>,
}

/// What became of a variant.
#[derive(Debug)]
pub enum Outcome {
    /// It was measured.
    Measured(Box<Measured>),
    /// It failed.
    Failed(Error),
}

/// Runs a job. A variant that fails is reported as failed; the others go on.
///
/// Call it on a thread that lives as long as the run: the workers die with that thread.
///
/// # Errors
/// The workload makes no sense, or needs more memory than the machine has.
pub fn run(job: &Job, observer: &mut dyn Observer) -> Result<Vec<Outcome>> {
    let plan = job.workload.traffic.plan()?;
    fits_into_memory(&plan, job.contenders.len())?;
    let mut turns: Vec<Turn> = Vec::new();
    for (index, contender) in job.contenders.iter().enumerate() {
        turns.push(Turn::start(job, &plan, index, contender, observer));
    }
    warm_up(job, &mut turns, observer);
    let verdicts = measure(job, &plan, &mut turns, observer);
    let outcomes = turns.into_iter().zip(verdicts).map(|(turn, verdict)| {
        observer.step(&turn.label, Step::Report);
        turn.finish(job, verdict)
    });
    let outcomes = outcomes.collect();
    observer.end();
    Ok(outcomes)
}

/// A variant on its way through a run.
struct Turn<'j> {
    contender: &'j Contender,
    facts: LaunchFacts,
    label: String,
    seed: u64,
    state: std::result::Result<Box<Live>, Error>,
}

/// A variant whose workers run.
struct Live {
    group: Group,
    warm_up: Option<WarmUp>,
    verified_bytes: u64,
    completed: Series,
    delivered: Series,
    samples: Vec<Sample>,
    payload_bytes: u64,
    nic_bytes: BTreeMap<String, NicBytes>,
    cpu_ns: BTreeMap<Role, u64>,
}

impl<'j> Turn<'j> {
    fn start(
        job: &Job,
        plan: &Plan,
        index: usize,
        contender: &'j Contender,
        observer: &mut dyn Observer,
    ) -> Self {
        let Contender { variant, nixl, .. } = contender;
        let facts = LaunchFacts::gather(&nixl.libfabric_plugin);
        let label = variant.label();
        observer.step(&label, Step::Start);
        let spec = GroupSpec {
            binary: &job.binary,
            backend: variant.backend,
            name: format!("v{index}"),
            launch: &launch(variant, &facts),
            workload: &job.workload,
            nixl,
            deadline: job.deadline,
        };
        let seed = 2 * index as u64 + 1;
        let state = Group::start(&spec, plan).and_then(|mut group| {
            observer.step(&label, Step::Verify);
            let (checked, first) = group.verify(prefill_role(job), seed)?;
            group.setup.first_transfer = first.delivered_ns;
            Ok(Box::new(Live::new(group, checked)))
        });
        Self { contender, facts, label, seed, state }
    }

    /// Takes a turn of `budget`, unless the variant has failed.
    fn slice(&mut self, step: Step, budget: Duration) -> Option<Vec<SliceReport>> {
        let Ok(live) = &mut self.state else { return None };
        match live.group.slice(step, budget) {
            Ok(reports) => Some(reports),
            Err(error) => {
                self.state = Err(error);
                None
            }
        }
    }

    fn finish(self, job: &Job, verdict: Option<Verdict>) -> Outcome {
        let (seed, contender, facts) = (self.seed + 1, self.contender, self.facts);
        let finished = self.state.and_then(|mut live| {
            let (checked, _) = live.group.verify(prefill_role(job), seed)?;
            live.verified_bytes += checked;
            live.into_measured(&contender.variant, job, &facts, verdict)
        });
        finished.map_or_else(Outcome::Failed, |measured| Outcome::Measured(Box::new(measured)))
    }
}

impl Live {
    fn new(group: Group, verified_bytes: u64) -> Self {
        Self {
            group,
            warm_up: None,
            verified_bytes,
            completed: Series::new(),
            delivered: Series::new(),
            samples: Vec::new(),
            payload_bytes: 0,
            nic_bytes: BTreeMap::new(),
            cpu_ns: BTreeMap::new(),
        }
    }

    fn record(&mut self, plan: &Plan, reports: Vec<SliceReport>) {
        let cpu = reports.iter().map(|report| report.cpu_ns);
        for (id, cpu_ns) in self.group.pids().map(|(id, _)| id).zip(cpu) {
            *self.cpu_ns.entry(id.role).or_default() += cpu_ns;
        }
        let Some(leader) = reports.into_iter().next() else { return };
        let bytes = plan.bytes() * leader.samples.len() as u64;
        let series = |of: fn(&Sample) -> u64| Slice {
            latencies_ns: leader.samples.iter().map(of).collect(),
            bytes,
            elapsed_ns: leader.elapsed_ns,
        };
        self.completed.push(series(|sample| sample.completed_ns));
        self.delivered.push(series(|sample| sample.delivered_ns));
        self.samples.extend(&leader.samples);
        self.payload_bytes += bytes;
        for (nic, passed) in leader.nic_bytes {
            self.nic_bytes.entry(nic).or_default().add(passed);
        }
    }

    fn into_measured(
        mut self: Box<Self>,
        variant: &Variant,
        job: &Job,
        facts: &LaunchFacts,
        verdict: Option<Verdict>,
    ) -> Result<Measured> {
        let mut usage: BTreeMap<Role, WorkerUsage> = BTreeMap::new();
        for (id, used) in self.group.usage()? {
            let sum = usage.entry(id.role).or_default();
            sum.rss_bytes += used.rss_bytes;
            sum.huge_bytes += used.huge_bytes;
            sum.locked_bytes += used.locked_bytes;
            sum.cpu_s += used.cpu_s;
            sum.fds += used.fds;
            sum.threads += used.threads;
        }
        let op = job.workload.op;
        let observed = observe(
            variant,
            &Evidence {
                log: &self.group.log(Role::Initiator),
                nic_bytes: &self.nic_bytes,
                payload_bytes: self.payload_bytes,
                requests: self.samples.len() as u64,
                op,
                facts,
            },
        );
        Ok(Measured {
            setup: self.group.setup,
            warm_up: self.warm_up.unwrap_or_else(|| SteadyState::new(steady_rule()).give_up()),
            completed: self.completed,
            delivered: self.delivered,
            samples: self.samples,
            payload_bytes: self.payload_bytes,
            verified_bytes: self.verified_bytes,
            observed,
            usage,
            measuring_cpu_s: self
                .cpu_ns
                .iter()
                .map(|(role, ns)| (*role, *ns as f64 / 1e9))
                .collect(),
            versions: self.group.versions().clone(),
            paths: self.group.paths().clone(),
            pinned: self.group.pinned,
            injected_delay_ns: self.group.delay_ns,
            verdict,
        })
    }
}

fn delay_ns(injected: Option<Injected>, warm: &WarmUp) -> u64 {
    match injected {
        None => 0,
        Some(Injected::Delay(delay)) => u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX),
        Some(Injected::Share(share)) => (warm.steady_median_ns.unwrap_or_default() * share) as u64,
    }
}

fn prefill_role(job: &Job) -> Role {
    match job.workload.op.initiator() {
        Side::Prefill => Role::Initiator,
        Side::Decode => Role::Target,
    }
}

fn steady_rule() -> SteadyRule {
    SteadyRule { batch: 1, ..SteadyRule::default() }
}

/// Gives variants short turns until each is steady, or its time is up.
fn warm_up(job: &Job, turns: &mut [Turn<'_>], observer: &mut dyn Observer) {
    let slice = job.slice.min(Duration::from_millis(100));
    let mut waiting: VecDeque<(usize, SteadyState, Duration)> = (0..turns.len())
        .map(|index| (index, SteadyState::new(steady_rule()), Duration::ZERO))
        .collect();
    while let Some((index, mut steady, mut spent)) = waiting.pop_front() {
        let turn = &mut turns[index];
        observer.step(&turn.label, Step::WarmUp);
        let start = Instant::now();
        let Some(reports) = turn.slice(Step::WarmUp, slice) else { continue };
        spent += start.elapsed();
        let samples = reports.first().map(|leader| leader.samples.clone()).unwrap_or_default();
        let warm = samples.iter().find_map(|sample| steady.push(sample.delivered_ns));
        let warm = warm.or_else(|| (spent >= MAX_WARM_UP).then(|| steady.give_up()));
        match (warm, &mut turn.state) {
            (Some(warm), Ok(live)) => {
                live.group.delay_ns = delay_ns(turn.contender.injected, &warm);
                live.warm_up = Some(warm);
            }
            _ => waiting.push_back((index, steady, spent)),
        }
    }
}

/// Gives variants turns of a slice each, forwards and backwards, until all verdicts are in. Returns
/// a verdict for each variant but the first.
fn measure(
    job: &Job,
    plan: &Plan,
    turns: &mut [Turn<'_>],
    observer: &mut dyn Observer,
) -> Vec<Option<Verdict>> {
    let others = turns.len().saturating_sub(1).max(1);
    let rule = StoppingRule {
        confidence: 1.0 - (1.0 - job.stop.confidence) / others as f64,
        ..job.stop.clone()
    };
    let mut comparisons: Vec<Comparison> = (0..turns.len()).map(|_| rule.clone().start()).collect();
    let limit = job.stop.max_time;
    let start = Instant::now();
    let mut forwards = true;
    loop {
        let order: Vec<usize> = match forwards {
            true => (0..turns.len()).collect(),
            false => (0..turns.len()).rev().collect(),
        };
        forwards = !forwards;
        for index in order {
            if let Some(reports) = turns[index].slice(Step::Measure, job.slice)
                && let Ok(live) = &mut turns[index].state
            {
                live.record(plan, reports);
            }
        }
        let elapsed = start.elapsed();
        let open = judge(turns, &mut comparisons, elapsed);
        let latest = sentence(turns, &comparisons);
        observer.measuring(elapsed, limit, latest.as_deref());
        let alone = turns.iter().filter(|turn| turn.state.is_ok()).count() < 2;
        let answered = !open && !job.whole_time && !alone;
        if elapsed >= limit || answered || turns.iter().all(|turn| turn.state.is_err()) {
            break;
        }
    }
    let elapsed = start.elapsed();
    let verdicts = comparisons.iter_mut().enumerate().map(|(index, comparison)| {
        let (base, other) = pair(turns, index)?;
        Some(comparison.finish(base, other, elapsed))
    });
    verdicts.collect()
}

/// The series of the first variant and of another one, when both are live.
fn pair<'t>(turns: &'t [Turn<'_>], index: usize) -> Option<(&'t Series, &'t Series)> {
    match (&turns[0].state, &turns[index].state) {
        (Ok(base), Ok(other)) if index > 0 => Some((&base.delivered, &other.delivered)),
        _ => None,
    }
}

/// Whether a comparison still wants more.
fn judge(turns: &[Turn<'_>], comparisons: &mut [Comparison], elapsed: Duration) -> bool {
    let mut open = false;
    for (index, comparison) in comparisons.iter_mut().enumerate() {
        if let Some((base, other)) = pair(turns, index) {
            let decision = comparison.after_pair(base, other, elapsed);
            open |= !matches!(decision, Decision::Stop(Reason::Answered | Reason::TimeUp));
        }
    }
    open
}

fn sentence(turns: &[Turn<'_>], comparisons: &[Comparison]) -> Option<String> {
    let base = &turns.first()?.label;
    turns.iter().zip(comparisons).skip(1).find_map(|(turn, comparison)| {
        Some(comparison.verdict()?.sentence(base, &turn.label).to_string())
    })
}

/// Refuses a workload whose buffers do not fit beside everything else.
fn fits_into_memory(plan: &Plan, variants: usize) -> Result<()> {
    let sides = [Side::Prefill, Side::Decode];
    let per_variant = sides.map(|side| plan.buffer_bytes(side).saturating_mul(plan.ranks(side)));
    let needed = per_variant[0].saturating_add(per_variant[1]).saturating_mul(variants as u64);
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(u64::MAX, |kib| kib.saturating_mul(1024));
    if needed <= available {
        return Ok(());
    }
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    Err(Error::Environment {
        what: "the workload does not fit into memory".to_owned(),
        why: format!(
            "{variants} variants with buffers of {:.1} GiB on each side's ranks together need {:.1} \
             GiB, and {:.1} GiB are available",
            gib(per_variant[0]),
            gib(needed),
            gib(available)
        ),
        remedy: "give a smaller --block-size, --batch or --isl, or fewer variants".to_owned(),
    })
}
