//! The search: setting by setting, in rounds of a few variants against the best so far.
//!
//! A round's values of one setting are measured in turns with the best so far. Only what is surely faster
//! takes its place, the fastest of them. When all settings had their turn and one was changed, they have
//! another as long as time allows, since settings depend on each other. What is left of the budget goes to a
//! last round of fresh processes, the best against the base. Its verdict is the outcome: that the best was
//! chosen for its figures is not in it.

use std::time::Duration;

use super::setting::Setting;
use crate::error::Result;
use crate::stats::Verdict;
use crate::variant::Variant;

/// Values that are measured at the same time, beside the best so far.
const CHALLENGERS: usize = 3;

/// The share of the budget for the last round.
const LAST_ROUND: f64 = 0.4;

/// The share of a round that is measuring, at most and at least; the rest goes into starting and ending
/// processes, as much as it took in the rounds before.
const MEASURING: (f64, f64) = (0.6, 0.2);

/// Measures variants against each other.
pub trait Measurer {
    /// Measures `base` and `others` in turns for at most about `time`, their starts not counted, and
    /// judges each of the others against the base.
    ///
    /// # Errors
    /// The base fails, or nothing can be measured at all.
    fn measure(
        &mut self,
        base: &Variant,
        others: &[Variant],
        time: Duration,
    ) -> Result<Vec<Answer>>;

    /// The time since the search began.
    fn elapsed(&self) -> Duration;
}

/// What became of a variant in a round.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// It was measured.
    Judged(Verdict),
    /// It failed, for this reason.
    Failed(String),
}

/// A value that was tried.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    /// The setting.
    pub setting: &'static str,
    /// Its value.
    pub value: String,
    /// The value of the best so far.
    pub against: String,
    /// What came of it.
    pub answer: Answer,
}

/// The outcome of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct Tuned {
    /// What is best: the base, or what was surely faster than it in the last round.
    pub best: Variant,
    /// What was best in the search, and the verdict of the last round on it; `None` if nothing was
    /// faster than the base.
    pub last_round: Option<(Variant, Answer)>,
    /// What was tried, in this order.
    pub trials: Vec<Trial>,
    /// Values for which no time was left, each with its setting.
    pub untried: Vec<(&'static str, String)>,
}

/// Searches `settings` for what is faster than `base`, for about `budget`.
///
/// # Errors
/// Those of [`Measurer::measure`].
pub fn search(
    base: &Variant,
    settings: &[Setting],
    budget: Duration,
    measurer: &mut impl Measurer,
) -> Result<Tuned> {
    let end = budget.mul_f64(1.0 - LAST_ROUND);
    let mut search = Search {
        base,
        settings,
        end,
        measurer,
        best: base.clone(),
        seen: Vec::new(),
        trials: Vec::new(),
        overhead: Duration::ZERO,
    };
    let untried = search.passes()?;
    let Search { best, trials, overhead, .. } = search;
    if best == *base {
        return Ok(Tuned { best, last_round: None, trials, untried });
    }
    let left = budget.saturating_sub(measurer.elapsed()).max(budget.mul_f64(LAST_ROUND / 2.0));
    let time = measuring(left, overhead);
    let answers = measurer.measure(base, std::slice::from_ref(&best), time)?;
    let answer = answers.into_iter().next();
    let answer = answer.unwrap_or_else(|| Answer::Failed("it was not measured".to_owned()));
    let confirmed = matches!(answer, Answer::Judged(Verdict::Faster { .. }));
    let winner = if confirmed { best.clone() } else { base.clone() };
    Ok(Tuned { best: winner, last_round: Some((best, answer)), trials, untried })
}

/// A search on its way.
struct Search<'s, M> {
    base: &'s Variant,
    settings: &'s [Setting],
    /// When there is only the time of the last round left.
    end: Duration,
    measurer: &'s mut M,
    best: Variant,
    /// What was tried, whatever came of it.
    seen: Vec<Variant>,
    trials: Vec<Trial>,
    /// The most that a round took beyond what it was to measure.
    overhead: Duration,
}

impl<M: Measurer> Search<'_, M> {
    /// Goes through the settings until nothing changes or the time is over; what was never tried.
    fn passes(&mut self) -> Result<Vec<(&'static str, String)>> {
        loop {
            let (before, begun) = (self.best.clone(), self.measurer.elapsed());
            let untried = self.pass()?;
            let took = self.measurer.elapsed().saturating_sub(begun);
            let left = self.end.saturating_sub(self.measurer.elapsed());
            if !untried.is_empty() || self.best == before || left < took {
                return Ok(untried);
            }
        }
    }

    /// Tries each setting once; what was not tried.
    fn pass(&mut self) -> Result<Vec<(&'static str, String)>> {
        let mut untried = Vec::new();
        for (index, setting) in self.settings.iter().enumerate() {
            let mut open = self.open(setting);
            while !open.is_empty() {
                let left = self.end.saturating_sub(self.measurer.elapsed());
                if left.is_zero() {
                    untried.extend(open.iter().map(|one| (setting.name, setting.value(one))));
                    break;
                }
                let rest: usize = self.settings[index + 1..]
                    .iter()
                    .map(|later| rounds(self.open(later).len()))
                    .sum();
                let share = left / (rounds(open.len()) + rest) as u32;
                let others: Vec<_> = open.drain(..open.len().min(CHALLENGERS)).collect();
                self.round(setting, others, share)?;
            }
        }
        Ok(untried)
    }

    /// The variants that differ from the best in this setting and were not tried yet.
    fn open(&self, setting: &Setting) -> Vec<Variant> {
        let set = setting.candidates.iter().map(|candidate| setting.set(candidate, &self.best));
        let mut open = vec![setting.reset(self.base, &self.best)];
        open.extend(set);
        open.retain(|one| *one != self.best && *one != *self.base && !self.seen.contains(one));
        open
    }

    /// Measures variants against the best, and keeps the fastest of those that are faster.
    fn round(&mut self, setting: &Setting, others: Vec<Variant>, time: Duration) -> Result<()> {
        let (time, begun) = (measuring(time, self.overhead), self.measurer.elapsed());
        let answers = self.measurer.measure(&self.best, &others, time)?;
        let took = self.measurer.elapsed().saturating_sub(begun);
        self.overhead = self.overhead.max(took.saturating_sub(time));
        let against = setting.value(&self.best);
        let mut fastest: Option<(f64, &Variant)> = None;
        for (variant, answer) in others.iter().zip(answers) {
            if let Answer::Judged(Verdict::Faster { by, .. }) = answer
                && fastest.is_none_or(|(most, _)| by > most)
            {
                fastest = Some((by, variant));
            }
            let (value, against) = (setting.value(variant), against.clone());
            self.trials.push(Trial { setting: setting.name, value, against, answer });
        }
        if let Some((_, variant)) = fastest {
            self.best = variant.clone();
        }
        self.seen.extend(others);
        Ok(())
    }
}

/// How much of a round is for measuring, where so much went into other things before.
fn measuring(round: Duration, overhead: Duration) -> Duration {
    let (most, least) = (round.mul_f64(MEASURING.0), round.mul_f64(MEASURING.1));
    round.saturating_sub(overhead).clamp(least, most)
}

/// Rounds for so many variants.
fn rounds(variants: usize) -> usize {
    variants.div_ceil(CHALLENGERS)
}

#[cfg(test)]
mod tests;
