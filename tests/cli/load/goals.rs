//! Goodput, and the highest rate that meets the goals.

use super::bench::Bench;

/// A prefill takes 20 ms, so there are at most 50 per second.
const SLOW: [&str; 6] = ["--backend", "ucx", "--isl", "16", "--prefill-overhead", "20"];

#[test]
fn too_high_a_rate_is_not_good() {
    let load = ["--request-rate", "100", "--request-count", "100", "--goodput", "kv_delivered:500"];
    let ended = Bench::new().run(&[&SLOW[..], &load].concat());
    let goodput = &ended.point()["goodput"];
    // The queue grows by half a second per second: after one second, all wait for longer than that.
    let share = goodput["good_request_fraction"].as_f64().unwrap();
    assert!((0.01..0.9).contains(&share), "{goodput}");
    let good = ended.measured().count() - ended.later_than(500.0);
    assert_eq!(goodput["good"], good);
    assert!(ended.run.stdout.contains("goodput"), "{}", ended.run.stdout);
}

#[test]
fn the_highest_rate_that_meets_a_goal_is_below_what_the_workers_can() {
    let goal = ["--goodput", "kv_delivered:400", "--find-rate", "--request-rate", "10"];
    let short = ["--benchmark-duration", "2s", "--arrival-pattern", "constant"];
    let ended = Bench::new().run(&[&SLOW[..], &goal, &short].concat());
    let found = ended.run.stdout.lines().find(|line| line.starts_with("Found: UCX: up to "));
    let found = found.unwrap_or_else(|| panic!("{}", ended.run.stdout));
    let rate: f64 = found["Found: UCX: up to ".len()..].split('/').next().unwrap().parse().unwrap();
    // At 70 per second, the queue is 0.4 s long after less than 1.5 s of 2.
    assert!((5.0..75.0).contains(&rate), "{found}");
    let tried: Vec<f64> =
        ended.points().iter().filter_map(|point| point["load"]["request_rate"].as_f64()).collect();
    assert!(tried.iter().any(|tried| *tried > rate), "{tried:?}");
    assert!((tried.last().unwrap() / rate - 1.0).abs() < 0.01, "it is measured again: {tried:?}");
}
