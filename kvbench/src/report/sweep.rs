//! Which records are points of one sweep, and what to say of it in every form.

use super::grid::Tone;
use super::notes::Answer;
use super::{bytes, environment, latency, units};
use crate::price::{Price, WORKSHOP_BYTES};
use crate::record::{Enumeration, Environment, Record};
use crate::variant::BackendName;

/// The points of a sweep that one command took.
pub(super) struct Sweep<'a> {
    pub started: &'a str,
    pub points: Vec<&'a Enumeration>,
}

/// Points that differ in their number of NICs only, fewest first.
pub(super) struct Curve<'a> {
    pub name: String,
    pub points: Vec<(&'a Enumeration, &'a Price)>,
}

/// The sweeps among `records`, in the order in which they began.
pub(super) fn sweeps(records: &[Record]) -> Vec<Sweep<'_>> {
    let mut sweeps: Vec<Sweep<'_>> = Vec::new();
    for (record, point) in records.iter().filter_map(|one| Some((one, one.enumeration()?))) {
        let started = record.started.as_str();
        match sweeps.iter_mut().find(|sweep| sweep.started == started && sweep.is_of(point)) {
            Some(sweep) => sweep.points.push(point),
            None => sweeps.push(Sweep { started, points: vec![point] }),
        }
    }
    // A file has them in the order in which they ended.
    for sweep in &mut sweeps {
        sweep
            .points
            .sort_by_cached_key(|point| (point.variant.backend, setting(point), point.nics));
    }
    sweeps
}

/// The setting of a point, and with what it was taken, apart from the number of NICs.
pub(super) fn setting(point: &Enumeration) -> String {
    let variant = &point.variant;
    let mut name = format!("{} enumerate={}", variant.backend, variant.enumerate);
    for (key, value) in variant.env.iter().chain(&variant.params) {
        name += &format!(" {key}={value}");
    }
    if point.emulated {
        name += " (emulated)";
    }
    name
}

impl<'a> Sweep<'a> {
    /// Whether `point` was taken as the others were.
    fn is_of(&self, point: &Enumeration) -> bool {
        let terms = |point: &Enumeration| (point.memory_bytes, point.workers);
        self.points.iter().all(|other| {
            terms(other) == terms(point)
                && other.environment.nixl_origin == point.environment.nixl_origin
                && (other.environment.emulation == point.environment.emulation
                    || other.variant.backend != point.variant.backend)
        })
    }

    /// What is asked by running it.
    pub fn question(&self) -> String {
        let mut backends: Vec<_> = self.points.iter().map(|point| point.variant.backend).collect();
        backends.sort_unstable();
        backends.dedup();
        let names: Vec<_> = backends.iter().map(BackendName::to_string).collect();
        format!("What does enumeration cost with {}?", names.join(" and "))
    }

    /// What was done.
    pub fn what(&self) -> String {
        let Some(first) = self.points.first() else { return String::new() };
        let processes = self.points.iter().map(|point| point.processes.len()).max().unwrap_or(0);
        let mut there = Vec::new();
        for point in &self.points {
            let emulated = if point.emulated { "emulated " } else { "" };
            let (count, backend) = (point.nics_there, point.variant.backend);
            let one = format!("{count} {emulated}NIC{} for {backend}", plural(count.into()));
            if !there.contains(&one) {
                there.push(one);
            }
        }
        format!(
            "price of enumeration: {}; {} registered by each process, {processes} process{} a point",
            there.join(", "),
            bytes(first.memory_bytes),
            if processes == 1 { "" } else { "es" },
        )
    }

    /// By which software, and where.
    pub fn software(&self) -> Option<String> {
        let priced = self.points.iter().find(|point| point.environment.nixl.is_some())?;
        Some(units::software(&[&priced.environment]))
    }

