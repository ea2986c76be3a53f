//! Raw transports and memcpy move verified data like backends of NIXL, end like them when a worker
//! dies, and are what NIXL is measured by.

use std::path::Path;

use kvbench::record::{Cell, Record};
use nix::sys::signal::Signal;
use tempfile::tempdir;

use crate::harness::{Kvbench, assert_sound, cell, failure, parse, read};

/// The words of the command line, and the labels of records.
const RAW: [(&str, &str); 3] =
    [("raw-ucx", "raw UCX"), ("raw-libfabric", "raw libfabric"), ("memcpy", "memcpy")];

const SMALL: [&str; 6] = ["--block-size", "48KiB", "--batch", "5", "--duration", "300ms"];

fn run(arguments: &[&str]) -> Vec<Record> {
    let arguments = [&SMALL[..], arguments, &["--json", "-"]].concat();
    parse(&Kvbench::new(&arguments).finish().returned(0).stdout)
}

#[test]
fn every_transport_writes_and_reads_verified_data() {
    for op in ["write", "read"] {
        let records = run(&["--backend", "raw-ucx,raw-libfabric,memcpy", "--op", op]);
        for (_, label) in RAW {
            let cell = cell(&records, label);
            assert_sound(cell);
            assert_eq!(cell.workload.op.to_string(), op);
        }
    }
}

#[test]
fn several_ranks_meet_on_both_sides() {
    for tp in ["2:4", "4:2"] {
        for op in ["write", "read"] {
            let arguments = ["--backend", "raw-ucx,raw-libfabric,memcpy", "--tp", tp, "--op", op];
            let small = ["--isl", "32", "--duration", "300ms", "--json", "-"];
            let run = Kvbench::new(&[&arguments[..], &small].concat()).finish().returned(0);
            let records = parse(&run.stdout);
            RAW.iter().for_each(|(_, label)| assert_sound(cell(&records, label)));
        }
    }
}

#[test]
fn several_requests_at_once_are_all_verified() {
    for ranks in [&[][..], &["--targets", "2"]] {
        for op in ["write", "read"] {
            let at_once = ["--op", op, "--in-flight", "5"];
            let every = ["--backend", "raw-ucx,raw-libfabric,memcpy"];
            let records = run(&[&every[..], &at_once, ranks].concat());
            for (_, label) in RAW {
                let cell = cell(&records, label);
                assert_sound(cell);
                assert_eq!(cell.workload.in_flight, Some(5));
                assert_eq!(cell.parts_ns, None, "requests overlap");
            }
        }
    }
}

#[test]
fn ceilings_carry_as_many_requests_at_once_as_nixl() {
    let records = run(&["--backend", "ucx", "--in-flight", "3", "--ceiling"]);
    for label in ["UCX", "raw UCX", "memcpy"] {
        let cell = cell(&records, label);
        assert_sound(cell);
        assert_eq!(cell.workload.in_flight, Some(3));
    }
    assert_eq!(cell(&records, "UCX").ceilings.len(), 2);
}

#[test]
fn raw_ucx_crosses_tcp_where_it_is_told_to() {
    let records = run(&["--backend", "raw-ucx", "--ucx-tls", "tcp", "--require-nic"]);
    let seen = &cell(&records, "raw UCX").observed;
    assert!(seen.transports.iter().any(|name| name.starts_with("tcp/")), "{seen:?}");
}

#[test]
fn raw_libfabric_spreads_over_emulated_nics() {
    let long_blocks = ["--block-size", "256KiB", "--batch", "4", "--duration", "300ms"];
    let emulated = ["--backend", "raw-libfabric", "--emulate-efa", "2", "--require-rails", "2"];
    let run = Kvbench::new(&[&long_blocks[..], &emulated, &["--json", "-"]].concat());
    let records = parse(&run.finish().returned(0).stdout);
    let cell = cell(&records, "raw libfabric");
    assert!(cell.verified && cell.emulated);
    assert_eq!(cell.observed.rails_created, Some(2), "{:?}", cell.observed);
    assert!(cell.observed.transports.iter().all(|name| name.starts_with("efa/")));
}

