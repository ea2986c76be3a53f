//! What was measured of a variant so far, over all starts of its processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::NicBytes;
use super::echo::{Clock, EchoCost};
use super::job::Measured;
use super::judge::Answers;
use super::parts::PartSums;
use super::place::Places;
use crate::error::Result;
use crate::stats::{Series, Slice, SteadyRule, SteadyState, WarmUp};
use crate::variant::{Evidence, observe};
use crate::worker::{Group, Role, Sample, SetupTimes, SliceReport, WorkerUsage};
use crate::workload::{Op, Plan};

/// Everything that outlives the processes of a variant.
pub(super) struct Gathered {
    pub setups: Vec<SetupTimes>,
    pub warm_ups: Vec<WarmUp>,
    pub completed: Series,
    pub delivered: Series,
    /// Which start each slice belongs to.
    pub restart_of: Vec<u32>,
    /// Delivered latencies, a slice per start that has ended.
    pub restarts: Series,
    /// The one that has not.
    this_start: Slice,
    pub samples: Vec<Sample>,
    parts: PartSums,
    pub payload_bytes: u64,
    pub verified_bytes: u64,
    pub delay_ns: u64,
    /// Nanoseconds that echoes took before measuring, of all starts.
    pub echoes_ns: Vec<u64>,
    /// What passed the NICs of each side's namespace.
    nic_bytes: BTreeMap<Role, BTreeMap<String, NicBytes>>,
    cpu_ns: BTreeMap<Role, u64>,
    last: Last,
}

/// What only the latest processes tell.
#[derive(Default)]
struct Last {
    usage: BTreeMap<Role, WorkerUsage>,
    log: Vec<u8>,
    versions: BTreeMap<String, String>,
    paths: BTreeMap<String, PathBuf>,
    pinned: bool,
}

impl Gathered {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            setups: Vec::new(),
            warm_ups: Vec::new(),
            completed: Series::new(),
            delivered: Series::new(),
            restart_of: Vec::new(),
            restarts: Series::of_restarts(),
            this_start: Slice::default(),
            samples: Vec::new(),
            parts: PartSums::default(),
            payload_bytes: 0,
            verified_bytes: 0,
            delay_ns: 0,
            echoes_ns: Vec::new(),
            nic_bytes: BTreeMap::new(),
            cpu_ns: BTreeMap::new(),
            last: Last::default(),
        }
    }

    /// Takes a slice of `group`.
    pub fn record(&mut self, group: &Group, plan: &Plan, reports: Vec<SliceReport>) {
        for (id, report) in group.ids().zip(&reports) {
            *self.cpu_ns.entry(id.role).or_default() += report.cpu_ns;
            // All ranks of a side have the same NICs.
            if id.rank == 0 {
                self.passed(id.role, &report.nic_bytes);
            }
        }
        let Some(leader) = reports.into_iter().next() else { return };
        let bytes = plan.bytes() * leader.samples.len() as u64;
        let series = |of: fn(&Sample) -> u64| Slice {
            latencies_ns: leader.samples.iter().map(of).collect(),
            bytes,
            elapsed_ns: leader.elapsed_ns,
        };
        let delivered = series(|sample| sample.delivered_ns);
        self.this_start.extend(&delivered);
        self.restart_of.push(self.restarts.len() as u32);
        self.completed.push(series(|sample| sample.completed_ns));
        self.delivered.push(delivered);
        self.parts.add(&leader.samples, leader.elapsed_ns);
        self.samples.extend(&leader.samples);
        self.payload_bytes += bytes;
    }

    fn passed(&mut self, side: Role, nic_bytes: &BTreeMap<String, NicBytes>) {
        let nics = self.nic_bytes.entry(side).or_default();
        for (nic, passed) in nic_bytes {
            nics.entry(nic.clone()).or_default().add(*passed);
        }
    }

    /// The last that `group` tells before it goes.
    ///
    /// # Errors
    /// A worker died.
    pub fn end(&mut self, group: &mut Group) -> Result<()> {
        self.restarts.push(std::mem::take(&mut self.this_start));
        let mut usage: BTreeMap<Role, WorkerUsage> = BTreeMap::new();
        for (id, used) in group.usage()? {
            *usage.entry(id.role).or_default() += used;
        }
        self.last = Last {
            usage,
            log: group.log(Role::Initiator),
            versions: group.versions().clone(),
            paths: group.paths().clone(),
            pinned: group.pinned,
        };
        Ok(())
    }

    /// The series that verdicts rest on: of starts of the processes, or of slices of time.
    pub fn judged(&self, by_restart: bool) -> &Series {
        if by_restart { &self.restarts } else { &self.delivered }
    }

    /// The result.
    pub fn into_measured(mut self, places: &Places, op: Op, answers: Answers) -> Measured {
        let Answers { verdict, ceilings } = answers;
        let mut nic_bytes = |side| self.nic_bytes.remove(&side).unwrap_or_default();
        let initiators = nic_bytes(Role::Initiator);
        let targets = places.are_apart.then(|| nic_bytes(Role::Target));
        let observed = observe(
            &places.initiators.variant,
            &Evidence {
                log: &self.last.log,
                nic_bytes: &initiators,
                target_nic_bytes: targets.as_ref(),
                payload_bytes: self.payload_bytes,
                requests: self.samples.len() as u64,
                op,
                facts: &places.initiators.facts,
            },
        );
        let cpu = self.cpu_ns.iter();
        Measured {
            setup: median(&self.setups),
            restarts: self.setups.len() as u32,
            warm_up: together(self.warm_ups),
            completed: self.completed,
            delivered: self.delivered,
            restart_of: self.restart_of,
            parts: self.parts.means(),
            samples: self.samples,
            payload_bytes: self.payload_bytes,
            verified_bytes: self.verified_bytes,
            observed,
            usage: self.last.usage,
            measuring_cpu_s: cpu.map(|(role, ns)| (*role, *ns as f64 / 1e9)).collect(),
            versions: self.last.versions,
            paths: self.last.paths,
            pinned: self.last.pinned,
            clock: EchoCost::of(self.echoes_ns)
                .map_or(Clock::Shared, |cost_ns| Clock::Echo { cost_ns }),
            injected_delay_ns: self.delay_ns,
            verdict,
            ceilings,
        }
    }
}

/// The median of each step.
fn median(setups: &[SetupTimes]) -> SetupTimes {
    let of = |step: fn(&SetupTimes) -> u64| {
        let mut times: Vec<u64> = setups.iter().map(step).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    SetupTimes {
        load: of(|times| times.load),
        agent: of(|times| times.agent),
        backend: of(|times| times.backend),
        register: of(|times| times.register),
        metadata: of(|times| times.metadata),
        first_transfer: of(|times| times.first_transfer),
    }
}

/// All warm-ups as one: steady when each was, with the outliers of all.
fn together(warm_ups: Vec<WarmUp>) -> WarmUp {
    warm_ups
        .into_iter()
        .reduce(|mut all, one| {
            all.steady &= one.steady;
            all.warm_up_samples += one.warm_up_samples;
            all.samples += one.samples;
            all.outliers.merge(one.outliers);
            all
        })
        .unwrap_or_else(|| SteadyState::new(SteadyRule::default()).give_up())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_their_median_each() {
        let setup = |load, agent| SetupTimes { load, agent, ..SetupTimes::default() };
        let middle = median(&[setup(9, 1), setup(1, 2), setup(5, 3)]);
        assert_eq!((middle.load, middle.agent), (5, 2));
        assert_eq!(median(&[]), SetupTimes::default());
    }
}
