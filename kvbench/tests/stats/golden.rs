//! The statistics against NumPy and SciPy: `tests/data/stats_golden.py` wrote the numbers.

use kvbench::stats::{
    Estimate, Histogram, Metric, Series, Slice, autocorrelation, autocorrelation_time,
    effective_size, mann_kendall, mser_cut, normal_two_sided, quantile, student_t_critical,
    theil_sen,
};
use serde::Deserialize;
use std::collections::HashMap;

const METRICS: [(&str, Metric); 4] = [
    ("median", Metric::Median),
    ("p99", Metric::P99),
    ("mean", Metric::Mean),
    ("bandwidth", Metric::Bandwidth),
];

#[derive(Deserialize)]
struct Golden {
    base: Vec<GoldenSlice>,
    other: Vec<GoldenSlice>,
    quantiles: Vec<(f64, f64)>,
    nearest_ranks: Vec<(f64, u64)>,
    value: HashMap<String, HashMap<String, f64>>,
    log_spread: HashMap<String, HashMap<String, f64>>,
    student_t: Vec<(f64, f64, f64)>,
    normal: Vec<(f64, f64)>,
    series: Vec<GoldenSeries>,
}

#[derive(Deserialize)]
struct GoldenSlice {
    latencies_ns: Vec<u64>,
    bytes: u64,
    elapsed_ns: u64,
}

#[derive(Deserialize)]
struct GoldenSeries {
    name: String,
    values: Vec<f64>,
    autocorrelation: Vec<f64>,
    autocorrelation_time: f64,
    mann_kendall: GoldenTrend,
    mser_cut: usize,
}

#[derive(Deserialize)]
struct GoldenTrend {
    s: i64,
    tau: f64,
    p: f64,
    slope: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../data/stats_golden.json")).unwrap()
}

fn series(slices: &[GoldenSlice]) -> Series {
    let slice = |golden: &GoldenSlice| Slice {
        latencies_ns: golden.latencies_ns.clone(),
        bytes: golden.bytes,
        elapsed_ns: golden.elapsed_ns,
    };
    slices.iter().map(slice).collect()
}

fn samples(slices: &[GoldenSlice]) -> Vec<u64> {
    slices.iter().flat_map(|slice| slice.latencies_ns.iter().copied()).collect()
}

#[track_caller]
fn assert_close(found: f64, golden: f64, relative: f64) {
    assert!((found - golden).abs() <= relative * golden.abs() + 1e-14, "{found} for {golden}");
}

#[test]
fn quantiles() {
    let golden = golden();
    let mut sorted = samples(&golden.base);
    sorted.sort_unstable();
    for (p, value) in golden.quantiles {
        assert_close(quantile(&sorted, p).unwrap(), value, 1e-12);
    }
    let histogram = Histogram::of(&sorted).unwrap();
    for (p, value) in golden.nearest_ranks {
        assert_close(histogram.quantile(p).unwrap() as f64, value as f64, 1e-3);
    }
}

#[test]
fn pooled_values() {
    let golden = golden();
    for (name, slices) in [("base", &golden.base), ("other", &golden.other)] {
        for (key, metric) in METRICS {
            assert_close(series(slices).value(metric).unwrap(), golden.value[name][key], 1e-12);
        }
    }
}

#[test]
fn bootstrap_spread() {
    let golden = golden();
    let (base, other) = (series(&golden.base), series(&golden.other));
    for (key, metric) in METRICS {
        let estimates = [
            ("base", Estimate::of(&base, metric, 1).unwrap()),
            ("ratio", Estimate::ratio(&base, &other, metric, 1).unwrap()),
        ];
        for (name, estimate) in estimates {
            // The standard error less what it has beyond the plain bootstrap.
            let widened = (base.len() as f64 / (estimate.effective_slices - 1.0)).sqrt();
            // 1000 resamples know a spread to 2.2 %; four times that.
            assert_close(estimate.log_error / widened, golden.log_spread[name][key], 0.09);
        }
    }
}

#[test]
fn distributions() {
    let golden = golden();
    for (df, alpha, t) in golden.student_t {
        assert_close(student_t_critical(df, alpha), t, 1e-9);
    }
    for (z, p) in golden.normal {
        assert_close(normal_two_sided(z), p, 1e-11);
    }
}

#[test]
fn series_statistics() {
    for golden in golden().series {
        println!("{}", golden.name);
        for (lag, &rho) in golden.autocorrelation.iter().enumerate() {
            assert_close(autocorrelation(&golden.values, lag).unwrap(), rho, 1e-10);
        }
        let n = golden.values.len() as f64;
        assert_close(autocorrelation_time(&golden.values), golden.autocorrelation_time, 1e-10);
        let effective = (n / golden.autocorrelation_time).max(3.0);
        assert_close(effective_size(&golden.values), effective, 1e-10);
        let trend = mann_kendall(&golden.values).unwrap();
        assert_eq!(trend.s, golden.mann_kendall.s);
        assert_close(theil_sen(&golden.values).unwrap(), golden.mann_kendall.slope, 1e-10);
        assert_close(trend.p, golden.mann_kendall.p, 1e-10);
        assert_close(trend.tau, golden.mann_kendall.tau, 1e-10);
        assert_eq!(mser_cut(&golden.values), Some(golden.mser_cut));
    }
}
