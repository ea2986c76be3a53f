//! Warm-up of simulated series with a known end.

use crate::noise::normal;
use kvbench::stats::rng::Rng;
use kvbench::stats::{SteadyRule, SteadyState, WarmUp, mser_cut, warm_up};

/// `warm` latencies that fall from `slow` times the usual to the usual, then as many as it takes.
fn series(slow: f64, warm: usize, seed: u64) -> impl Iterator<Item = u64> {
    let mut rng = Rng::new(seed);
    (0..).map(move |i| {
        let left = 1.0 - (i as f64 / warm.max(1) as f64).min(1.0);
        (1e5 * slow.powf(left) * (0.1 * normal(&mut rng)).exp()) as u64
    })
}

fn watch(latencies_ns: impl Iterator<Item = u64>, rule: SteadyRule) -> WarmUp {
    let mut state = SteadyState::new(rule);
    let mut latencies_ns = latencies_ns;
    latencies_ns.find_map(|ns| state.push(ns)).expect("the bound ends it")
}

#[test]
fn finds_the_end_of_a_warm_up() {
    for seed in 0..20 {
        let found = watch(series(5.0, 100, seed), SteadyRule::default());
        assert!(found.steady, "{found:?}");
        assert!((70..=160).contains(&found.warm_up_samples), "{found:?}");
        let (before, after) = (found.warm_up_median_ns.unwrap(), found.steady_median_ns.unwrap());
        assert!(before > 1.5 * after && (after / 1e5 - 1.0).abs() < 0.1, "{found:?}");
    }
}

#[test]
fn a_warm_series_is_soon_known_to_be() {
    for seed in 0..20 {
        let found = watch(series(1.0, 0, seed), SteadyRule::default());
        assert!(found.steady && found.samples <= 200, "{found:?}");
    }
}

#[test]
fn a_slow_first_transfer_is_reported() {
    let mut latencies_ns: Vec<u64> = series(1.0, 0, 3).take(200).collect();
    latencies_ns[0] = 50_000_000;
    latencies_ns[33] = 3_000_000;
    let found = warm_up(&latencies_ns, SteadyRule::default());
    assert!(found.steady && found.warm_up_samples >= 1, "{found:?}");
    let reported: Vec<usize> = found.outliers.largest.iter().map(|outlier| outlier.index).collect();
    assert_eq!((found.outliers.count, reported), (2, vec![0, 33]));
}

#[test]
fn what_never_settles_ends_at_the_bound() {
    let rising = (0..).map(|i| 100_000 + 2_000 * i);
    let found = watch(rising, SteadyRule { max_samples: 400, ..SteadyRule::default() });
    assert!(!found.steady);
    assert_eq!((found.samples, found.warm_up_samples), (400, 400));
    assert_eq!(found.steady_median_ns, None);
}

#[test]
fn a_series_that_ends_early_is_not_steady() {
    let found = warm_up(&[5, 5, 5], SteadyRule::default());
    assert_eq!((found.steady, found.samples, found.warm_up_samples), (false, 3, 3));
    assert_eq!(warm_up(&[], SteadyRule::default()).warm_up_median_ns, None);
}

#[test]
fn mser_cuts_where_the_rest_is_surest() {
    assert_eq!(mser_cut(&[9.0, 5.0, 1.0, 1.1, 0.9, 1.0, 1.1, 0.9, 1.0, 1.0]), Some(2));
    assert_eq!(mser_cut(&[1.0; 8]), Some(0));
    assert_eq!(mser_cut(&[]), None);
}
