//! The latency figures of a result record.

use serde::{Deserialize, Serialize};

/// What a record says of one latency: ns throughout, read from the histogram it carries.
///
/// Percentiles are nearest-rank, each a value that was measured, to three digits. With n samples
/// the nearest rank of p99 is ⌈0.99 n⌉, which is n below 100 samples: there p99 *is* the maximum
/// and says nothing of its own. [`Self::p99_is_max`] tells, and a report should mark it. The same
/// holds for p999 below 1000 samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Samples.
    pub count: u64,
    /// Smallest latency.
    pub min: u64,
    /// Arithmetic mean, to 0.1 ns.
    pub mean: f64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile; the maximum below 100 samples.
    pub p99: u64,
    /// 99.9th percentile; the maximum below 1000 samples.
    pub p999: u64,
    /// Largest latency.
    pub max: u64,
    /// The whole histogram: HDR V2 in base64.
    pub histogram: String,
}

impl Summary {
    /// Whether there are too few samples for p99 to differ from the maximum.
    pub fn p99_is_max(&self) -> bool {
        self.count < 100
    }

    /// Whether there are too few samples for p999 to differ from the maximum.
    pub fn p999_is_max(&self) -> bool {
        self.count < 1000
    }
}

#[cfg(test)]
mod tests {
    use crate::stats::Histogram;

    #[test]
    fn p99_leaves_the_maximum_at_100_samples() {
        let summary = |n: u64| {
            Histogram::of(&(1..=n).collect::<Vec<_>>()).unwrap().summary().unwrap().unwrap()
        };
        let (few, enough) = (summary(99), summary(100));
        assert!(few.p99_is_max() && few.p99 == few.max);
        assert!(!enough.p99_is_max() && enough.p99 == 99 && enough.max == 100);
        assert!(summary(999).p999_is_max() && !summary(1000).p999_is_max());
    }

    #[test]
    fn nothing_measured_is_no_summary() {
        assert_eq!(Histogram::new().unwrap().summary().unwrap(), None);
    }
}