    /// The environments of its points; of those that failed, where there are no others.
    pub fn environments(&self) -> Vec<&'a Environment> {
        let all = || self.points.iter().copied();
        let priced: Vec<_> = all().filter(|point| point.price.is_some()).collect();
        let shown = if priced.is_empty() { all().collect() } else { priced };
        shown.into_iter().map(|point| &point.environment).collect()
    }

    /// The command that took it, for a shell.
    pub fn command(&self) -> Option<String> {
        let first = self.points.first()?;
        environment::shell(&first.environment, &first.command)
    }

    /// Whether any figure was made with emulated NICs.
    pub fn emulated(&self) -> bool {
        self.points.iter().any(|point| point.emulated)
    }

    /// The points that have a price, by setting.
    pub fn curves(&self) -> Vec<Curve<'a>> {
        let mut curves: Vec<Curve<'a>> = Vec::new();
        for (point, price) in self.points.iter().filter_map(|one| Some((*one, one.price.as_ref()?)))
        {
            let name = setting(point);
            match curves.iter_mut().find(|curve| curve.name == name) {
                Some(curve) => curve.points.push((point, price)),
                None => curves.push(Curve { name, points: vec![(point, price)] }),
            }
        }
        for curve in &mut curves {
            curve.points.sort_by_key(|(point, _)| point.nics);
        }
        curves
    }

    /// What failed, and why.
    pub fn failures(&self) -> Vec<String> {
        let failed = |point: &&Enumeration| {
            let failure = point.failure.as_ref()?;
            Some(format!("{}, {}: {}", setting(point), nics(point.nics), failure.error))
        };
        self.points.iter().filter_map(failed).collect()
    }

    /// The findings, the most useful first.
    pub fn answers(&self) -> Vec<Answer> {
        let curves = self.curves();
        let priced = curves.iter().filter_map(few_of_many);
        let each = curves.iter().filter_map(per_nic);
        let mut answers: Vec<_> = priced
            .chain(each)
            .map(|sentence| Answer { tone: Tone::Plain, word: "price", sentence })
            .collect();
        answers.extend(self.points.iter().filter(|point| point.failure.is_some()).map(|point| {
            let sentence = format!("{} failed with {}", setting(point), nics(point.nics));
            Answer { tone: Tone::Bad, word: "failed", sentence }
        }));
        answers
    }
}

/// What it costs to use the fewest NICs, for a process and for a node of them.
fn few_of_many(curve: &Curve<'_>) -> Option<String> {
    let (point, price) = curve.points.first()?;
    let opened = match point.rails_created {
        Some(rails) => format!(" opens {rails} and"),
        None => String::new(),
    };
    Some(format!(
        "to use {} of {}, {}{opened} costs {} and {}; {} worker{} then take {} at most, {} of {}",
        point.nics,
        nics(point.nics_there),
        curve.name,
        latency(price.backend_ns.median as f64),
        bytes(price.added.rss_bytes.median),
        point.workers,
        plural(point.workers),
        bytes(price.node_bytes),
        of_workshop(price.node_bytes),
        bytes(WORKSHOP_BYTES),
    ))
}

/// What each further NIC costs, where the number of rails differs.
fn per_nic(curve: &Curve<'_>) -> Option<String> {
    let (few, less) = curve.points.first()?;
    let (many, more) = curve.points.last()?;
    let rails = many.rails_created?.checked_sub(few.rails_created?).filter(|rails| *rails > 0)?;
    let each = |more: u64, less: u64| more.saturating_sub(less) / u64::from(rails);
    Some(format!(
        "with {}, each further NIC costs {}, {} and {} descriptors",
        curve.name,
        latency(each(more.backend_ns.median, less.backend_ns.median) as f64),
        bytes(each(more.added.rss_bytes.median, less.added.rss_bytes.median)),
        each(more.added.fds.median, less.added.fds.median),
    ))
}

/// A share of the memory that the workshop asks for.
pub(super) fn of_workshop(bytes: u64) -> String {
    let percent = 100.0 * bytes as f64 / WORKSHOP_BYTES as f64;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn nics(count: u32) -> String {
    format!("{count} NIC{}", plural(count.into()))
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
