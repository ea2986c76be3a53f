//! Intervals hold the truth as often as they say.
//!
//! Coverage of the 95 % interval of the ratio other / base, 1000 runs each (median, p99, mean, in
//! %):
//!
//! | machine | 10 slices | 20 | 50 | 150 |
//! |---|---|---|---|---|
//! TABLE
//!
//! Ten slices that resemble their neighbours at 0.5 cannot show it; that is why a verdict asks for
//! eight effective slices.

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
                let least = if machine.own_rho >= 0.5 && slices < 50 { 0.88 } else { 0.92 };
                assert!((least..=0.995).contains(&share), "{name}, {slices}, {metric}: {share}");
            }
        }
        println!("{line}");
    }
}
