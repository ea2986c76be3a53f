//! Many descriptors, many targets, many requests at once, and each way of waiting.

use kvbench::workload::Poll;

use crate::harness::{Kvbench, assert_sound, cell, parse};

const BACKENDS: [&str; 2] = ["UCX", "LIBFABRIC"];

/// The records of a short run of both backends.
fn run(arguments: &[&str]) -> Vec<kvbench::record::Record> {
    let common = ["--duration", "400ms", "--restarts", "1", "--json", "-"];
    let run = Kvbench::new(&[&common, arguments].concat()).finish().returned(0);
    parse(&run.stdout)
}

#[test]
fn requests_at_once_are_all_verified() {
    for op in ["write", "read"] {
        let shape = ["--block-size", "16KiB", "--batch", "8", "--in-flight", "5", "--op", op];
        let records = run(&shape);
        for backend in BACKENDS {
            let cell = cell(&records, backend);
            assert_sound(cell);
            assert_eq!(cell.workload.in_flight, Some(5));
            assert_eq!(cell.verified_bytes, 2 * 5 * 8 * 16_384);
        }
    }
}

#[test]
fn one_initiator_serves_several_targets() {
    for (op, ranks) in [("write", [1, 3]), ("read", [3, 1])] {
        let shape = ["--block-size", "16KiB", "--batch", "5", "--targets", "3", "--op", op];
        let records = run(&shape);
        for backend in BACKENDS {
            let cell = cell(&records, backend);
            assert_sound(cell);
            assert_eq!((cell.workload.tp, cell.workload.blocks), (ranks, 15));
        }
    }
}

#[test]
fn scattered_blocks_stay_descriptors_of_their_own() {
    let shape = ["--block-size", "64B", "--batch", "20000", "--block-table", "scattered"];
    let records = run(&[&shape[..], &["--no-merge"]].concat());
    for backend in BACKENDS {
        let cell = cell(&records, backend);
        assert_sound(cell);
        assert_eq!((cell.workload.descriptors, cell.workload.merge), (Some(20_000), Some(false)));
        let prepared = cell.resources.initiator.request_bytes;
        assert!(prepared > 20_000 * 32, "an address and a length on each side: {prepared}");
    }
}

#[test]
fn each_way_of_waiting_is_in_the_record() {
    for poll in [Poll::Busy, Poll::Yield, Poll::Adaptive] {
        let records = run(&["--block-size", "64KiB", "--poll", &poll.to_string()]);
        for backend in BACKENDS {
            let cell = cell(&records, backend);
            assert_sound(cell);
            assert_eq!(cell.workload.poll, Some(poll));
            let timer = cell.environment.timer.expect("the clock was measured");
            assert!(timer.cost_ns > 0.0 && timer.resolution_ns > 0);
        }
    }
}

#[test]
fn what_goes_with_block_size_only_is_refused_without_it() {
    let refused = Kvbench::new(&["--targets", "2"]).finish().returned(2);
    assert!(refused.stderr.contains("--block-size"), "{}", refused.stderr);
}
