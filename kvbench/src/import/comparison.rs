//! One run against another.

use std::time::Duration;

use super::{CONFIDENCE, Figure, KeyMetric, Run, figures};
use crate::stats::{DEFAULT_MARGIN, Interval, MIN_SLICES, Needs, Progress, Verdict};

/// Two runs against each other. They were apart in time, so nothing cancels: the interval of a ratio is
/// that of two independent estimates.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// The metrics that both have.
    pub rows: Vec<Row>,
    /// In what the clients' loads differ: `concurrency 10 → 20`.
    pub differences: Vec<String>,
    /// Of the median time to first token; absent where one run has none.
    pub verdict: Option<Verdict>,
}

/// A metric of both runs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Row {
    /// Of the base.
    pub before: Figure,
    /// Of the other.
    pub after: Figure,
    /// After over before; absent where one of them has no interval.
    pub ratio: Option<Interval>,
}

impl Row {
    /// How much better it is after, as a share of before; negative when it is worse.
    pub fn gain(&self) -> f64 {
        let change = self.after.value / self.before.value - 1.0;
        if self.after.metric.is_rate() { change } else { -change }
    }
}

impl Comparison {
    /// `other` against `base`.
    pub fn of(base: &Run, other: &Run) -> Self {
        let others = figures(other);
        let rows: Vec<Row> = figures(base)
            .into_iter()
            .filter_map(|before| {
                let after = *others.iter().find(|figure| figure.metric == before.metric)?;
                let ratio = before.estimate.zip(after.estimate);
                let ratio = ratio.map(|(old, new)| new.against(&old).interval(CONFIDENCE));
                Some(Row { before, after, ratio })
            })
            .collect();
        let ttft = rows.iter().find(|row| row.before.metric == KeyMetric::TtftMedian);
        let verdict = ttft.map(|row| verdict(row, base, other));
        Self { verdict, differences: differences(base, other), rows }
    }
}

fn verdict(row: &Row, base: &Run, other: &Run) -> Verdict {
    let so_far = Progress {
        pairs: base.requests.len().min(other.requests.len()),
        elapsed: Duration::from_nanos(base.duration_ns() + other.duration_ns()),
    };
    match row.ratio {
        Some(ratio) => Verdict::of(ratio, row.before.metric.statistic(), DEFAULT_MARGIN, so_far),
        None => {
            let needs = Needs::to_reach(MIN_SLICES as f64, so_far);
            Verdict::Undecided { ratio: None, needs }
        }
    }
}

fn differences(base: &Run, other: &Run) -> Vec<String> {
    let keys =
        base.load.keys().chain(other.load.keys().filter(|key| !base.load.contains_key(*key)));
    let told = |run: &Run, key: &str| run.load.get(key).cloned().unwrap_or_else(|| "–".to_owned());
    let client =
        (base.client != other.client).then(|| format!("client {} → {}", base.client, other.client));
    let load = keys.filter(|key| base.load.get(*key) != other.load.get(*key));
    let load = load.map(|key| format!("{key} {} → {}", told(base, key), told(other, key)));
    client.into_iter().chain(load).collect()
}