#[test]
fn nixl_is_told_what_share_of_its_ceilings_it_reaches() {
    let long_enough = ["--block-size", "48KiB", "--duration", "3s", "--ceiling", "--json", "-"];
    let run = Kvbench::new(&long_enough).finish().returned(0);
    let records = parse(&run.stdout);
    assert_eq!(records.len(), 5, "two variants, a raw transport for each, and memcpy");
    let id = |label: &str| {
        let of = |record: &&Record| {
            record.measured().is_some_and(|cell| cell.variant.backend.label() == label)
        };
        records.iter().find(of).expect("it was measured").cell.as_str()
    };
    for (label, raw) in [("UCX", "raw UCX"), ("LIBFABRIC", "raw libfabric")] {
        let found = &cell(&records, label).ceilings;
        let cells: Vec<_> = found.iter().map(|one| one.cell.as_str()).collect();
        assert_eq!(cells, [id(raw), id("memcpy")]);
        for share in found.iter().filter_map(|one| one.share) {
            assert!(share.low <= share.value && share.value <= share.high, "{share:?}");
        }
        for words in [format!("{label} "), format!("of {raw}"), "of memcpy".to_owned()] {
            assert!(run.stderr.contains(&words), "no {words:?} in:\n{}", run.stderr);
        }
        assert!(cell(&records, raw).comparison.is_none(), "a ceiling gets no verdict");
    }
    assert!(cell(&records, "LIBFABRIC").comparison.is_some());
    records.iter().filter_map(Record::measured).for_each(assert_parts);
}

/// The parts of a request add up to the time from post to post.
fn assert_parts(cell: &Cell) {
    let parts = cell.parts_ns.expect("this version tells");
    let all = [parts.post, parts.wire, parts.delivery, parts.idle];
    assert!(all.iter().all(|ns| *ns >= 0.0) && parts.post > 0.0, "{parts:?}");
    let (sum, requests) = (all.iter().sum::<f64>(), cell.latency_ns.delivered.count as f64);
    let elapsed: u64 = cell.slices.iter().map(|slice| slice.elapsed_ns).sum();
    assert!((sum * requests / elapsed as f64 - 1.0).abs() < 1e-6, "{sum} × {requests}, {elapsed}");
}

#[test]
fn a_single_variant_gets_its_ceilings_unless_they_are_not_wanted() {
    let has_raw = |arguments: &[&str]| {
        let arguments = [&SMALL[..], &["--backend", "ucx"], arguments].concat();
        let run = Kvbench::new(&arguments).finish().returned(0);
        assert!(run.stdout.contains("\n UCX "), "{}", run.stdout);
        run.stdout.contains("\n raw UCX ")
    };
    assert!(has_raw(&[]));
    assert!(!has_raw(&["--ceiling=never"]));
    assert_eq!(run(&["--backend", "ucx"]).len(), 1, "a gate gets all of the time");
}

#[test]
fn a_worker_of_a_raw_transport_that_dies_is_named_in_time() {
    for (word, label) in RAW {
        for role in ["target", "initiator"] {
            let folder = tempdir().unwrap();
            let file = folder.path().join("records.jsonl");
            let long = ["--duration", "60s", "--ui", "simple", "--timeout", "20s"];
            let what = ["--block-size", "16KiB", "--backend", word];
            let to_file = ["--json", file.to_str().unwrap()];
            let mut run = Kvbench::new(&[&what[..], &long, &to_file].concat()).start();
            run.wait_for("measuring");
            run.worker(label, role).signal(Signal::SIGKILL);
            let run = run.finish().returned(4);
            let message = format!("{role} 0 of {label} failed to measure: the process ended");
            assert!(run.stdout.contains(&message), "{}", run.stdout);
            assert!(failure(&read(Path::new(&file)), label).error.contains("SIGKILL"));
        }
    }
}

#[test]
fn settings_that_a_raw_transport_does_not_have_are_refused() {
    let home = tempdir().unwrap();
    let plan = home.path().join("p.toml");
    let text = "[[cell]]\nid = \"a\"\nbackend = \"raw-ucx\"\nparams = { num_workers = \"2\" }\n";
    std::fs::write(&plan, text).unwrap();
    let arguments = ["plan", plan.to_str().unwrap()];
    let run = Kvbench::without_nixl(home.path(), &arguments).finish().returned(2);
    run.complained_of(&["cell a", "params", "raw UCX"]);
    let doctor = ["doctor", "--backend", "raw-ucx"];
    Kvbench::without_nixl(home.path(), &doctor).finish().returned(2);
}
