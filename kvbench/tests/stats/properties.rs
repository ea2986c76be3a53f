//! What holds for any slices.

use kvbench::stats::{
    Estimate, Histogram, Interval, Metric, Progress, Series, Slice, Summary, Verdict, mann_kendall,
    quantile, ratio_interval,
};
use proptest::prelude::*;
use std::time::Duration;

const METRICS: [Metric; 4] = [Metric::Median, Metric::P99, Metric::Mean, Metric::Bandwidth];

fn latencies() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1_000u64..10_000_000, 1..40)
}

fn slices() -> impl Strategy<Value = Vec<Slice>> {
    let slice = (latencies(), 1u64..1 << 30, 1_000_000u64..1_000_000_000);
    let slice = slice.prop_map(|(latencies_ns, bytes, elapsed_ns)| Slice {
        latencies_ns,
        bytes,
        elapsed_ns,
    });
    prop::collection::vec(slice, 5..12)
}

fn metric() -> impl Strategy<Value = Metric> {
    prop::sample::select(METRICS.to_vec())
}

fn scaled(slices: &[Slice], by: u64) -> Series {
    let scale = |slice: &Slice| Slice {
        latencies_ns: slice.latencies_ns.iter().map(|ns| ns * by).collect(),
        bytes: slice.bytes,
        elapsed_ns: slice.elapsed_ns * by,
    };
    slices.iter().map(scale).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 1e-9
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn intervals_hold_their_estimate(slices in slices(), metric in metric(), seed: u64) {
        let series: Series = slices.into_iter().collect();
        if let Some(estimate) = Estimate::of(&series, metric, seed) {
            let (wide, narrow) = (estimate.interval(0.99), estimate.interval(0.8));
            prop_assert!(narrow.contains(narrow.value));
            prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
            prop_assert_eq!(Some(estimate.value), series.value(metric));
            prop_assert_eq!(Some(estimate), Estimate::of(&series, metric, seed));
        }
    }

    #[test]
    fn the_unit_does_not_matter(slices in slices(), metric in metric(), by in 2u64..1000) {
        let (plain, scaled) = (scaled(&slices, 1), scaled(&slices, by));
        let factor = if metric.larger_is_faster() { 1.0 / by as f64 } else { by as f64 };
        if let Some(estimate) = Estimate::of(&plain, metric, 1) {
            let other = Estimate::of(&scaled, metric, 1).unwrap();
            prop_assert!(close(other.value, factor * estimate.value));
            prop_assert!(close(1.0 + other.log_error, 1.0 + estimate.log_error));
            let ratio = ratio_interval(&plain, &scaled, metric, 0.95, 1).unwrap();
            prop_assert!(close(ratio.low, factor) && close(ratio.high, factor), "{ratio:?}");
        }
    }

    #[test]
    fn base_and_other_mirror(a in slices(), b in slices(), metric in metric()) {
        let (a, b) = (scaled(&a, 1), scaled(&b, 1));
        let there = ratio_interval(&a, &b, metric, 0.95, 7);
        let back = ratio_interval(&b, &a, metric, 0.95, 7);
        if let Some((there, back)) = there.zip(back) {
            prop_assert!(close(there.value * back.value, 1.0));
            prop_assert!(close(there.low * back.high, 1.0) && close(there.high * back.low, 1.0));
        }
    }

    #[test]
    fn verdicts_mirror(low in 0.5f64..1.5, width in 1.0f64..1.2, metric in metric()) {
        let so_far = Progress { pairs: 20, elapsed: Duration::from_secs(4) };
        let judge = |low: f64, high: f64| {
            let ratio = Interval { value: (low * high).sqrt(), low, high, confidence: 0.95 };
            Verdict::of(ratio, metric, 0.02, so_far)
        };
        let mirrored = match (judge(low, low * width), judge(1.0 / (low * width), 1.0 / low)) {
            (Verdict::Faster { .. }, other) => matches!(other, Verdict::Slower { .. }),
            (Verdict::Slower { .. }, other) => matches!(other, Verdict::Faster { .. }),
            (Verdict::NoDifference { .. }, other) => matches!(other, Verdict::NoDifference { .. }),
            (Verdict::Undecided { .. }, other) => !other.is_decided(),
        };
        prop_assert!(mirrored);
    }

    #[test]
    fn histograms_merge_in_any_order(a in latencies(), b in latencies(), c in latencies()) {
        let of = |ns: &[u64]| Histogram::of(ns).unwrap();
        let (mut left, mut tail) = (of(&a), of(&b));
        left.merge(&of(&b)).unwrap();
        left.merge(&of(&c)).unwrap();
        tail.merge(&of(&c)).unwrap();
        tail.merge(&of(&a)).unwrap();
        prop_assert_eq!(&left, &tail);
        prop_assert_eq!(left, of(&[a, b, c].concat()));
    }

    #[test]
    fn histograms_survive_writing(ns in latencies()) {
        let histogram = Histogram::of(&ns).unwrap();
        let read = Histogram::from_base64(&histogram.to_base64().unwrap()).unwrap();
        prop_assert_eq!(&read, &histogram);
        let summary = histogram.summary().unwrap().unwrap();
        let json = serde_json::to_string(&summary).unwrap();
        prop_assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }

    #[test]
    fn histograms_keep_three_digits(mut ns in latencies(), p in 0.0f64..=1.0) {
        ns.sort_unstable();
        let rank = ((p * ns.len() as f64).ceil() as usize).max(1);
        let (exact, kept) = (ns[rank - 1], Histogram::of(&ns).unwrap().quantile(p).unwrap());
        prop_assert!(kept.abs_diff(exact) as f64 <= 0.001 * exact as f64, "{kept} for {exact}");
    }

    #[test]
    fn quantiles_rise_between_the_ends(
        mut ns in latencies(),
        p in 0.0f64..=1.0,
        q in 0.0f64..=1.0,
    ) {
        ns.sort_unstable();
        let at = |p: f64| quantile(&ns, p).unwrap();
        prop_assert!(at(p.min(q)) <= at(p.max(q)));
        prop_assert!(at(0.0) == ns[0] as f64 && at(1.0) == ns[ns.len() - 1] as f64);
    }

    #[test]
    fn a_reversed_series_has_the_opposite_trend(
        series in prop::collection::vec(0.0f64..9.0, 3..40),
    ) {
        let reversed: Vec<f64> = series.iter().rev().copied().collect();
        if let Some((there, back)) = mann_kendall(&series).zip(mann_kendall(&reversed)) {
            prop_assert_eq!((there.s, there.p), (-back.s, back.p));
            prop_assert!((-1.0..=1.0).contains(&there.tau) && (0.0..=1.0).contains(&there.p));
        }
    }
}

