//! The verdict of a run that stops when it knows: seldom wrong, and soon right.
//!
//! 1000 runs each, slices of 50 ms, at most 20 s, stopped by the first verdict however wide its
//! interval, which is the rule that errs most:
//!
//! | machine | A/A: differs | same | undecided | 5 % slower: found | after (median, 95 %) |
//! |---|---|---|---|---|---|
//! | quiet | 1.4 % | 0.4 % | 98.2 % | 98.3 % | 10.0 s, 20.0 s |
//! | skewed | 1.8 % | 16.1 % | 82.1 % | 99.9 % | 5.0 s, 20.0 s |
//! | two humps | 1.5 % | 63.9 % | 34.6 % | 100.0 % | 2.5 s, 10.0 s |
//! | clinging, 0.5 | 2.6 % | 0.0 % | 97.4 % | 83.3 % | 20.0 s, 20.0 s |
//! | busy | 2.4 % | 4.5 % | 93.1 % | 99.3 % | 5.0 s, 20.0 s |
//! | busy, clinging at 0.9 | 21.4 % | 0.0 % | 78.6 % | 62.3 % | 20.0 s, 20.0 s |
//!
//! "Clinging" slices need a longer run to find 5 %. The last row is a known limit: noise
//! that only one variant has, in waves of some twenty slices, passes for a difference at the early
//! looks, which are hardly longer.

use crate::machines::{BUSY, CLINGING, QUIET, SKEWED, TWO_HUMPS};
use crate::noise::{Machine, Run};
use kvbench::stats::{Comparison, Decision, Series, StoppingRule, Verdict};
use std::time::Duration;

const SLICE: Duration = Duration::from_millis(50);

/// Runs a comparison until it stops; gives its verdict and the time that took.
fn run(machine: Machine, effect: f64, rule: StoppingRule) -> (Verdict, Duration) {
    let (limit, seed) = (rule.max_time, rule.seed);
    let mut comparison: Comparison = rule.start();
    let (mut base, mut other) = (Series::new(), Series::new());
    let mut run = Run::new(machine, seed);
    let mut elapsed = Duration::ZERO;
    loop {
        let (a, b) = run.pair(effect, elapsed.as_secs_f64() / limit.as_secs_f64());
        base.push(a);
        other.push(b);
        elapsed += 2 * SLICE;
        if let Decision::Stop(_) = comparison.after_pair(&base, &other, elapsed) {
            return (comparison.finish(&base, &other, elapsed), elapsed);
        }
    }
}

/// Stops as soon as the verdict is in, however wide its interval.
fn verdict_only(seed: u64, max_time: Duration) -> StoppingRule {
    StoppingRule { precision: f64::INFINITY, max_time, seed, ..StoppingRule::default() }
}

fn is_difference(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Faster { .. } | Verdict::Slower { .. })
}

/// How many of `runs` runs `of` accepts.
fn count(runs: u64, of: impl Fn(u64) -> bool) -> u64 {
    (0..runs).filter(|&seed| of(seed)).count() as u64
}

#[test]
fn two_runs_of_the_same_seldom_differ() {
    // Five looks, and any difference stops: the harshest test of repeated looking.
    let wrong = count(100, |seed| {
        let machine = Machine { samples: 10, ..QUIET };
        is_difference(&run(machine, 1.0, verdict_only(seed, Duration::from_secs(4))).0)
    });
    assert!(wrong <= 5, "{wrong} of 100 A/A runs show a difference");
}

/// A run over `starts` starts, each off by what the luck of its processes is.
fn over_restarts(luck: Machine, effect: f64, starts: usize, seed: u64) -> Verdict {
    let mut run = Run::new(luck, seed);
    let (mut base, mut other) = (Series::of_restarts(), Series::of_restarts());
    let limit = Duration::from_secs(starts as u64);
    let mut comparison = verdict_only(seed, limit).over_restarts().start();
    for start in 1..=starts {
        let (a, b) = run.pair(effect, start as f64 / starts as f64);
        base.push(a);
        other.push(b);
        let elapsed = Duration::from_secs(start as u64);
        if let Decision::Stop(_) = comparison.after_pair(&base, &other, elapsed) {
            break;
        }
    }
    comparison.finish(&base, &other, limit)
}

