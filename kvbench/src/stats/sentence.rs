//! A verdict in plain English.

use super::needs::Needs;
use super::{Interval, Verdict};
use std::fmt;

/// A verdict with the names of the variants; its `Display` is one sentence without a full stop.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    verdict: &'a Verdict,
    base: &'a str,
    other: &'a str,
}

impl Verdict {
    /// The verdict as a sentence, e.g. "libfabric is slower than ucx by 34.1 % (95 % interval 31.0
    /// to 37.3 %)".
    pub fn sentence<'a>(&'a self, base: &'a str, other: &'a str) -> Sentence<'a> {
        Sentence { verdict: self, base, other }
    }
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, base, other } = self;
        match verdict {
            Verdict::Faster { by, ratio } => {
                write!(f, "{other} is faster than {base} by {:.1} % ({})", 100.0 * by, Size(ratio))
            }
            Verdict::Slower { by, ratio } => {
                write!(f, "{other} is slower than {base} by {:.1} % ({})", 100.0 * by, Size(ratio))
            }
            Verdict::NoDifference { beyond, ratio } => {
                let beyond = (1000.0 * beyond).round() / 10.0;
                write!(
                    f,
                    "no difference beyond {beyond} % between {base} and {other} ({})",
                    Change(ratio)
                )
            }
            Verdict::Undecided { ratio: Some(ratio), needs } => {
                let change = 100.0 * (ratio.value - 1.0);
                write!(
                    f,
                    "undecided: {other} against {base} is {change:+.1} % ({}), {}",
                    Change(ratio),
                    More(needs)
                )
            }
            Verdict::Undecided { ratio: None, needs } => {
                write!(f, "undecided: too few slices, {}", More(needs))
            }
        }
    }
}

/// The interval of a difference that has a direction: both ends without sign, the smaller first.
struct Size<'a>(&'a Interval);

impl fmt::Display for Size<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (100.0 * (self.0.low - 1.0).abs(), 100.0 * (self.0.high - 1.0).abs());
        write!(f, "{} interval {:.1} to {:.1} %", Confidence(self.0), a.min(b), a.max(b))
    }
}

/// The interval of a change of either sign.
struct Change<'a>(&'a Interval);

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (100.0 * (self.0.low - 1.0), 100.0 * (self.0.high - 1.0));
        write!(f, "{} interval {low:+.1} to {high:+.1} %", Confidence(self.0))
    }
}

struct Confidence<'a>(&'a Interval);

impl fmt::Display for Confidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", (1000.0 * self.0.confidence).round() / 10.0)
    }
}

struct More<'a>(&'a Needs);

impl fmt::Display for More<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.time_s;
        if seconds < 90.0 {
            write!(f, "needs about {:.0} s more", seconds.max(1.0))
        } else if seconds < 5400.0 {
            write!(f, "needs about {:.0} min more", seconds / 60.0)
        } else {
            write!(f, "needs more than an hour more")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Metric;
    use crate::stats::needs::Progress;
    use std::time::Duration;

    fn say(value: f64, low: f64, high: f64, metric: Metric) -> String {
        let ratio = Interval { value, low, high, confidence: 0.95 };
        let so_far = Progress { pairs: 20, elapsed: Duration::from_secs(10) };
        Verdict::of(ratio, metric, 0.02, so_far).sentence("ucx", "libfabric").to_string()
    }

    #[test]
    fn reads_as_english() {
        let slower = "libfabric is slower than ucx by 34.1 % (95 % interval 31.0 to 37.3 %)";
        assert_eq!(say(1.341, 1.310, 1.373, Metric::Median), slower);
        let faster = "libfabric is faster than ucx by 20.0 % (95 % interval 18.0 to 22.0 %)";
        assert_eq!(say(0.80, 0.78, 0.82, Metric::P99), faster);
        assert_eq!(say(1.20, 1.18, 1.22, Metric::Bandwidth), faster);
        let same =
            "no difference beyond 2 % between ucx and libfabric (95 % interval -0.4 to +1.1 %)";
        assert_eq!(say(1.003, 0.996, 1.011, Metric::Mean), same);
        let undecided = "undecided: libfabric against ucx is +1.0 % \
                         (95 % interval -1.2 to +3.3 %), needs about 40 s more";
        assert_eq!(say(1.01, 0.988, 1.033, Metric::Mean), undecided);
    }
}
