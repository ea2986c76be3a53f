//! In what two records' environments differ.

use std::collections::BTreeSet;
use std::fmt;

use crate::record::{Cell, Environment};

/// The version of a library that a cell does not load.
const UNKNOWN: &str = "unknown";

/// What a difference means for a comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weight {
    /// Another machine, or emulation on one side: the figures do not compare.
    Machine,
    /// Other software: that may be what is compared.
    Software,
}

/// One difference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// What it means.
    pub weight: Weight,
    /// In what.
    pub what: &'static str,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} before, {} after", self.what, self.before, self.after)
    }
}

/// The differences between any cell before and any cell after.
pub fn differences(before: &[&Cell], after: &[&Cell]) -> Vec<Difference> {
    let mut found = BTreeSet::new();
    for before in before {
        for after in after {
            found.extend(between(before, after));
        }
    }
    found.into_iter().collect()
}

fn between(before: &Cell, after: &Cell) -> Vec<Difference> {
    type Field = (Weight, &'static str, fn(&Cell) -> String);
    fn known(version: &Option<String>) -> String {
        version.clone().unwrap_or_else(|| UNKNOWN.to_owned())
    }
    fn of(cell: &Cell) -> &Environment {
        &cell.environment
    }
    let fields: [Field; 12] = [
        (Weight::Machine, "host", |cell| of(cell).host.clone()),
        (Weight::Machine, "processor", |cell| of(cell).cpu.clone()),
        (Weight::Machine, "processors", |cell| of(cell).cpus.to_string()),
        (Weight::Machine, "kernel", |cell| of(cell).kernel.clone()),
        (Weight::Machine, "TCP congestion control", |cell| of(cell).tcp_congestion_control.clone()),
        (Weight::Machine, "emulation", emulation),
        (Weight::Machine, "network namespaces", |cell| {
            of(cell).netns.sentence().unwrap_or_else(|| "kvbench's own".to_owned())
        }),
        (Weight::Machine, "host of the targets", |cell| {
            let far = of(cell).far.as_ref().map(|far| far.host.clone());
            far.unwrap_or_else(|| "the same".to_owned())
        }),
        (Weight::Software, "NIXL", |cell| known(&of(cell).nixl)),
        (Weight::Software, "UCX", |cell| known(&of(cell).ucx)),
        (Weight::Software, "libfabric", |cell| known(&of(cell).libfabric)),
        (Weight::Software, "kvbench", |cell| of(cell).kvbench.version.clone()),
    ];
    let differ = |(weight, what, field): Field| {
        let (before, after) = (field(before), field(after));
        // A raw transport loads its own library only.
        let known = weight == Weight::Machine || ![&*before, &*after].contains(&UNKNOWN);
        (before != after && known).then_some(Difference { weight, what, before, after })
    };
    fields.into_iter().filter_map(differ).collect()
}

/// What is emulated, or nothing.
fn emulation(cell: &Cell) -> String {
    let settings = &cell.environment.emulation;
    let words: Vec<_> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    match (cell.emulated, &words[..]) {
        (false, _) => "none".to_owned(),
        (true, []) => "unknown".to_owned(),
        (true, words) => words.join(" "),
    }
}
