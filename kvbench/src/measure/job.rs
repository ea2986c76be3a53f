//! What to run, and what comes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::place::{Places, Premises};
use super::{Clock, Machine, Parts};
use crate::emulate::Emulated;
use crate::error::{Error, Result};
use crate::netns::Namespaces;
use crate::runtime::Nixl;
use crate::stats::{Interval, Series, StoppingRule, Verdict, WarmUp};
use crate::variant::{BackendName, LaunchFacts, Medium, Observed, Variant};
use crate::worker::{FarHost, Role, Sample, SetupTimes, WorkerUsage};
use crate::workload::{Side, Workload};

/// One side of a comparison: a variant, the NIXL that it runs on, and the cell that its record is.
#[derive(Clone, PartialEq, Debug)]
pub struct Contender {
    /// The name of its cell, unique within its record file.
    pub cell: String,
    /// The backend and its settings.
    pub variant: Variant,
    /// The NIXL to load.
    pub nixl: Nixl,
    /// Where the workers of each side run.
    pub namespaces: Namespaces,
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
#[derive(Debug)]
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
    /// How often the processes are started anew; by itself a run chooses as many starts, up to ten, as
    /// take half as long as measuring does.
    pub restarts: Option<u32>,
    /// Whether NICs that carried the payload together are measured alone afterwards; by itself a run does so
    /// where that takes at most half as long as measuring.
    pub check_nics: Option<bool>,
    /// The machine's NICs.
    pub machine: Machine,
    /// The host of all targets, where it is not this one.
    pub far: Option<FarHost>,
    /// What LIBFABRIC sees in place of the machine's NICs.
    pub emulated: Option<Emulated>,
    /// Measure for the whole of `stop.max_time`, however clear the answer is.
    pub whole_time: bool,
}

impl Job {
    /// What a backend sees in place of the machine's NICs.
    pub fn emulated_for(&self, backend: BackendName) -> Option<&Emulated> {
        self.emulated.as_ref().filter(|_| backend.medium() == Medium::Libfabric)
    }

    /// The sides whose workers are on this host.
    pub fn sides_here(&self) -> Vec<Side> {
        match (&self.far, self.workload.op.initiator()) {
            (None, _) => vec![Side::Prefill, Side::Decode],
            (Some(_), initiators) => vec![initiators],
        }
    }

    /// What the launch of a contender's initiators depends on.
    ///
    /// # Errors
    /// Their network namespace is missing or closed to this process, or NICs that the variant names are
    /// nowhere.
    pub fn facts(&self, contender: &Contender) -> Result<LaunchFacts> {
        Ok(Places::look(&self.premises(contender))?.initiators.facts)
    }

    /// What decides where a contender's workers run.
    pub(super) fn premises<'j>(&'j self, contender: &'j Contender) -> Premises<'j> {
        Premises {
            op: self.workload.op,
            namespaces: &contender.namespaces,
            variant: &contender.variant,
            nixl: &contender.nixl,
            far: self.far.as_ref(),
            machine: &self.machine,
            emulated: self.emulated_for(contender.variant.backend),
        }
    }
}

/// What was measured of a variant.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Set-up times: of each, the median over the starts.
    pub setup: SetupTimes,
    /// Starts of the processes.
    pub restarts: u32,
    /// How it warmed up.
    pub warm_up: WarmUp,
    /// Completed latencies, in slices.
    pub completed: Series,
    /// Delivered latencies, in slices.
    pub delivered: Series,
    /// Which start each slice belongs to.
    pub restart_of: Vec<u32>,
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
    /// What told of deliveries.
    pub clock: Clock,
    /// Deliveries counted so much later than they were.
    pub injected_delay_ns: u64,
    /// Where the time of a request went.
    pub parts: Parts,
    /// Against the first variant, for the others.
    pub verdict: Option<Verdict>,
    /// How near it came to its ceilings.
    pub ceilings: Vec<Ceiling>,
}

/// How near a variant came to a ceiling.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ceiling {
    /// The ceiling's place among the contenders.
    pub contender: usize,
    /// The ceiling's median delivered latency by the variant's own: 1 is as fast. `None` while there
    /// is too little for an interval.
    pub share: Option<Interval>,
}

/// What became of a variant.
#[derive(Debug)]
pub enum Outcome {
    /// It was measured.
    Measured(Box<Measured>),
    /// It failed.
    Failed(Error),
}
