//! When to stop measuring.

use super::looks::Looks;
use super::needs::{Needs, Progress};
use super::verdict::{DEFAULT_MARGIN, Verdict};
use super::{Estimate, Interval, MIN_SLICES, Metric, Series};
use std::time::Duration;

/// Pairs of slices, less what their autocorrelation takes, below which a look takes them for the
/// fewest that there can be: the autocorrelation itself is then known too badly to tell more.
pub const MIN_EFFECTIVE_SLICES: f64 = 8.0;

/// What a comparison has to find out, and how long it may take.
///
/// To compare k variants with one base, give each comparison the confidence 1 − 0.05 / k.
#[derive(Debug, Clone, PartialEq)]
pub struct StoppingRule {
    /// What is compared.
    pub metric: Metric,
    /// Relative half width of the ratio's interval to reach; 0.02 is ± 2 %.
    pub precision: f64,
    /// Differences within ± this share count as none.
    pub margin: f64,
    /// Confidence of the verdict, over all looks together.
    pub confidence: f64,
    /// Pairs of slices before the first look. A look due earlier is lost: saving its share of the
    /// error for the next one would spend most of it where the least is known.
    pub min_slices: usize,
    /// Time after which the comparison ends without an answer.
    pub max_time: Duration,
    /// Looks at the data within that time, see [`Looks`].
    pub looks: u32,
    /// Seed of the resampling: the same data and seed give the same verdict.
    pub seed: u64,
}

impl Default for StoppingRule {
    /// Median latency to ± 2 % at 95 %, after 20 to as many pairs of slices as fit in 60 s, in five
    /// looks.
    fn default() -> Self {
        Self {
            metric: Metric::Median,
            precision: 0.02,
            margin: DEFAULT_MARGIN,
            confidence: 0.95,
            min_slices: 20,
            max_time: Duration::from_secs(60),
            looks: 5,
            seed: 1,
        }
    }
}

/// What to do after a pair of slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Measure the next pair. Says how much more is likely to be needed, once there was a look.
    Continue(Option<Needs>),
    /// Measure no more.
    Stop(Reason),
}

/// Why a comparison stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The verdict is in, and its interval is as short as asked.
    Answered,
    /// The time is up; the verdict may be in or not.
    TimeUp,
}

/// A comparison under way. It keeps no samples and reads no clock.
#[derive(Debug, Clone)]
pub struct Comparison {
    rule: StoppingRule,
    looks: Looks,
    latest: Option<Verdict>,
    needs: Option<Needs>,
    stopped: Option<Reason>,
}

impl StoppingRule {
    /// The same for series of restarts: they are few, so it looks after half of the time and after
    /// all of it.
    pub fn over_restarts(self) -> Self {
        Self { min_slices: MIN_SLICES, looks: 2, ..self }
    }

    /// Begins a comparison.
    pub fn start(self) -> Comparison {
        let looks = Looks::new(1.0 - self.confidence, self.looks, self.max_time);
        Comparison { rule: self, looks, latest: None, needs: None, stopped: None }
    }
}

impl Comparison {
    /// Call after each pair of slices, with the time since the first slice began. It judges only
    /// when a look is due, which takes milliseconds; otherwise it returns at once. After a stop it
    /// keeps saying so.
    pub fn after_pair(&mut self, base: &Series, other: &Series, elapsed: Duration) -> Decision {
        if let Some(reason) = self.stopped {
            return Decision::Stop(reason);
        }
        let so_far = Progress { pairs: base.len().min(other.len()), elapsed };
        if elapsed >= self.rule.max_time {
            self.finish(base, other, elapsed);
        } else if let Some(alpha) = self.looks.take(elapsed)
            && so_far.pairs >= self.rule.min_slices.max(MIN_SLICES)
        {
            self.look(base, other, alpha, so_far);
        }
        self.stopped.map_or(Decision::Continue(self.needs), Decision::Stop)
    }

    /// Ends the comparison now, with a last look if it is still open, and gives the verdict. For a
    /// run that someone ended, not for one whose figures look good: see [`Looks::take_last`].
    pub fn finish(&mut self, base: &Series, other: &Series, elapsed: Duration) -> Verdict {
        let so_far = Progress { pairs: base.len().min(other.len()), elapsed };
        if self.stopped.is_none()
            && let Some(alpha) = self.looks.take_last()
        {
            self.look(base, other, alpha, so_far);
            self.stopped.get_or_insert(Reason::TimeUp);
        }
        self.latest.unwrap_or_else(|| too_few(so_far))
    }

