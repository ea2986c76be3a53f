//! Intervals hold the truth as often as they say.

use crate::noise::{BUSY, Machine, QUIET, Run, Shape};
use kvbench::stats::{Metric, interval, ratio_interval};

const RUNS: u64 = 400;

#[test]
#[ignore = "proto"]
fn table() {
    let heavy = Machine { shape: Shape::HeavyTail(0.3), samples: 40, own: 0.02, ..QUIET };
    let one = Machine { samples: 1, ..QUIET };
    let ar = Machine { own: 0.05, own_rho: 0.5, ..QUIET };
    let ar200 = Machine { own: 0.05, own_rho: 0.5, samples: 200, ..QUIET };
    let humps = Machine { shape: Shape::TwoHumps, samples: 40, own: 0.02, ..QUIET };
    let drift = Machine { drift: 0.5, own: 0.02, ..QUIET };
    for (name, m) in [
        ("quiet", QUIET),
        ("one", one),
        ("heavy", heavy),
        ("humps", humps),
        ("drift", drift),
        ("ar.5", ar),
        ("ar.5 many", ar200),
        ("busy", BUSY),
    ] {
        for slices in [10, 20, 50, 150] {
            print!("{name:10} {slices:4}: ");
            for metric in [Metric::Median, Metric::P99, Metric::Mean, Metric::Bandwidth] {
                let mut hits = 0;
                let mut w = vec![];
                let mut big = 0;
                for seed in 0..RUNS {
                    let (a, b) = Run::new(m, seed).series(slices, 1.05);
                    let Some(i) = ratio_interval(&a, &b, metric, 0.95, seed) else { continue };
                    let truth = if metric == Metric::Bandwidth { 1.0 / 1.05 } else { 1.05 };
                    hits += u32::from(i.contains(truth));
                    w.push(i.relative_half_width());
                    big += u32::from(
                        ratio_interval(&a, &b, metric, 0.99, seed).unwrap().contains(truth),
                    );
                }
                print!(
                    " {metric:?} {:.1}/{:.1} (±{:.2}%)",
                    hits as f64 * 100.0 / RUNS as f64,
                    big as f64 * 100.0 / RUNS as f64,
                    kvbench::stats::median(&w).unwrap_or(f64::NAN) * 100.0
                );
            }
            println!();
        }
    }
    println!("one variant");
    for rho in [0.0, 0.5] {
        for own in [0.0, 0.1] {
            for slices in [10, 20, 50, 150] {
                let m = Machine { own, own_rho: rho, samples: 40, ..QUIET };
                let sd = (0.09f64 + own * own).sqrt();
                print!("rho {rho} own {own} n {slices}: ");
                for (metric, truth) in [
                    (Metric::Median, 1e6),
                    (Metric::P99, 1e6 * (2.326348 * sd).exp()),
                    (Metric::Mean, 1e6 * (sd * sd / 2.0).exp()),
                    (Metric::Bandwidth, 1e9 / (sd * sd / 2.0).exp()),
                ] {
                    let hits = (0..RUNS)
                        .filter(|&seed| {
                            interval(&Run::new(m, seed).series(slices, 1.0).0, metric, 0.95, seed)
                                .unwrap()
                                .contains(truth)
                        })
                        .count();
                    print!(" {metric:?} {:.1}", hits as f64 * 100.0 / RUNS as f64);
                }
                println!();
            }
        }
    }
}

#[test]
#[ignore = "proto"]
fn timing() {
    for (slices, samples) in [(20, 20), (50, 60), (200, 100), (200, 10_000)] {
        let m = Machine { samples, own: 0.02, ..QUIET };
        let (a, b) = Run::new(m, 1).series(slices, 1.05);
        for metric in [Metric::Median, Metric::P99, Metric::Mean] {
            let t = std::time::Instant::now();
            ratio_interval(&a, &b, metric, 0.95, 1).unwrap();
            println!("{slices} x {samples} {metric:?}: {:?}", t.elapsed());
        }
    }
}
