//! All bindings in turn, operation by operation.

use std::collections::BTreeMap;

use kvbench::stats::{Interval, Metric, Series, Slice, ratio_interval};

use crate::binding::{Binding, Operation, Result};

/// Operations, and how often each binding does them per start.
const OPERATIONS: [(Operation, usize); 7] = [
    (Operation::PostAndPoll(100), 200),
    (Operation::Create(1), 200),
    (Operation::Create(1000), 100),
    (Operation::Create(100_000), 30),
    (Operation::Prepare(1), 200),
    (Operation::Prepare(1000), 100),
    (Operation::Prepare(100_000), 30),
];

/// Rounds before those that count: the first ones find memory that was not used yet.
const WARM_UPS: usize = 5;

/// The share of intervals that hold the true ratio.
const CONFIDENCE: f64 = 0.95;

/// Times by operation and binding; a slice per start.
#[derive(Default)]
pub struct Measured {
    /// In the order of the first start; the first is what the others are compared with.
    pub bindings: Vec<&'static str>,
    series: BTreeMap<(Operation, &'static str), Series>,
}

/// Gives each binding a turn per round, forwards and backwards, and keeps the times as a start's.
pub fn measure(
    bindings: &mut [Box<dyn Binding>],
    start: u32,
    measured: &mut Measured,
) -> Result<()> {
    if measured.bindings.is_empty() {
        measured.bindings = bindings.iter().map(|binding| binding.name()).collect();
    }
    for (operation, rounds) in OPERATIONS {
        let mut slices = vec![Slice::default(); bindings.len()];
        for _ in 0..WARM_UPS {
            for binding in bindings.iter_mut() {
                binding.time(operation)?;
            }
        }
        for round in 0..rounds {
            let forwards = (round + start as usize).is_multiple_of(2);
            for turn in 0..bindings.len() {
                let index = if forwards { turn } else { bindings.len() - 1 - turn };
                let spent_ns = bindings[index].time(operation)?;
                slices[index].latencies_ns.push(spent_ns);
                slices[index].elapsed_ns += spent_ns;
            }
        }
        for (binding, slice) in bindings.iter().zip(slices) {
            let key = (operation, binding.name());
            measured.series.entry(key).or_insert_with(Series::of_restarts).push(slice);
        }
    }
    Ok(())
}

impl Measured {
    /// The median of an operation, in nanoseconds, and the ratio to the first binding.
    pub fn of(&self, operation: Operation, binding: &str) -> Option<(f64, Option<Interval>)> {
        let series =
            |name| self.series.iter().find(|((op, of), _)| (*op, *of) == (operation, name));
        let (_, own) = series(binding)?;
        let (_, base) = series(self.bindings.first()?)?;
        let ratio = ratio_interval(base, own, Metric::Median, CONFIDENCE, 1);
        Some((own.value(Metric::Median)?, ratio))
    }

    /// What was timed.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        OPERATIONS.into_iter().map(|(operation, _)| operation)
    }
}
