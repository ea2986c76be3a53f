//! The comparisons of a run: each variant against the first.

use std::time::Duration;

use super::job::Job;
use super::turn::Turn;
use crate::stats::{Comparison, Decision, MIN_SLICES, Reason, StoppingRule, Verdict};

/// All comparisons of a run.
pub(super) struct Judge {
    /// Time spent measuring.
    pub elapsed: Duration,
    comparisons: Vec<Comparison>,
    by_restart: bool,
    open: bool,
}

impl Judge {
    /// Comparisons that rest on `restarts` starts of the processes where these are enough, and on
    /// slices of time otherwise.
    pub fn new(job: &Job, restarts: u32) -> Self {
        let by_restart = restarts as usize >= MIN_SLICES;
        let others = job.contenders.len().saturating_sub(1).max(1);
        let confidence = 1.0 - (1.0 - job.stop.confidence) / others as f64;
        let rule = StoppingRule { confidence, ..job.stop.clone() };
        let rule = if by_restart { rule.over_restarts() } else { rule };
        let comparisons = job.contenders.iter().map(|_| rule.clone().start()).collect();
        Self { elapsed: Duration::ZERO, comparisons, by_restart, open: true }
    }

    /// Judges what there is after each variant had a turn.
    pub fn after_pair(&mut self, turns: &[Turn<'_>]) {
        if !self.by_restart {
            self.look(turns);
        }
    }

    /// Judges what there is after a start of the processes has ended.
    pub fn after_restart(&mut self, turns: &[Turn<'_>]) {
        if self.by_restart {
            self.look(turns);
        }
    }

    /// Whether to measure no more: all is answered, or nobody is left.
    pub fn is_over(&self, job: &Job, turns: &[Turn<'_>]) -> bool {
        let well = turns.iter().filter(|turn| turn.is_well()).count();
        (!self.open && !job.whole_time && well > 1) || well == 0
    }

    /// A verdict for each variant but the first.
    pub fn verdicts(mut self, turns: &[Turn<'_>]) -> Vec<Option<Verdict>> {
        let (elapsed, by_restart) = (self.elapsed, self.by_restart);
        let comparisons = self.comparisons.iter_mut().enumerate();
        let verdict = |(index, comparison): (usize, &mut Comparison)| {
            let (base, other) = pair(turns, index)?;
            let (base, other) =
                (base.gathered.judged(by_restart), other.gathered.judged(by_restart));
            Some(comparison.finish(base, other, elapsed))
        };
        comparisons.map(verdict).collect()
    }

    /// The latest verdict in words.
    pub fn sentence(&self, turns: &[Turn<'_>]) -> Option<String> {
        let base = &turns.first()?.label;
        turns.iter().zip(&self.comparisons).skip(1).find_map(|(turn, comparison)| {
            Some(comparison.verdict()?.sentence(base, &turn.label).to_string())
        })
    }

    fn look(&mut self, turns: &[Turn<'_>]) {
        self.open = false;
        for (index, comparison) in self.comparisons.iter_mut().enumerate() {
            let Some((base, other)) = pair(turns, index) else { continue };
            let (base, other) =
                (base.gathered.judged(self.by_restart), other.gathered.judged(self.by_restart));
            let decision = comparison.after_pair(base, other, self.elapsed);
            self.open |= !matches!(decision, Decision::Stop(Reason::Answered | Reason::TimeUp));
        }
    }
}

/// The first variant and another one, when both are well.
fn pair<'t, 'j>(turns: &'t [Turn<'j>], index: usize) -> Option<(&'t Turn<'j>, &'t Turn<'j>)> {
    let (base, other) = (turns.first()?, &turns[index]);
    (index > 0 && base.is_well() && other.is_well()).then_some((base, other))
}
