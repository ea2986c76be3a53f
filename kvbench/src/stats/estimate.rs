//! A metric, or the ratio of two variants' metric, with its standard error.

use super::autocorrelation::{MIN_EFFECTIVE, effective_size_of_noisy};
use super::bootstrap::resample;
use super::distribution::student_t_critical;
use super::pooled::{self, Pooled};
use super::series::SortedSlice;
use super::{Interval, Metric, Series};

/// Fewer slices than this give no interval.
pub const MIN_SLICES: usize = 5;
/// Fewer samples than this give no interval of p99: it would be the maximum, whose spread no
/// resampling shows.
pub const MIN_P99_SAMPLES: u64 = 100;

/// A positive figure and how far it may be off, on the log scale.
///
/// The interval is `value · exp(± t · log_error)`, with t of Student at `effective_slices − 1`
/// degrees of freedom:
/// * the bootstrap over slices gives the spread of the pooled figure, whatever its form (median,
///   p99, mean, rate);
/// * autocorrelation lowers the number of slices to n / τ, see [`super::autocorrelation_time`],
///   with τ that of the slices' influences on the pooled figure. (What each slice shows by itself
///   would do for a mean, but the median of a slice jumps when it falls between two humps, and
///   hides the rest.) It widens the error by √(n / (n/τ − 1)); the −1 mends the bias of a bootstrap
///   variance over few blocks;
/// * slices of processes of their own each ([`Series::of_restarts`]) count in full;
/// * Student's t pays for knowing that variance from few slices (Hesterberg 2015 shows plain
///   percentile intervals too short there);
/// * the log makes an interval of a ratio the same whichever variant is the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The pooled figure over all slices.
    pub value: f64,
    /// Standard error of its natural logarithm; about its relative standard error.
    pub log_error: f64,
    /// Slices, less what their autocorrelation takes; at least 3.
    pub effective_slices: f64,
}

impl Estimate {
    /// One variant's metric. `None` below [`MIN_SLICES`] slices, for p99 below [`MIN_P99_SAMPLES`]
    /// samples, and where the metric was not measured.
    pub fn of(series: &Series, metric: Metric, seed: u64) -> Option<Self> {
        let slices = enough(series.sorted(), metric)?;
        let resampler = Pooled::new(slices, metric);
        let units = Units { number: slices.len(), independent: series.is_of_restarts() };
        Self::new(pooled::value(slices, metric)?, units, seed, |times| {
            Some(resampler.value(times)?.ln())
        })
    }

    /// `other`'s metric over `base`'s. Slice i of both is drawn together, so what slows a moment of
    /// the run slows both and cancels. Slices without a partner are left out.
    pub fn ratio(base: &Series, other: &Series, metric: Metric, seed: u64) -> Option<Self> {
        let pairs = base.len().min(other.len());
        let independent = base.is_of_restarts() && other.is_of_restarts();
        let base = enough(&base.sorted()[..pairs], metric)?;
        let other = enough(&other.sorted()[..pairs], metric)?;
        let value = pooled::value(other, metric)? / pooled::value(base, metric)?;
        let (below, above) = (Pooled::new(base, metric), Pooled::new(other, metric));
        Self::new(value, Units { number: pairs, independent }, seed, |times| {
            Some((above.value(times)? / below.value(times)?).ln())
        })
    }

    /// This figure over `base`, both measured apart from each other, in runs of their own: the
    /// variances of the logs add up, with degrees of freedom after Welch (1947).
    pub fn against(&self, base: &Self) -> Self {
        let parts = [self, base].map(|one| (one.log_error.powi(2), one.effective_slices - 1.0));
        let variance: f64 = parts.iter().map(|(variance, _)| variance).sum();
        let shares: f64 = parts.iter().map(|(variance, df)| variance.powi(2) / df).sum();
        let least = self.effective_slices.min(base.effective_slices) - 1.0;
        let df = if shares > 0.0 { variance.powi(2) / shares } else { least };
        Self {
            value: self.value / base.value,
            log_error: variance.sqrt(),
            effective_slices: df + 1.0,
        }
    }

    /// The same with the fewest effective slices that there can be, whatever their autocorrelation.
    pub(super) fn at_worst(self) -> Self {
        let widen = ((self.effective_slices - 1.0) / (MIN_EFFECTIVE - 1.0)).sqrt();
        Self { log_error: widen * self.log_error, effective_slices: MIN_EFFECTIVE, ..self }
    }

    fn new(
        value: f64,
        units: Units,
        seed: u64,
        statistic: impl Fn(&[u32]) -> Option<f64>,
    ) -> Option<Self> {
        let resampled = resample(units.number, seed, statistic)?;
        let effective_slices = match units.independent {
            true => units.number as f64,
            false => effective_size_of_noisy(&resampled.influence, resampled.noise),
        };
        let widen = (units.number as f64 / (effective_slices - 1.0)).sqrt();
        Some(Self { value, log_error: widen * resampled.spread, effective_slices })
    }

    /// The interval that holds the true value with this confidence, in (0, 1).
    pub fn interval(&self, confidence: f64) -> Interval {
        let t = student_t_critical(self.effective_slices - 1.0, 1.0 - confidence);
        let factor = (t * self.log_error).exp();
        Interval {
            value: self.value,
            low: self.value / factor,
            high: self.value * factor,
            confidence,
        }
    }
}

/// What is resampled.
#[derive(Clone, Copy)]
struct Units {
    number: usize,
    independent: bool,
}

/// `slices`, if they are enough for an interval.
fn enough(slices: &[SortedSlice], metric: Metric) -> Option<&[SortedSlice]> {
    let samples: u64 = slices.iter().map(|slice| slice.sorted_ns.len() as u64).sum();
    let few = slices.len() < MIN_SLICES || (metric == Metric::P99 && samples < MIN_P99_SAMPLES);
    (!few).then_some(slices)
}

/// One variant's metric with its interval; see [`Estimate::of`].
pub fn interval(series: &Series, metric: Metric, confidence: f64, seed: u64) -> Option<Interval> {
    Some(Estimate::of(series, metric, seed)?.interval(confidence))
}

/// The ratio `other` / `base` of a metric with its interval; see [`Estimate::ratio`].
pub fn ratio_interval(
    base: &Series,
    other: &Series,
    metric: Metric,
    confidence: f64,
    seed: u64,
) -> Option<Interval> {
    Some(Estimate::ratio(base, other, metric, seed)?.interval(confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_on_equal_parts_doubles_the_degrees_of_freedom() {
        let one = Estimate { value: 2.0, log_error: 0.3, effective_slices: 11.0 };
        let ratio = one.against(&Estimate { value: 4.0, ..one });
        assert!((ratio.value - 0.5).abs() < 1e-12);
        assert!((ratio.log_error - 0.3 * 2_f64.sqrt()).abs() < 1e-12);
        assert!((ratio.effective_slices - 21.0).abs() < 1e-9);
    }

    #[test]
    fn without_noise_the_fewer_slices_count() {
        let one = Estimate { value: 1.0, log_error: 0.0, effective_slices: 9.0 };
        let ratio = one.against(&Estimate { effective_slices: 5.0, ..one });
        assert_eq!((ratio.log_error, ratio.effective_slices), (0.0, 5.0));
    }
}
