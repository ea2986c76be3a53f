//! A target that stands still: who arrives meanwhile is late in an open loop, and only the one that is
//! under way in a closed one, which waits with the others until it is over.

use super::bench::{Bench, Ended};

/// Far longer than anything else takes here.
const STALL: [&str; 2] = ["--inject-stall", "1500ms@1s"];

/// Half of the stall: what is later than that was hit by it.
const LATE_MS: f64 = 750.0;

fn stalled(backend: &str, load: &[&str]) -> Ended {
    let common = ["--backend", backend, "--isl", "16"];
    Bench::new().run(&[&common[..], &STALL, load].concat())
}

fn p99_ms(ended: &Ended) -> f64 {
    ended.point()["kv_delivered_ms"]["p99"].as_f64().unwrap()
}

fn open_loop_sees_it(backend: &str) {
    let load = ["--request-rate", "40", "--arrival-pattern", "constant", "--request-count", "200"];
    let ended = stalled(backend, &load);
    // 30 arrive in the first half of the stall, at least one of them before the order arrived.
    let late = ended.later_than(LATE_MS);
    assert!((20..=60).contains(&late), "{late} of 200 are late");
    assert!(p99_ms(&ended) > LATE_MS);
    assert!(ended.run.stdout.contains("stood still for 1.5 s after 1 s"), "{}", ended.run.stdout);
}

fn closed_loop_does_not(backend: &str) {
    // Each takes at least 10 ms, so that there are not more than a few hundred until the stall.
    let load = ["--concurrency", "1", "--request-count", "250", "--prefill-overhead", "10"];
    let ended = stalled(backend, &load);
    assert_eq!(ended.later_than(LATE_MS), 1);
    assert!(p99_ms(&ended) < LATE_MS);
}

#[test]
fn it_is_in_the_p99_of_an_open_loop_on_ucx() {
    open_loop_sees_it("ucx");
}

#[test]
fn it_is_in_the_p99_of_an_open_loop_on_libfabric() {
    open_loop_sees_it("libfabric");
}

#[test]
fn it_is_one_request_of_a_closed_loop_on_ucx() {
    closed_loop_does_not("ucx");
}

#[test]
fn it_is_one_request_of_a_closed_loop_on_libfabric() {
    closed_loop_does_not("libfabric");
}