#[test]
fn the_luck_of_a_start_is_no_difference_and_hides_none() {
    for luck in [0.0, 0.01, 0.03] {
        let machine = Machine { samples: 100, own: luck, common: 0.1, ..QUIET };
        let wrong = count(200, |seed| is_difference(&over_restarts(machine, 1.0, 10, seed)));
        assert!(wrong <= 12, "{wrong} of 200 A/A runs show a difference, at a luck of {luck}");
    }
    let machine = Machine { samples: 400, own: 0.01, common: 0.1, ..QUIET };
    let slower = |seed| over_restarts(machine, 1.05, 10, seed);
    let found = count(40, |seed| matches!(slower(seed), Verdict::Slower { .. }));
    assert!(found >= 38, "{found} of 40");
}

#[test]
fn five_percent_is_found_in_seconds() {
    let found = count(40, |seed| {
        let rule = verdict_only(seed, Duration::from_secs(8));
        matches!(run(TWO_HUMPS, 1.05, rule).0, Verdict::Slower { .. })
    });
    assert!(found >= 38, "{found} of 40");
}

#[test]
fn a_tiny_difference_is_none() {
    let steady = Machine { samples: 40, shape: crate::noise::Shape::Lognormal(0.05), ..QUIET };
    let rule = StoppingRule { max_time: Duration::from_secs(16), ..StoppingRule::default() };
    let verdict = run(steady, 1.003, rule).0;
    assert!(matches!(verdict, Verdict::NoDifference { .. }), "{}", verdict.sentence("a", "b"));
}

#[test]
fn what_is_unknown_in_time_says_so() {
    let rule = StoppingRule { max_time: Duration::from_secs(3), ..StoppingRule::default() };
    let verdict = run(QUIET, 1.0, rule).0;
    let Verdict::Undecided { needs, .. } = verdict else { panic!("{verdict:?}") };
    assert!((3.0..300.0).contains(&needs.time_s), "{needs:?}");
}

#[test]
#[ignore = "minutes; run in release"]
fn at_length() {
    let long_memory = Machine { own: 0.04, own_rho: 0.9, ..BUSY };
    let machines = [
        ("quiet", QUIET),
        ("skewed", SKEWED),
        ("two humps", TWO_HUMPS),
        ("clinging, 0.5", CLINGING),
        ("busy", BUSY),
        ("busy, clinging at 0.9", long_memory),
    ];
    for (name, machine) in machines {
        let runs = |effect: f64| -> Vec<(Verdict, Duration)> {
            let rule = |seed| verdict_only(seed, Duration::from_secs(20));
            (0..1000).map(|seed| run(machine, effect, rule(seed))).collect()
        };
        let (same, slower) = (runs(1.0), runs(1.05));
        let share = |runs: &[(Verdict, Duration)], of: fn(&Verdict) -> bool| {
            runs.iter().filter(|(verdict, _)| of(verdict)).count() as f64 / 10.0
        };
        let wrong = share(&same, is_difference);
        let none = share(&same, |verdict| matches!(verdict, Verdict::NoDifference { .. }));
        let undecided = share(&same, |verdict| !verdict.is_decided());
        let found = share(&slower, |verdict| matches!(verdict, Verdict::Slower { .. }));
        let mut times: Vec<f64> = slower.iter().map(|(_, time)| time.as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let (half, most) = (times[500], times[950]);
        let same = format!("{wrong:.1} % | {none:.1} % | {undecided:.1} %");
        println!("| {name} | {same} | {found:.1} % | {half:.1} s, {most:.1} s |");
        if machine.own_rho < 0.9 {
            assert!(wrong <= 5.0, "{name}: {wrong} % of A/A runs show a difference");
        }
    }
}
