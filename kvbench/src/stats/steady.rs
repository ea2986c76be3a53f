//! When a series of latencies has warmed up.

use super::outliers::Outliers;
use super::quantile::median;
use super::trend::{drift, mann_kendall};

/// What counts as steady.
#[derive(Debug, Clone, PartialEq)]
pub struct SteadyRule {
    /// Samples averaged into one value; 5 is usual, 1 suits transfers that take long.
    pub batch: usize,
    /// Batches before the first check.
    pub min_batches: usize,
    /// A change over the steady part that is no drift, e.g. 0.05 for 5 %.
    pub tolerance: f64,
    /// Samples after which to give up: the series counts as warm, and as unsteady.
    pub max_samples: usize,
}

impl Default for SteadyRule {
    fn default() -> Self {
        Self { batch: 5, min_batches: 10, tolerance: 0.05, max_samples: 2_000 }
    }
}

/// How a series warmed up.
#[derive(Debug, Clone, PartialEq)]
pub struct WarmUp {
    /// Whether it became steady, or the bound ended it.
    pub steady: bool,
    /// Samples that belong to the warm-up; the samples seen after them were steady. All of them if
    /// it never was.
    pub warm_up_samples: usize,
    /// Samples seen in all.
    pub samples: usize,
    /// Median of the warm-up samples, ns; `None` if there were none.
    pub warm_up_median_ns: Option<f64>,
    /// Median of the samples after them, ns.
    pub steady_median_ns: Option<f64>,
    /// Samples far above the others, in the warm-up and after: report them, they are what a first
    /// request meets.
    pub outliers: Outliers,
}

/// Watches a series for its steady state.
///
/// * Samples are averaged in batches on the log scale, which ranks a doubling alike at any speed.
/// * The warm-up ends where the standard error of what remains is smallest: MSER-5 of White, Cobb &
///   Spratt (2000). A cut in the later half means that the series has not settled (White 1997), so
///   measuring goes on.
/// * What remains must not drift: a Mann–Kendall test at 5 % sees no trend, or the Theil–Sen drift
///   is within the tolerance.
///
/// Checks come when the series has grown by a quarter, so that watching costs little and asks
/// seldom. Do not use the steady samples as data: the cut was chosen by looking at them. Begin the
/// first slice after them.
#[derive(Debug, Clone)]
pub struct SteadyState {
    rule: SteadyRule,
    latencies_ns: Vec<u64>,
    /// Mean natural logarithm of each batch.
    batches: Vec<f64>,
    next_check: usize,
}

impl SteadyState {
    /// Begins with no sample.
    pub fn new(rule: SteadyRule) -> Self {
        let rule =
            SteadyRule { batch: rule.batch.max(1), min_batches: rule.min_batches.max(4), ..rule };
        Self { next_check: rule.min_batches, rule, latencies_ns: Vec::new(), batches: Vec::new() }
    }

    /// Adds the next latency, and gives the result once the series is steady or the bound is
    /// reached.
    pub fn push(&mut self, latency_ns: u64) -> Option<WarmUp> {
        self.latencies_ns.push(latency_ns);
        let seen = self.latencies_ns.len();
        if seen.is_multiple_of(self.rule.batch) {
            let batch = &self.latencies_ns[seen - self.rule.batch..];
            let logs = batch.iter().map(|&ns| (ns.max(1) as f64).ln());
            self.batches.push(logs.sum::<f64>() / self.rule.batch as f64);
        }
        if self.batches.len() >= self.next_check {
            self.next_check = self.batches.len() + (self.batches.len() / 4).max(1);
            if let Some(cut) = self.settled() {
                return Some(self.report(true, cut * self.rule.batch));
            }
        }
        (seen >= self.rule.max_samples).then(|| self.give_up())
    }

    /// The result for a series that ends here without having become steady.
    pub fn give_up(&self) -> WarmUp {
        self.report(false, self.latencies_ns.len())
    }

    /// The batches before the steady part, if there is one.
    fn settled(&self) -> Option<usize> {
        let cut = mser_cut(&self.batches)?;
        let rest = thinned(&self.batches[cut..]);
        let trend = mann_kendall(&rest).is_some_and(|test| test.p < 0.05);
        let linear: Vec<f64> = rest.iter().map(|log| log.exp()).collect();
        let drifts = trend && drift(&linear).is_none_or(|drift| drift.abs() > self.rule.tolerance);
        (2 * cut < self.batches.len() && !drifts).then_some(cut)
    }

    fn report(&self, steady: bool, warm_up_samples: usize) -> WarmUp {
        let (before, after) = self.latencies_ns.split_at(warm_up_samples);
        let median_ns =
            |part: &[u64]| median(&part.iter().map(|&ns| ns as f64).collect::<Vec<_>>());
        WarmUp {
            steady,
            warm_up_samples,
            samples: self.latencies_ns.len(),
            warm_up_median_ns: median_ns(before),
            steady_median_ns: median_ns(after),
            outliers: Outliers::of(
                &self.latencies_ns,
                if after.is_empty() { before } else { after },
            ),
        }
    }
}

/// Runs [`SteadyState`] over a whole series.
pub fn warm_up(latencies_ns: &[u64], rule: SteadyRule) -> WarmUp {
    let mut state = SteadyState::new(rule);
    latencies_ns.iter().find_map(|&ns| state.push(ns)).unwrap_or_else(|| state.give_up())
}

/// The number of leading values, up to half, without which Σ (x − x̄)² / m² of the m others is
/// smallest (MSER); the fewest on a tie. `None` for an empty series.
pub fn mser_cut(values: &[f64]) -> Option<usize> {
    let (mut best, mut error) = (None, f64::INFINITY);
    let (mut mean, mut squares) = (0.0, 0.0);
    // From the end, so that each value joins the running mean and squares once (Welford 1962).
    for (cut, &value) in values.iter().enumerate().rev() {
        let m = (values.len() - cut) as f64;
        let change = value - mean;
        mean += change / m;
        squares += change * (value - mean);
        if cut <= values.len() / 2 && squares / (m * m) <= error {
            (best, error) = (Some(cut), squares / (m * m));
        }
    }
    best
}

/// At most 64 values, the means of equal runs, for the test of quadratic cost.
fn thinned(values: &[f64]) -> Vec<f64> {
    let run = values.len().div_ceil(64).max(1);
    values.chunks_exact(run).map(|chunk| chunk.iter().sum::<f64>() / run as f64).collect()
}