    /// The verdict of the latest look; valid whenever it is read.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.latest.as_ref()
    }

    /// Judges at error `alpha`, and stops on an answer that is precise enough.
    fn look(&mut self, base: &Series, other: &Series, alpha: f64, so_far: Progress) {
        let verdict = self.judge(base, other, alpha, so_far);
        let half_width = verdict.ratio().map_or(f64::INFINITY, Interval::relative_half_width);
        self.needs = match verdict {
            Verdict::Undecided { needs, .. } => Some(needs),
            _ if half_width > self.rule.precision => {
                Some(Needs::to_narrow(half_width, self.rule.precision, so_far))
            }
            _ => None,
        };
        self.latest = Some(verdict);
        if self.needs.is_none() {
            self.stopped = Some(Reason::Answered);
        }
    }

    /// The verdict at error `alpha`; its interval carries the confidence of all looks together.
    fn judge(&self, base: &Series, other: &Series, alpha: f64, so_far: Progress) -> Verdict {
        let StoppingRule { metric, margin, confidence, seed, .. } = self.rule;
        let Some(estimate) = Estimate::ratio(base, other, metric, seed) else {
            return too_few(so_far);
        };
        let known = base.is_of_restarts() && other.is_of_restarts();
        let few = !known && estimate.effective_slices < MIN_EFFECTIVE_SLICES;
        let estimate = if few { estimate.at_worst() } else { estimate };
        let ratio = Interval { confidence, ..estimate.interval(1.0 - alpha) };
        Verdict::of(ratio, metric, margin, so_far)
    }
}

/// The verdict while there are too few slices for any interval.
fn too_few(so_far: Progress) -> Verdict {
    Verdict::Undecided { ratio: None, needs: Needs::to_reach(MIN_EFFECTIVE_SLICES, so_far) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Slice;

    /// `pairs` pairs; base takes 1 ms and other `effect` times as long, each with a little
    /// alternation.
    fn measured(pairs: u64, effect: f64) -> (Series, Series) {
        let slice = |ns: f64, i: u64| Slice {
            latencies_ns: vec![(ns * (1.0 + 0.001 * (i * 7 % 5) as f64)) as u64; 3],
            bytes: 3,
            elapsed_ns: 3,
        };
        let base = (0..pairs).map(|i| slice(1e6, i)).collect();
        (base, (0..pairs).map(|i| slice(1e6 * effect, i + 2)).collect())
    }

    fn rule() -> StoppingRule {
        StoppingRule { max_time: Duration::from_secs(16), ..StoppingRule::default() }
    }

    #[test]
    fn judges_at_planned_times_only() {
        let (base, other) = measured(20, 1.3);
        let mut comparison = rule().start();
        let early = comparison.after_pair(&base, &other, Duration::from_millis(900));
        assert_eq!((early, comparison.verdict()), (Decision::Continue(None), None));
        let due = comparison.after_pair(&base, &other, Duration::from_secs(1));
        assert_eq!(due, Decision::Stop(Reason::Answered));
        let Some(Verdict::Slower { by, .. }) = comparison.verdict() else { panic!() };
        assert!((by - 0.3).abs() < 0.01);
        let ever_after = comparison.after_pair(&base, &other, Duration::from_secs(99));
        assert_eq!(ever_after, Decision::Stop(Reason::Answered));
    }

    #[test]
    fn waits_for_the_first_slices() {
        let (few, too) = measured(19, 1.3);
        let mut comparison = rule().start();
        let early = comparison.after_pair(&few, &too, Duration::from_secs(2));
        assert_eq!((early, comparison.verdict()), (Decision::Continue(None), None));
        let (base, other) = measured(20, 1.3);
        let lost = comparison.after_pair(&base, &other, Duration::from_millis(2100));
        assert_eq!((lost, comparison.verdict()), (Decision::Continue(None), None));
        let next = comparison.after_pair(&base, &other, Duration::from_secs(4));
        assert_eq!(next, Decision::Stop(Reason::Answered));
    }

    #[test]
    fn the_end_of_time_ends_it() {
        let (base, other) = measured(4, 1.3);
        let mut comparison = rule().start();
        let decision = comparison.after_pair(&base, &other, Duration::from_secs(16));
        assert_eq!(decision, Decision::Stop(Reason::TimeUp));
        let verdict = comparison.finish(&base, &other, Duration::from_secs(16));
        let needs = Needs { pairs: 4, time_s: 16.0 };
        assert_eq!(verdict, Verdict::Undecided { ratio: None, needs });
    }

    #[test]
    fn the_same_is_an_answer() {
        let (base, other) = measured(30, 1.002);
        let verdict = rule().start().finish(&base, &other, Duration::from_secs(3));
        assert!(matches!(verdict, Verdict::NoDifference { beyond: 0.02, .. }), "{verdict:?}");
    }
}
