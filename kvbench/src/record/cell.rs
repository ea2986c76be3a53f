//! The fields of a record, and how they are made of what was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::environment::FarSide;
use super::{Enumeration, Environment, LoadCell};
use crate::emulate::Emulated;
use crate::error::Error;
use crate::measure::{Clock, Contender, Job, Measured, Outcome, Parts};
use crate::stats::{Histogram, Interval, Metric, Series, Summary, Verdict, interval};
use crate::variant::{BackendName, NicFinding, Observed, Variant};
use crate::worker::{Role, SetupTimes, WorkerUsage};
use crate::workload::{HugePages, Op, Plan, Poll, Side, Workload};

/// The version of the format.
pub const SCHEMA: u32 = 1;

/// Confidence of the intervals in a record.
const CONFIDENCE: f64 = 0.95;

/// One line of a record file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which cell, unique within its file.
    pub cell: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// What became of it.
    #[serde(flatten)]
    pub body: Body,
}

/// What became of a cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// It was measured.
    Cell(Box<Cell>),
    /// It failed.
    Failure(Box<Failure>),
    /// It is a point of a sweep over enumerations.
    Enumeration(Box<Enumeration>),
    /// It is a point of a load.
    Load(Box<LoadCell>),
}

impl Record {
    /// The transfers that were measured, if it has any.
    pub fn measured(&self) -> Option<&Cell> {
        match &self.body {
            Body::Cell(cell) => Some(cell),
            Body::Failure(_) | Body::Enumeration(_) | Body::Load(_) => None,
        }
    }

    /// The point of a sweep, if it is one.
    pub fn enumeration(&self) -> Option<&Enumeration> {
        match &self.body {
            Body::Enumeration(point) => Some(point),
            Body::Cell(_) | Body::Failure(_) | Body::Load(_) => None,
        }
    }

    /// The point of a load, if it is one.
    pub fn load(&self) -> Option<&LoadCell> {
        match &self.body {
            Body::Load(load) => Some(load),
            Body::Cell(_) | Body::Failure(_) | Body::Enumeration(_) => None,
        }
    }
}

/// A cell that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// What was asked of the backend.
    pub variant: Variant,
    /// What was moved.
    pub workload: WorkloadRecord,
    /// What happened, with the evidence.
    pub observed: Observed,
    /// Set-up times, in nanoseconds: the slowest worker's of each; of several starts, the median.
    pub setup_ns: SetupTimes,
    /// How often its processes were started anew while measuring.
    #[serde(default = "one")]
    pub restarts: u32,
    /// Samples before the series was steady, and whether it ever was.
    pub warm_up: WarmUpRecord,
    /// Latencies of a request, in nanoseconds from its post.
    pub latency_ns: Latency,
    /// Where the time of a request went.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parts_ns: Option<Parts>,
    /// How near it came to the raw transport and to a copy in memory, where the run had them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ceilings: Vec<CeilingRecord>,
    /// Payload per second, of delivered requests.
    pub bandwidth_bytes_per_s: Bandwidth,
    /// What the workers use, summed over the ranks of each side.
    pub resources: Resources,
    /// Whether data was checked and right.
    pub verified: bool,
    /// Bytes that were checked.
    pub verified_bytes: u64,
    /// Whether each worker had processors of its own, or the kernel chose.
    #[serde(default)]
    pub pinned: bool,
    /// What told of deliveries, where it was not the clock of a host that all workers share.
    #[serde(skip_serializing_if = "Clock::is_shared", default)]
    pub clock: Clock,
    /// Deliveries counted so much later than they were: a slowdown put in on purpose.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub injected_delay_ns: u64,
    /// Whether emulated NICs or GPUs took part.
    pub emulated: bool,
    /// The difference from the first variant of the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comparison: Option<Comparison>,
    /// The delivered latencies by slice, for whoever judges the series again.
    pub slices: Vec<SliceRecord>,
    /// The machine and the software.
    pub environment: Environment,
    /// The command that made this record.
    pub command: Vec<String>,
}

/// A cell that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// What was asked of the backend.
    pub variant: Variant,
    /// What was to be moved.
    pub workload: WorkloadRecord,
    /// In which step.
    pub step: Option<String>,
    /// Which worker.
    pub worker: Option<String>,
    /// Why.
    pub error: String,
    /// What is wrong with a NIC, where that is the cause.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<NicFinding>,
    /// The machine and the software.
    pub environment: Environment,
    /// The command that made this record.
    #[serde(default)]
    pub command: Vec<String>,
}

/// Tensor parallelism, as prefill and decode.
pub type Tp = [u64; 2];

