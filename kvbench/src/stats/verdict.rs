//! Is the other variant faster, slower, the same, or not yet known.

use super::needs::{Needs, Progress};
use super::{Interval, Metric};
use serde::{Deserialize, Serialize};

/// The default margin: two variants within ± 2 % count as the same.
pub const DEFAULT_MARGIN: f64 = 0.02;

/// What a comparison of `other` against `base` says. `ratio` is other / base throughout, 1 meaning
/// equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The other variant is faster.
    Faster {
        /// The change of its metric, e.g. 0.2 for a latency 20 % lower, or a bandwidth 20 % higher.
        by: f64,
        /// The ratio of the metric.
        ratio: Interval,
    },
    /// The other variant is slower.
    Slower {
        /// The change of its metric, e.g. 0.341 for a latency 34.1 % higher.
        by: f64,
        /// The ratio of the metric.
        ratio: Interval,
    },
    /// Whatever difference there is, it is within the margin.
    NoDifference {
        /// The margin, e.g. 0.02.
        beyond: f64,
        /// The ratio of the metric.
        ratio: Interval,
    },
    /// The interval still allows both equality and a difference that matters.
    Undecided {
        /// The ratio of the metric; absent while there are too few slices for an interval.
        ratio: Option<Interval>,
        /// What would decide.
        needs: Needs,
    },
}

impl Verdict {
    /// Judges the interval of the ratio other / base of `metric`, in this order:
    /// 1. all of it within the margin, 1 / (1 + `margin`) to 1 + `margin`: no difference. A tiny
    ///    difference stays one, however sure it is: a systematic 0.3 % is nothing to choose a
    ///    backend by;
    /// 2. else, 1 is outside: faster or slower;
    /// 3. else undecided.
    ///
    /// Exchanging base and other exchanges faster and slower, and changes nothing else.
    pub fn of(ratio: Interval, metric: Metric, margin: f64, so_far: Progress) -> Self {
        let by = (ratio.value - 1.0).abs();
        if ratio.low >= 1.0 / (1.0 + margin) && ratio.high <= 1.0 + margin {
            Self::NoDifference { beyond: margin, ratio }
        } else if ratio.contains(1.0) {
            Self::Undecided { ratio: Some(ratio), needs: to_decide(&ratio, margin, so_far) }
        } else if (ratio.low > 1.0) == metric.larger_is_faster() {
            Self::Faster { by, ratio }
        } else {
            Self::Slower { by, ratio }
        }
    }

    /// The interval of the ratio other / base that the verdict rests on.
    pub fn ratio(&self) -> Option<&Interval> {
        match self {
            Self::Faster { ratio, .. }
            | Self::Slower { ratio, .. }
            | Self::NoDifference { ratio, .. } => Some(ratio),
            Self::Undecided { ratio, .. } => ratio.as_ref(),
        }
    }

    /// Whether there is an answer: a difference, or none that matters.
    pub fn is_decided(&self) -> bool {
        !matches!(self, Self::Undecided { .. })
    }
}

/// An undecided interval decides once it is short enough to leave 1 out, or to fit in the margin:
/// the nearer of both.
fn to_decide(ratio: &Interval, margin: f64, so_far: Progress) -> Needs {
    let distance = ratio.value.ln().abs();
    Needs::to_narrow(ratio.log_half_width(), distance.max(margin.ln_1p() - distance), so_far)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SO_FAR: Progress = Progress { pairs: 10, elapsed: Duration::from_secs(5) };

    fn judge(low: f64, high: f64, metric: Metric) -> Verdict {
        let ratio = Interval { value: (low * high).sqrt(), low, high, confidence: 0.95 };
        Verdict::of(ratio, metric, DEFAULT_MARGIN, SO_FAR)
    }

    #[test]
    fn latency_and_bandwidth_point_opposite_ways() {
        assert!(matches!(judge(1.1, 1.3, Metric::Median), Verdict::Slower { .. }));
        assert!(matches!(judge(1.1, 1.3, Metric::Bandwidth), Verdict::Faster { .. }));
        assert!(matches!(judge(0.7, 0.9, Metric::Median), Verdict::Faster { .. }));
        assert!(matches!(judge(0.7, 0.9, Metric::Bandwidth), Verdict::Slower { .. }));
    }

    #[test]
    fn the_margin_comes_before_significance() {
        assert!(matches!(judge(1.001, 1.005, Metric::Median), Verdict::NoDifference { .. }));
        assert!(matches!(judge(1.001, 1.03, Metric::Median), Verdict::Slower { .. }));
        assert!(matches!(judge(0.99, 1.03, Metric::Median), Verdict::Undecided { .. }));
    }

    #[test]
    fn undecided_says_what_it_takes() {
        let Verdict::Undecided { needs, .. } = judge(1.0 / 1.04, 1.04, Metric::Median) else {
            panic!()
        };
        assert_eq!(needs.pairs, 30, "half the width, so four times the slices");
        assert!((needs.time_s - 15.0).abs() < 1e-9);
    }
}
