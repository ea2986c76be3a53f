//! The warm-up: until the series of each variant is steady.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::job::{Injected, Job};
use super::observer::Observer;
use super::turn::Turn;
use crate::stats::{SteadyRule, SteadyState, WarmUp};
use crate::worker::Step;

/// The longest a variant warms up.
const MAX_WARM_UP: Duration = Duration::from_secs(3);

/// Gives variants short turns until each is steady, or its time is up, or the run shall end.
pub(super) fn warm_up(job: &Job, turns: &mut [Turn<'_>], observer: &mut dyn Observer) {
    let slice = job.slice.min(Duration::from_millis(100));
    let mut waiting: VecDeque<(usize, SteadyState, Duration)> = (0..turns.len())
        .map(|index| {
            let rule = SteadyRule { batch: 1, ..SteadyRule::default() };
            (index, SteadyState::new(rule), Duration::ZERO)
        })
        .collect();
    while let Some((index, mut steady, mut spent)) = waiting.pop_front() {
        let turn = &mut turns[index];
        observer.step(&turn.label, Step::WarmUp);
        let start = Instant::now();
        let Some(reports) = turn.slice(Step::WarmUp, slice, observer) else { continue };
        spent += start.elapsed();
        let samples = reports.first().map(|leader| leader.samples.clone()).unwrap_or_default();
        let warm = samples.iter().find_map(|sample| steady.push(sample.delivered_ns));
        let enough = spent >= MAX_WARM_UP || observer.is_stopped();
        let warm = warm.or_else(|| enough.then(|| steady.give_up()));
        match warm {
            None => waiting.push_back((index, steady, spent)),
            Some(warm) => {
                if turn.gathered.warm_ups.is_empty() {
                    turn.delay(delay_ns(turn.contender.injected, &warm));
                }
                turn.gathered.warm_ups.push(warm);
            }
        }
    }
}

fn delay_ns(injected: Option<Injected>, warm: &WarmUp) -> u64 {
    match injected {
        None => 0,
        Some(Injected::Delay(delay)) => u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX),
        Some(Injected::Share(share)) => (warm.steady_median_ns.unwrap_or_default() * share) as u64,
    }
}
