//! Intervals hold the truth as often as they say.
//!
//! Coverage of the 95 % interval of the ratio other / base, 1000 runs each (median, p99, mean, in
//! %):
//!
//! | machine | 10 slices | 20 | 50 | 150 |
//! |---|---|---|---|---|
//! | quiet | 96.4 98.6 96.5 | 96.8 97.6 97.4 | 97.9 96.9 98.1 | 97.2 97.0 98.0 |
//! | skewed | 97.3 98.6 97.8 | 96.3 98.5 98.1 | 97.1 97.6 98.0 | 97.4 97.1 98.4 |
//! | two humps | 97.9 97.2 97.3 | 97.6 96.9 95.4 | 97.6 97.4 97.7 | 98.0 96.8 97.3 |
//! | drifting | 97.7 97.9 96.4 | 97.7 97.1 97.7 | 99.0 98.3 97.8 | 98.6 97.3 98.0 |
//! | clinging, 0.5 | 94.5 98.0 93.4 | 94.8 97.0 94.4 | 96.8 96.9 96.1 | 96.5 97.4 95.7 |
//! | busy | 95.9 93.4 93.7 | 96.4 92.8 95.2 | 97.6 95.9 96.9 | 96.5 96.5 96.8 |
//!
//! Intervals err on the wide side: autocorrelation is rather over- than underestimated, because an
//! interval too narrow shows differences in A/A runs.

use crate::machines::{BUSY, CLINGING, DRIFTING, QUIET, SKEWED, TWO_HUMPS};
use crate::noise::{Machine, Run};
use kvbench::stats::{Interval, Metric, interval, ratio_interval};

const EFFECT: f64 = 1.05;
const LATENCIES: [Metric; 3] = [Metric::Median, Metric::P99, Metric::Mean];

/// The share of `runs` runs whose interval holds `truth`.
fn coverage(runs: u64, truth: f64, interval: impl Fn(u64) -> Option<Interval>) -> f64 {
    let holds = |seed: &u64| interval(*seed).is_some_and(|interval| interval.contains(truth));
    (0..runs).filter(holds).count() as f64 / runs as f64
}

fn of_ratio(machine: Machine, slices: usize, metric: Metric, runs: u64) -> f64 {
    let truth = if metric.larger_is_faster() { 1.0 / EFFECT } else { EFFECT };
    coverage(runs, truth, |seed| {
        let (base, other) = Run::new(machine, seed).series(slices, EFFECT);
        ratio_interval(&base, &other, metric, 0.95, seed)
    })
}

/// 95 % within three standard errors of 100 runs.
fn assert_covers_briefly(machine: Machine, slices: usize, metric: Metric) {
    let covered = of_ratio(machine, slices, metric, 100);
    assert!(covered >= 0.885, "{metric} over {slices} slices: {covered}");
}

#[test]
fn few_slices() {
    assert_covers_briefly(QUIET, 10, Metric::Median);
    assert_covers_briefly(QUIET, 10, Metric::P99);
    assert_covers_briefly(QUIET, 10, Metric::Bandwidth);
}

#[test]
fn skewed_latencies() {
    assert_covers_briefly(SKEWED, 15, Metric::Median);
    assert_covers_briefly(SKEWED, 15, Metric::Mean);
}

#[test]
fn two_humps() {
    assert_covers_briefly(TWO_HUMPS, 15, Metric::Median);
}

#[test]
fn common_drift_cancels() {
    assert_covers_briefly(DRIFTING, 20, Metric::Median);
    assert_covers_briefly(DRIFTING, 20, Metric::Mean);
    let (base, other) = Run::new(DRIFTING, 1).series(100, EFFECT);
    let ratio = ratio_interval(&base, &other, Metric::Mean, 0.95, 1).unwrap();
    let alone = interval(&base, Metric::Mean, 0.95, 1).unwrap();
    assert!(3.0 * ratio.relative_half_width() < alone.relative_half_width());
}

#[test]
fn autocorrelated_slices() {
    let covered = of_ratio(CLINGING, 40, Metric::Mean, 200);
    assert!(covered >= 0.9, "{covered}");
}

#[test]
fn one_variant() {
    let truths = [(Metric::Median, 1e6), (Metric::Mean, 1e6 * (0.3_f64.powi(2) / 2.0).exp())];
    for (metric, truth) in truths {
        let covered = coverage(100, truth, |seed| {
            interval(&Run::new(QUIET, seed).series(12, 1.0).0, metric, 0.95, seed)
        });
        assert!(covered >= 0.885, "{metric}: {covered}");
    }
}

#[test]
#[ignore = "minutes; run in release"]
fn at_length() {
    let machines = [
        ("quiet", QUIET),
        ("skewed", SKEWED),
        ("two humps", TWO_HUMPS),
        ("drifting", DRIFTING),
        ("clinging, 0.5", CLINGING),
        ("busy", BUSY),
    ];
    for (name, machine) in machines {
        let mut line = format!("| {name} |");
        for slices in [10, 20, 50, 150] {
            let covered = LATENCIES.map(|metric| of_ratio(machine, slices, metric, 1000));
            line += &covered.map(|share| format!(" {:.1}", 100.0 * share)).concat();
            line += " |";
            for (metric, share) in LATENCIES.iter().zip(covered) {
                assert!((0.915..=0.995).contains(&share), "{name}, {slices}, {metric}: {share}");
            }
        }
        println!("{line}");
    }
}
