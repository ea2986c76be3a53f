//! A run: the processes of every variant started, verified, warmed up, measured in turns and
//! verified again; and all of that again with fresh processes, as often as time allows. At the end, the
//! NICs alone.

use std::time::{Duration, Instant};

use super::alone::measure_alone;
use super::job::{Job, Outcome};
use super::judge::Judge;
use super::memory::fits_into_memory;
use super::observer::Observer;
use super::turn::Turn;
use super::warm_up::warm_up;
use crate::error::Result;
use crate::stats::MIN_SLICES;
use crate::workload::Plan;

/// The most starts that a run chooses by itself.
const MOST_RESTARTS: u32 = 10;

/// Runs a job. A variant that fails is reported as failed; the others go on.
///
/// Call it on a thread that lives as long as the run: the workers die with that thread.
///
/// # Errors
/// The workload makes no sense, or needs more memory than the machine has.
pub fn run(job: &Job, observer: &mut dyn Observer) -> Result<Vec<Outcome>> {
    let plan = job.workload.traffic.plan()?;
    fits_into_memory(&plan, &job.sides_here(), job.workload.in_flight, job.contenders.len())?;
    let contenders = job.contenders.iter().enumerate();
    let mut turns: Vec<Turn<'_>> =
        contenders.map(|(index, contender)| Turn::new(job, index, contender)).collect();

    turns.iter().for_each(|turn| turn.tell_refusal(observer));
    let start = Instant::now();
    set_up(job, &plan, &mut turns, 0, observer);
    let restarts = job.restarts.unwrap_or_else(|| affordable(job, start.elapsed()));
    let mut judge = Judge::new(job, restarts);
    for restart in 0..restarts {
        if restart > 0 {
            set_up(job, &plan, &mut turns, restart, observer);
        }
        measure(job, &plan, &mut turns, restarts, &mut judge, observer);
        turns.iter_mut().for_each(|turn| turn.end(job, observer));
        judge.after_restart(&turns);
        if judge.is_over(job, &turns) || observer.is_stopped() {
            break;
        }
    }
    let answers = judge.answers(&turns);
    let outcomes = turns.into_iter().zip(answers);
    let mut outcomes: Vec<_> = outcomes.map(|(turn, answers)| turn.outcome(job, answers)).collect();
    if !observer.is_stopped() {
        measure_alone(job, &mut outcomes, observer);
    }
    observer.end();
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// As many starts as take half as long as measuring does; one, where that is too few to judge by.
fn affordable(job: &Job, set_up: Duration) -> u32 {
    let fit = 0.5 * job.stop.max_time.as_secs_f64() / set_up.as_secs_f64().max(1e-3);
    let fit = (fit as u32).min(MOST_RESTARTS);
    if fit < MIN_SLICES as u32 { 1 } else { fit }
}

/// Starts the processes of each variant, forwards and backwards in turn, and warms them up.
fn set_up(
    job: &Job,
    plan: &Plan,
    turns: &mut [Turn<'_>],
    restart: u32,
    observer: &mut dyn Observer,
) {
    in_order(turns.len(), restart.is_multiple_of(2))
        .for_each(|index| turns[index].start(job, plan, observer));
    warm_up(job, turns, observer);
}

/// Gives variants turns of a slice each, forwards and backwards, for this start's share of the time.
fn measure(
    job: &Job,
    plan: &Plan,
    turns: &mut [Turn<'_>],
    restarts: u32,
    judge: &mut Judge,
    observer: &mut dyn Observer,
) {
    let (share, start) = (job.stop.max_time / restarts, Instant::now());
    let before = judge.elapsed;
    let mut forwards = true;
    loop {
        in_order(turns.len(), forwards)
            .for_each(|index| turns[index].measure(plan, job.slice, observer));
        forwards = !forwards;
        judge.elapsed = before + start.elapsed();
        judge.after_pair(turns);
        let latest = judge.sentence(turns);
        observer.measuring(judge.elapsed, job.stop.max_time, latest.as_deref());
        // A start has an even number of rounds, so that order favours nobody.
        let enough = start.elapsed() >= share || observer.is_stopped();
        if (forwards && enough) || judge.is_over(job, turns) {
            break;
        }
    }
}

/// The turns of a round: forwards, or backwards.
pub(crate) fn in_order(count: usize, forwards: bool) -> impl Iterator<Item = usize> {
    (0..count).map(move |index| if forwards { index } else { count - 1 - index })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        assert!(in_order(3, true).eq([0, 1, 2]));
        assert!(in_order(3, false).eq([2, 1, 0]));
    }
}