/// What a cell moves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WorkloadRecord {
    /// The model whose KV cache is moved, if it is one.
    pub model: Option<String>,
    /// The direction.
    pub op: Op,
    /// The memory of initiator and target.
    pub mem: [String; 2],
    /// The pages asked for; `resources` says how many there were.
    #[serde(default)]
    pub huge_pages: Option<HugePages>,
    /// What workers did between two rounds of polling.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// Requests that were under way at once.
    #[serde(default)]
    pub in_flight: Option<u32>,
    /// Whether NIXL was free to make one descriptor of neighbouring blocks.
    #[serde(default)]
    pub merge: Option<bool>,
    /// Ranks.
    pub tp: Tp,
    /// Blocks of a request.
    pub blocks: u64,
    /// Runs of bytes that a request consists of, before NIXL merges any.
    #[serde(default)]
    pub descriptors: Option<u64>,
    /// Bytes of a block on a decode rank.
    pub block_bytes: u64,
    /// Bytes of a request.
    pub bytes: u64,
}

/// How a variant warmed up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WarmUpRecord {
    /// Whether the latencies became steady before the limit.
    pub steady: bool,
    /// Requests made before measuring.
    pub requests: u64,
    /// How many of them were far slower than the others.
    pub outliers: u64,
    /// The slowest, in nanoseconds.
    pub slowest_ns: Option<u64>,
}

/// Both latencies of a request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// Until it is complete at the initiators.
    pub completed: Summary,
    /// Until the targets have the notification.
    pub delivered: Summary,
}

/// A bandwidth and its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bandwidth {
    /// Bytes per second.
    pub value: f64,
    /// Lower end; absent with too few slices for an interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// What the workers of each side use.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Resources {
    /// The initiators.
    pub initiator: WorkerUsage,
    /// The targets.
    pub target: WorkerUsage,
    /// Processor time of both sides per payload, while measuring.
    pub cpu_s_per_gb: f64,
}

/// The difference from the first variant of the run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// The cell of the first variant.
    pub base: String,
    /// Of the median delivered latency.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How near a cell came to a ceiling of its run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CeilingRecord {
    /// The ceiling's cell.
    pub cell: String,
    /// What it is.
    pub backend: BackendName,
    /// Its median delivered latency by the cell's own: 1 is as fast. Absent with too little for an
    /// interval.
    pub share: Option<Interval>,
}

/// One slice.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SliceRecord {
    /// Which start of the processes it belongs to, from 0.
    #[serde(default)]
    pub restart: u32,
    /// From its first post to its last delivery.
    pub elapsed_ns: u64,
    /// Payload.
    pub bytes: u64,
    /// Delivered latencies: HDR V2 in base64.
    pub delivered: String,
}

impl WorkloadRecord {
    /// The record of a plan.
    pub fn new(plan: &Plan, workload: &Workload) -> Self {
        Self {
            model: plan.model().map(str::to_owned),
            op: workload.op,
            mem: ["dram".to_owned(), "dram".to_owned()],
            huge_pages: Some(workload.huge_pages),
            poll: Some(workload.poll),
            in_flight: Some(workload.in_flight),
            merge: Some(workload.merge),
            tp: [plan.ranks(Side::Prefill), plan.ranks(Side::Decode)],
            blocks: plan.blocks(),
            descriptors: Some(plan.descriptor_count()),
            block_bytes: plan.block_bytes(),
            bytes: plan.bytes(),
        }
    }
}

/// What all records of a run share.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The job.
    pub job: &'a Job,
    /// Its plan.
    pub plan: &'a Plan,
    /// When it began.
    pub started: String,
    /// The machine, without the versions that workers report.
    pub environment: Environment,
    /// The command line.
    pub command: Vec<String>,
}

