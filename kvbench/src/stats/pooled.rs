//! A metric over slices pooled, each counted as often as a resample drew it.

use super::Metric;
use super::quantile::quantile_by;
use super::quantile_grid::QuantileGrid;
use super::series::SortedSlice;

/// The metric over `slices`, each counted once; `None` where it is not a positive number.
pub(super) fn value(slices: &[SortedSlice], metric: Metric) -> Option<f64> {
    match metric.quantile() {
        Some(p) => exact_quantile(slices, p),
        None => Fraction::new(slices, metric).value(&vec![1; slices.len()]),
    }
    .filter(|&value| value > 0.0)
}

/// A metric prepared so that a resample costs a few passes over the slices, not over their samples.
pub(super) enum Pooled {
    Fraction(Fraction),
    Quantile(QuantileGrid),
}

impl Pooled {
    pub(super) fn new(slices: &[SortedSlice], metric: Metric) -> Self {
        match metric.quantile() {
            Some(p) => Self::Quantile(QuantileGrid::new(slices, p)),
            None => Self::Fraction(Fraction::new(slices, metric)),
        }
    }

    /// The metric with slice i counted `times[i]` times; `None` where it is not a positive number.
    pub(super) fn value(&self, times: &[u32]) -> Option<f64> {
        match self {
            Self::Fraction(fraction) => fraction.value(times),
            Self::Quantile(grid) => grid.value(times),
        }
        .filter(|&value| value > 0.0)
    }
}

/// A mean or a rate: a sum over the slices, over another such sum.
pub(super) struct Fraction(Vec<(f64, f64)>);

impl Fraction {
    fn new(slices: &[SortedSlice], metric: Metric) -> Self {
        let terms = slices.iter().map(|slice| match metric {
            Metric::Bandwidth => (slice.bytes as f64, slice.elapsed_ns as f64 / 1e9),
            Metric::Mean | Metric::Median | Metric::P99 => {
                (slice.sum_ns, slice.sorted_ns.len() as f64)
            }
        });
        Self(terms.collect())
    }

    fn value(&self, times: &[u32]) -> Option<f64> {
        let (above, below) =
            self.0.iter().zip(times).fold((0.0, 0.0), |(above, below), (term, &times)| {
                (above + term.0 * f64::from(times), below + term.1 * f64::from(times))
            });
        (below > 0.0).then(|| above / below)
    }
}

/// The type-7 quantile of all samples of `slices`.
fn exact_quantile(slices: &[SortedSlice], p: f64) -> Option<f64> {
    let count = slices.iter().map(|slice| slice.sorted_ns.len() as u64).sum();
    quantile_by(count, p, |rank| order_statistic(slices, rank) as f64)
}

/// The sample of ascending `rank` (from 0) among all slices: bisects the value, counting in each
/// sorted slice.
fn order_statistic(slices: &[SortedSlice], rank: u64) -> u64 {
    let up_to = |ns: u64| -> u64 {
        slices
            .iter()
            .map(|slice| slice.sorted_ns.partition_point(|&sample| sample <= ns) as u64)
            .sum()
    };
    let (mut low, mut high) =
        (0, slices.iter().filter_map(|slice| slice.sorted_ns.last().copied()).max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        if up_to(middle) > rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Slice;

    fn slice(latencies_ns: &[u64], bytes: u64, elapsed_ns: u64) -> SortedSlice {
        Slice { latencies_ns: latencies_ns.to_vec(), bytes, elapsed_ns }.into()
    }

    #[test]
    fn pools_samples_and_not_slices() {
        let slices = [slice(&[30, 10, 20], 600, 1_000), slice(&[100], 200, 3_000)];
        assert_eq!(value(&slices, Metric::Median), Some(25.0));
        assert_eq!(value(&slices, Metric::Mean), Some(40.0));
        assert_eq!(value(&slices, Metric::Bandwidth), Some(800.0 / 4e-6));
        let twice_the_last = Pooled::new(&slices, Metric::Mean).value(&[0, 2]);
        assert_eq!(twice_the_last, Some(100.0));
    }

    #[test]
    fn nothing_measured_has_no_value() {
        let slices = [slice(&[], 0, 5)];
        for metric in [Metric::Median, Metric::P99, Metric::Mean, Metric::Bandwidth] {
            assert_eq!(value(&slices, metric), None);
            assert_eq!(Pooled::new(&slices, metric).value(&[3]), None);
        }
    }
}
