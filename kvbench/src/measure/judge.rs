//! The comparisons of a run: each variant against the first, and against its ceilings.

use std::time::Duration;

use super::job::{Ceiling, Job};
use super::turn::Turn;
use crate::stats::{
    Comparison, Decision, Interval, MIN_SLICES, Reason, Series, StoppingRule, Verdict,
};

/// All comparisons of a run.
pub(super) struct Judge {
    /// Time spent measuring.
    pub elapsed: Duration,
    verdicts: Vec<Pair>,
    ceilings: Vec<Pair>,
    by_restart: bool,
    open: bool,
}

/// Two variants, by their place in the job.
struct Pair {
    base: usize,
    other: usize,
    comparison: Comparison,
}

/// What a run says of a variant beside its figures.
pub(super) struct Answers {
    pub verdict: Option<Verdict>,
    pub ceilings: Vec<Ceiling>,
}

impl Judge {
    /// Comparisons that rest on `restarts` starts of the processes where these are enough, and on
    /// slices of time otherwise. All verdicts together have the confidence asked for; how near a
    /// variant came to a ceiling has it each by itself.
    pub fn new(job: &Job, restarts: u32) -> Self {
        let by_restart = restarts as usize >= MIN_SLICES;
        let all = 0..job.contenders.len();
        let base = job.base();
        let others: Vec<usize> =
            all.clone().filter(|index| *index != base && !job.is_ceiling(*index)).collect();
        let confidence = 1.0 - (1.0 - job.stop.confidence) / others.len().max(1) as f64;
        let pair = |base: usize, other: usize, confidence: f64| {
            let rule = StoppingRule { confidence, ..job.stop.clone() };
            let rule = if by_restart { rule.over_restarts() } else { rule };
            Pair { base, other, comparison: rule.start() }
        };
        let verdicts = others.into_iter().map(|other| pair(base, other, confidence)).collect();
        let ceilings = all.flat_map(|own| {
            let ceilings = job.ceilings_of(own).into_iter();
            ceilings.map(move |ceiling| (ceiling, own))
        });
        let ceilings =
            ceilings.map(|(ceiling, own)| pair(ceiling, own, job.stop.confidence)).collect();
        Self { elapsed: Duration::ZERO, verdicts, ceilings, by_restart, open: true }
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

    /// Whether to measure no more: all is answered, or nobody is left but ceilings.
    pub fn is_over(&self, job: &Job, turns: &[Turn<'_>]) -> bool {
        let well = (0..turns.len()).filter(|index| turns[*index].is_well());
        let (ceilings, asked): (Vec<usize>, Vec<usize>) =
            well.partition(|index| job.is_ceiling(*index));
        let several = asked.len() + ceilings.len() > 1;
        asked.is_empty() || (several && !self.open && !job.whole_time)
    }

    /// What is to be said of each variant.
    pub fn answers(mut self, turns: &[Turn<'_>]) -> Vec<Answers> {
        let (elapsed, by_restart) = (self.elapsed, self.by_restart);
        let mut answers: Vec<Answers> =
            turns.iter().map(|_| Answers { verdict: None, ceilings: Vec::new() }).collect();
        for pair in &mut self.verdicts {
            if let Some((base, other)) = pair.series(turns, by_restart) {
                answers[pair.other].verdict = Some(pair.comparison.finish(base, other, elapsed));
            }
        }
        for pair in &mut self.ceilings {
            if let Some((base, other)) = pair.series(turns, by_restart) {
                let verdict = pair.comparison.finish(base, other, elapsed);
                let share = verdict.ratio().map(inverse);
                answers[pair.other].ceilings.push(Ceiling { contender: pair.base, share });
            }
        }
        answers
    }

    /// The latest verdict in words.
    pub fn sentence(&self, turns: &[Turn<'_>]) -> Option<String> {
        self.verdicts.iter().find_map(|pair| {
            let (base, other) = (&turns[pair.base].label, &turns[pair.other].label);
            Some(pair.comparison.verdict()?.sentence(base, other).to_string())
        })
    }

    fn look(&mut self, turns: &[Turn<'_>]) {
        self.open = false;
        for pair in self.verdicts.iter_mut().chain(&mut self.ceilings) {
            let Some((base, other)) = pair.series(turns, self.by_restart) else { continue };
            let decision = pair.comparison.after_pair(base, other, self.elapsed);
            self.open |= !matches!(decision, Decision::Stop(Reason::Answered | Reason::TimeUp));
        }
    }
}

impl Pair {
    /// What the comparison rests on, when both variants are well.
    fn series<'t>(
        &self,
        turns: &'t [Turn<'_>],
        by_restart: bool,
    ) -> Option<(&'t Series, &'t Series)> {
        let (base, other) = (&turns[self.base], &turns[self.other]);
        let of = |turn: &'t Turn<'_>| turn.gathered.judged(by_restart);
        (base.is_well() && other.is_well()).then(|| (of(base), of(other)))
    }
}

/// The interval of the ratio the other way round.
fn inverse(ratio: &Interval) -> Interval {
    Interval {
        value: 1.0 / ratio.value,
        low: 1.0 / ratio.high,
        high: 1.0 / ratio.low,
        confidence: ratio.confidence,
    }
}