impl Context<'_> {
    /// The record of the variant at `index`.
    ///
    /// # Errors
    /// A latency lies outside of what a histogram holds.
    pub fn record(
        &self,
        index: usize,
        outcome: &Outcome,
    ) -> Result<Record, crate::stats::HistogramError> {
        let body = match outcome {
            Outcome::Measured(measured) => Body::Cell(Box::new(self.cell(index, measured)?)),
            Outcome::Failed(error) => Body::Failure(Box::new(self.failure(index, error))),
        };
        let cell = self.job.contenders[index].cell.clone();
        let started = self.started.clone();
        Ok(Record { schema: SCHEMA, cell, started, body })
    }

    fn cell(
        &self,
        index: usize,
        measured: &Measured,
    ) -> Result<Cell, crate::stats::HistogramError> {
        let usage = |role| measured.usage.get(&role).copied().unwrap_or_default();
        let cpu_s: f64 = measured.measuring_cpu_s.values().sum();
        let contenders = &self.job.contenders;
        let (base, contender) = (contenders[self.job.base()].cell.clone(), &contenders[index]);
        let ceilings = measured.ceilings.iter().map(|ceiling| CeilingRecord {
            cell: contenders[ceiling.contender].cell.clone(),
            backend: contenders[ceiling.contender].variant.backend,
            share: ceiling.share,
        });
        let environment = self.environment_of(contender);
        Ok(Cell {
            variant: contender.variant.clone(),
            workload: WorkloadRecord::new(self.plan, &self.job.workload),
            observed: measured.observed.clone(),
            setup_ns: measured.setup,
            restarts: measured.restarts,
            warm_up: WarmUpRecord {
                steady: measured.warm_up.steady,
                requests: measured.warm_up.samples as u64,
                outliers: measured.warm_up.outliers.count as u64,
                slowest_ns: measured.warm_up.outliers.largest.first().map(|one| one.latency_ns),
            },
            latency_ns: Latency {
                completed: summary(measured.samples.iter().map(|sample| sample.completed_ns))?,
                delivered: summary(measured.samples.iter().map(|sample| sample.delivered_ns))?,
            },
            // With several requests under way, parts are no parts of a whole.
            parts_ns: (self.job.workload.in_flight == 1).then_some(measured.parts),
            ceilings: ceilings.collect(),
            bandwidth_bytes_per_s: bandwidth(&measured.delivered),
            resources: Resources {
                initiator: usage(Role::Initiator),
                target: usage(Role::Target),
                cpu_s_per_gb: cpu_s / (measured.payload_bytes.max(1) as f64 / 1e9),
            },
            verified: measured.verified_bytes > 0,
            verified_bytes: measured.verified_bytes,
            pinned: measured.pinned,
            clock: measured.clock,
            injected_delay_ns: measured.injected_delay_ns,
            emulated: !environment.emulation.is_empty(),
            comparison: measured.verdict.map(|verdict| Comparison { base, verdict }),
            slices: slices(&measured.delivered, &measured.restart_of)?,
            environment: environment.with_loaded(&measured.versions, &measured.paths),
            command: self.command.clone(),
        })
    }

    /// The environment that the workers of `contender` met.
    fn environment_of(&self, contender: &Contender) -> Environment {
        let emulation = self.job.emulated_for(contender.variant.backend);
        Environment {
            nixl: contender.nixl.version.clone(),
            nixl_origin: contender.nixl.origin.clone(),
            emulation: emulation.map(Emulated::settings).unwrap_or_default(),
            netns: contender.namespaces.clone(),
            far: self.job.far.as_ref().map(FarSide::of),
            ..self.environment.clone()
        }
    }

    fn failure(&self, index: usize, error: &Error) -> Failure {
        let of_worker = match error {
            Error::Worker(error) => Some((error.step.to_string(), error.worker.to_string())),
            Error::DataMismatch { worker, .. } => {
                Some((crate::worker::Step::Verify.to_string(), worker.to_string()))
            }
            _ => None,
        };
        let (step, worker) = of_worker.unzip();
        let findings = match error {
            Error::Worker(error) => error.findings.clone(),
            _ => Vec::new(),
        };
        let contender = &self.job.contenders[index];
        let environment = self.environment_of(contender);
        Failure {
            variant: contender.variant.clone(),
            workload: WorkloadRecord::new(self.plan, &self.job.workload),
            step,
            worker,
            error: error.to_string(),
            findings,
            environment,
            command: self.command.clone(),
        }
    }
}

fn summary(
    latencies_ns: impl Iterator<Item = u64>,
) -> Result<Summary, crate::stats::HistogramError> {
    let histogram = Histogram::of(&latencies_ns.collect::<Vec<_>>())?;
    Ok(histogram.summary()?.unwrap_or_else(|| Summary {
        count: 0,
        min: 0,
        mean: 0.0,
        p50: 0,
        p90: 0,
        p99: 0,
        p999: 0,
        max: 0,
        histogram: String::new(),
    }))
}

fn bandwidth(series: &Series) -> Bandwidth {
    let value = series.value(Metric::Bandwidth).unwrap_or(0.0);
    let interval = interval(series, Metric::Bandwidth, CONFIDENCE, 1);
    Bandwidth {
        value,
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
    }
}

fn slices(
    series: &Series,
    restart_of: &[u32],
) -> Result<Vec<SliceRecord>, crate::stats::HistogramError> {
    let record = |((latencies, bytes, elapsed_ns), restart): ((&[u64], u64, u64), &u32)| {
        let delivered = Histogram::of(latencies)?.to_base64()?;
        Ok(SliceRecord { restart: *restart, elapsed_ns, bytes, delivered })
    };
    series.slices().zip(restart_of).map(record).collect()
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // The signature is serde's.
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// Versions and paths by library, as workers report them.
pub(super) type ByLibrary<T> = BTreeMap<String, T>;