#[test]
fn verdicts_survive_writing() {
    let ratio = Interval { value: 1.2, low: 1.1, high: 1.3, confidence: 0.95 };
    let so_far = Progress { pairs: 20, elapsed: Duration::from_secs(4) };
    let verdict = Verdict::of(ratio, Metric::Median, 0.02, so_far);
    let json = serde_json::to_string(&verdict).unwrap();
    assert!(json.starts_with(r#"{"verdict":"slower","by":0."#), "{json}");
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
}

#[test]
fn too_little_has_no_interval() {
    let slice = |n: usize| Slice { latencies_ns: vec![5; n], bytes: 1, elapsed_ns: 9 };
    let of =
        |slices: usize, samples: usize| -> Series { (0..slices).map(|_| slice(samples)).collect() };
    assert_eq!(Estimate::of(&of(4, 50), Metric::Median, 1), None);
    assert!(Estimate::of(&of(5, 50), Metric::Median, 1).is_some());
    assert_eq!(Estimate::of(&of(9, 11), Metric::P99, 1), None, "99 samples");
    assert_eq!(Estimate::of(&of(9, 0), Metric::Mean, 1), None, "no samples");
    assert_eq!(ratio_interval(&of(9, 9), &of(4, 9), Metric::Mean, 0.95, 1), None, "4 pairs");
}
