//! proto
use crate::noise::{BUSY, Machine, QUIET, Run, Shape};
use kvbench::stats::{Decision, Reason, Series, StoppingRule, Verdict};
use std::time::Duration;

/// Runs a comparison of slices of `slice` each until it stops.
pub fn run(
    machine: Machine,
    effect: f64,
    seed: u64,
    slice: Duration,
    max_time: Duration,
) -> (Verdict, Reason, Duration) {
    let mut comparison = StoppingRule { max_time, seed, ..StoppingRule::default() }.start();
    let (mut base, mut other) = (Series::new(), Series::new());
    let mut run = Run::new(machine, seed);
    let mut elapsed = Duration::ZERO;
    loop {
        let (a, b) = run.pair(effect, elapsed.as_secs_f64() / max_time.as_secs_f64());
        base.push(a);
        other.push(b);
        elapsed += 2 * slice;
        if let Decision::Stop(reason) = comparison.after_pair(&base, &other, elapsed) {
            return (comparison.finish(&base, &other, elapsed), reason, elapsed);
        }
    }
}

#[test]
#[ignore = "proto"]
fn sequential_table() {
    let heavy = Machine { shape: Shape::HeavyTail(0.3), samples: 40, own: 0.02, ..QUIET };
    let ar = Machine { own: 0.05, own_rho: 0.5, ..BUSY };
    for (name, m) in [
        ("quiet", QUIET),
        ("busy", BUSY),
        ("heavy", heavy),
        ("ar.5", ar),
        ("ar.9", Machine { own_rho: 0.9, own: 0.04, ..BUSY }),
        ("few", Machine { samples: 3, ..BUSY }),
    ] {
        for slice_ms in [25, 100] {
            for max in [20] {
                for effect in [1.0, 1.05] {
                    let n = 300;
                    let mut c = [0; 4];
                    let mut t: Vec<f64> = vec![];
                    for seed in 0..n {
                        let (v, _, e) = run(
                            m,
                            effect,
                            seed,
                            Duration::from_millis(slice_ms),
                            Duration::from_secs(max),
                        );
                        c[match v {
                            Verdict::Faster { .. } => 0,
                            Verdict::Slower { .. } => 1,
                            Verdict::NoDifference { .. } => 2,
                            _ => 3,
                        }] += 1;
                        t.push(e.as_secs_f64());
                    }
                    t.sort_by(f64::total_cmp);
                    print!(
                        "{name:6} slice {slice_ms} max {max} effect {effect}: faster {} slower {} same {} undecided {} of {n}; median time {:.1} p95 {:.1}  |  ",
                        c[0],
                        c[1],
                        c[2],
                        c[3],
                        t[n as usize / 2],
                        t[n as usize * 95 / 100]
                    );
                }
                println!();
            }
        }
    }
}
