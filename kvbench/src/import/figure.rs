//! The key metrics of a run, each with its interval.

use super::series::series;
use super::{KeyMetric, Run};
use crate::stats::{Estimate, Interval};

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 1;

/// A metric of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Figure {
    /// Which.
    pub metric: KeyMetric,
    /// Nanoseconds, or per second.
    pub value: f64,
    /// The same with its error; absent where there are too few requests, or the client kept none.
    pub estimate: Option<Estimate>,
}

impl Figure {
    /// The interval that holds the true value with 95 % confidence.
    pub fn interval(&self) -> Option<Interval> {
        Some(self.estimate?.interval(CONFIDENCE))
    }
}

/// The metrics that the run has.
pub fn figures(run: &Run) -> Vec<Figure> {
    KeyMetric::ALL.into_iter().filter_map(|metric| figure(run, metric)).collect()
}

fn figure(run: &Run, metric: KeyMetric) -> Option<Figure> {
    let Some(series) = series(run, metric) else {
        let value = *run.summary.get(&metric)?;
        return Some(Figure { metric, value, estimate: None });
    };
    let statistic = metric.statistic();
    let value = series.value(statistic)?;
    Some(Figure { metric, value, estimate: Estimate::of(&series, statistic, SEED) })
}
