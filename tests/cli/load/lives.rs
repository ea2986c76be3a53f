//! What is interrupted keeps what was measured; what dies is told, and replaced.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::bench::Bench;
use crate::harness::eventually;

const LONG: [&str; 7] =
    ["--isl", "16", "--request-rate", "50", "--request-count", "100000", "--ui=simple"];

#[test]
fn an_interrupted_load_keeps_what_was_measured() {
    let bench = Bench::new();
    let mut run = bench.start(&LONG);
    run.wait_for("UCX, 50/s poisson");
    // Some have ended by then.
    std::thread::sleep(Duration::from_secs(1));
    // As a terminal does, to all.
    run.processes().iter().for_each(|process| process.signal(Signal::SIGINT));
    let ended = bench.ended(run.finish().was_ended_by(Signal::SIGINT));
    let point = ended.point();
    assert_eq!(point["interrupted"], true);
    assert_eq!(point["requests"]["failed"], 0, "workers go on until all have ended: {point}");
    assert!(point["requests"]["ok"].as_u64().unwrap() > 0, "{point}");
    assert_eq!(ended.measured().count() as u64, point["requests"]["ok"].as_u64().unwrap());
    assert!(ended.run.stdout.contains("it was interrupted"), "{}", ended.run.stdout);
    assert!(ended.records.last().is_some_and(|last| last["kind"] == "end"));
}

#[test]
fn requests_of_a_worker_that_dies_fail_and_the_others_go_on() {
    let bench = Bench::new();
    let load = ["--backend", "ucx", "--isl", "16", "--concurrency", "4", "--ui=simple"];
    let slow = ["--prefill-overhead", "20", "--benchmark-duration", "6s"];
    let mut run = bench.start(&[&load[..], &slow].concat());
    run.wait_for("UCX, concurrency 4");
    let decode = eventually("a decode worker", Duration::from_secs(30), || {
        run.processes().into_iter().find(|process| process.serves_as("decode", 0))
    });
    decode.signal(Signal::SIGKILL);
    let ended = bench.ended(run.finish().returned(4));
    let requests = &ended.point()["requests"];
    assert!(requests["failed"].as_u64().unwrap() > 0, "{requests}");
    assert!(requests["ok"].as_u64().unwrap() > 0, "{requests}");
    assert!(ended.run.stdout.contains("decode 0 is gone"), "{}", ended.run.stdout);
}
