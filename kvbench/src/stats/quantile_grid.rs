//! Quantiles of many resamples of the same slices, without touching their samples again.

use super::series::SortedSlice;

/// At most this many samples are looked at to place the grid, and kept exactly where there are no
/// more.
const CANDIDATES: usize = 1 << 16;
/// Grid values over all samples, and as many again around the quantile.
const EVEN: usize = 512;
/// With no more distinct values than this, the grid holds them all and the quantile is exact.
const EXACT: usize = 2 * EVEN;

/// Counts of each slice up to each of about a thousand latencies.
///
/// Building sorts a sample of the samples; a resampled quantile is then a bisection over the grid,
/// each step one pass over the slices. Between grid values the counts are interpolated: a step
/// holds at most 0.2 % of the samples (0.1 % near the median, 0.01 % near p99), and values that
/// many samples share get a step of their own.
pub(super) struct QuantileGrid {
    p: f64,
    exact: bool,
    /// Ascending latencies, ns.
    values: Vec<u64>,
    /// `up_to[v * slices + s]`: samples of slice s that do not exceed `values[v]`.
    up_to: Vec<u32>,
    slices: usize,
}

impl QuantileGrid {
    pub(super) fn new(slices: &[SortedSlice], p: f64) -> Self {
        let (candidates, complete) = candidates(slices);
        let mut distinct = candidates.clone();
        distinct.dedup();
        let exact = complete && distinct.len() <= EXACT;
        let values = if exact { distinct } else { place(slices, &candidates, p) };
        let count = |&value: &u64, slice: &SortedSlice| {
            slice.sorted_ns.partition_point(|&ns| ns <= value) as u32
        };
        let up_to = values
            .iter()
            .flat_map(|value| slices.iter().map(move |slice| count(value, slice)))
            .collect();
        Self { p, exact, values, up_to, slices: slices.len() }
    }

    /// The quantile with slice s counted `times[s]` times: type 7 where the grid is exact.
    pub(super) fn value(&self, times: &[u32]) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        let position = self.count(last, times).checked_sub(1)? as f64 * self.p;
        let step = self.first_above(position.floor(), 0, times);
        let ns = |step: usize| self.values[step] as f64;
        let up_to = self.count(step, times) as f64;
        if self.exact {
            // The next sample is the same value again, or that of a later step.
            let next = if up_to > position.ceil() {
                step
            } else {
                self.first_above(position.ceil(), step, times)
            };
            return Some(ns(step) + position.fract() * (ns(next) - ns(step)));
        }
        let previous = step.saturating_sub(1);
        let below = if step == 0 { 0.0 } else { self.count(previous, times) as f64 };
        let share = (position + 1.0 - below) / (up_to - below);
        Some(ns(previous) + share.min(1.0) * (ns(step) - ns(previous)))
    }

    /// The first grid value, not before `from`, that more than `position` samples do not exceed.
    fn first_above(&self, position: f64, from: usize, times: &[u32]) -> usize {
        let (mut low, mut high) = (from, self.values.len() - 1);
        while low < high {
            let middle = (low + high) / 2;
            if self.count(middle, times) as f64 > position {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Samples up to the grid value, over the slices as often as drawn.
    fn count(&self, value: usize, times: &[u32]) -> u64 {
        let row = &self.up_to[value * self.slices..][..self.slices];
        let mut count = 0;
        for (&samples, &times) in row.iter().zip(times) {
            count += u64::from(samples) * u64::from(times);
        }
        count
    }
}

/// Samples in ascending order, evenly thinned when there are many, and whether they are all.
fn candidates(slices: &[SortedSlice]) -> (Vec<u64>, bool) {
    let total: usize = slices.iter().map(|slice| slice.sorted_ns.len()).sum();
    let stride = total.div_ceil(CANDIDATES).max(1);
    let mut picked: Vec<u64> =
        slices.iter().flat_map(|slice| slice.sorted_ns.iter().step_by(stride).copied()).collect();
    picked.sort_unstable();
    (picked, stride == 1)
}

/// Grid values: the smallest and the largest sample, even ranks overall, and even ranks of the
/// neighbourhood of the quantile, four times as wide as what lies above it.
fn place(slices: &[SortedSlice], candidates: &[u64], p: f64) -> Vec<u64> {
    let last = candidates.len() - 1;
    let from = f64::max(0.0, 1.0 - 4.0 * (1.0 - p));
    let share = |i: usize| i as f64 / EVEN as f64;
    let ranks =
        (0..EVEN).flat_map(|i| [share(i), from + (1.0 - from) * (share(i) + share(1) / 2.0)]);
    let mut values = Vec::with_capacity(2 * EVEN + 4);
    for rank in ranks.map(|share| (share * last as f64) as usize) {
        let value = candidates[rank];
        values.push(value);
        // A value that repeats starts its own step, or interpolation would smear it.
        let start = candidates.partition_point(|&other| other < value);
        if start < rank && start > 0 {
            values.push(candidates[start - 1]);
        }
    }
    values.extend(slices.iter().filter_map(|slice| slice.sorted_ns.first()).min());
    values.extend(slices.iter().filter_map(|slice| slice.sorted_ns.last()).max());
    values.sort_unstable();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Slice;
    use crate::stats::quantile::quantile;
    use crate::stats::rng::Rng;

    /// `slices` slices of `samples` values: a continuous half and a half that share one of two
    /// values.
    fn mixed(slices: usize, samples: usize) -> Vec<SortedSlice> {
        let mut rng = Rng::new(11);
        let mut latency = || match rng.index(4) {
            0 => 5_000_000,
            1 => 1_000_000,
            _ => 1_000_000 + (9e6 * rng.unit().powi(3)) as u64,
        };
        let mut slice = || Slice {
            latencies_ns: (0..samples).map(|_| latency()).collect(),
            ..Slice::default()
        };
        (0..slices).map(|_| slice().into()).collect()
    }

    fn resampled(slices: &[SortedSlice], times: &[u32], p: f64) -> f64 {
        let copies = slices
            .iter()
            .zip(times)
            .flat_map(|(s, &n)| std::iter::repeat_n(&s.sorted_ns, n as usize));
        let mut all: Vec<u64> = copies.flatten().copied().collect();
        all.sort_unstable();
        quantile(&all, p).unwrap()
    }

    #[test]
    fn few_samples_are_exact() {
        let slices = mixed(7, 60);
        let times = [2, 0, 1, 1, 0, 3, 0];
        for p in [0.5, 0.99] {
            let value = QuantileGrid::new(&slices, p).value(&times).unwrap();
            assert!((value - resampled(&slices, &times, p)).abs() < 1e-6);
        }
    }

    #[test]
    fn many_samples_are_close() {
        let slices = mixed(6, 20_000);
        for times in [[1, 1, 1, 1, 1, 1], [0, 3, 0, 2, 1, 0]] {
            for p in [0.5, 0.9, 0.99] {
                let (value, exact) = (
                    QuantileGrid::new(&slices, p).value(&times).unwrap(),
                    resampled(&slices, &times, p),
                );
                assert!((value / exact - 1.0).abs() < 2e-3, "p {p}: {value} for {exact}");
            }
        }
    }
}
