//! Records are written where the user wants them, in the form that is documented.

use serde_json::Value;
use tempfile::tempdir;

use crate::harness::{Kvbench, parse, read};

/// The keys that schema 1 fixes, as JSON pointers.
const KEYS: &str = "
    /schema /kind /cell /started
    /variant/backend /variant/rails /variant/enumerate /variant/env /variant/params
    /workload/model /workload/op /workload/mem/1 /workload/tp/1 /workload/blocks
    /workload/block_bytes /workload/bytes
    /observed/path /observed/transports/0 /observed/rails_created /observed/rails_used
    /observed/nic_bytes /observed/settings/rails/status /observed/settings/rails/evidence
    /setup_ns/load /setup_ns/agent /setup_ns/backend /setup_ns/register /setup_ns/metadata
    /setup_ns/first_transfer
    /latency_ns/completed/count /latency_ns/completed/min /latency_ns/completed/mean
    /latency_ns/completed/p50 /latency_ns/completed/p90 /latency_ns/completed/p99
    /latency_ns/completed/p999 /latency_ns/completed/max /latency_ns/completed/histogram
    /latency_ns/delivered/count /latency_ns/delivered/min /latency_ns/delivered/mean
    /latency_ns/delivered/p50 /latency_ns/delivered/p90 /latency_ns/delivered/p99
    /latency_ns/delivered/p999 /latency_ns/delivered/max /latency_ns/delivered/histogram
    /bandwidth_bytes_per_s/value /bandwidth_bytes_per_s/low /bandwidth_bytes_per_s/high
    /resources/initiator/rss_bytes /resources/initiator/cpu_s /resources/initiator/fds
    /resources/initiator/threads /resources/target/rss_bytes
    /verified /emulated
    /environment/host /environment/nixl /environment/ucx /environment/libfabric
";

const SMALL: [&str; 6] = ["--block-size", "16KiB", "--batch", "4", "--duration", "200ms"];

#[test]
fn a_record_has_every_key_of_its_schema() {
    let run = Kvbench::new(&[&SMALL[..], &["--json", "-"]].concat()).finish().returned(0);
    for line in run.stdout.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        for key in KEYS.split_whitespace() {
            assert!(record.pointer(key).is_some(), "no {key} in {line}");
        }
        assert_eq!((&record["schema"], &record["kind"]), (&1.into(), &"cell".into()));
        let path = record["observed"]["path"].as_str().unwrap();
        assert!(["nic", "shared-memory", "unproved"].contains(&path), "{path}");
    }
}

#[test]
fn standard_output_has_the_records_and_nothing_else() {
    let run = Kvbench::new(&[&SMALL[..], &["--json", "-"]].concat()).finish().returned(0);
    assert_eq!(parse(&run.stdout).len(), 2);
    assert!(run.stderr.contains("verified"), "the table goes elsewhere:\n{}", run.stderr);
}

#[test]
fn a_second_run_adds_to_the_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    for _ in 0..2 {
        let to_file = ["--backend", "ucx", "--json", file.to_str().unwrap()];
        Kvbench::new(&[&SMALL[..], &to_file].concat()).finish().returned(0);
    }
    let records = read(&file);
    assert_eq!(records.len(), 2);
    assert_ne!(records[0].cell, records[1].cell, "each cell has a name of its own");
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anything_is_measured() {
    let run = Kvbench::new(&["--json", "/nonexistent/folder/x", "--ui", "simple"])
        .finish()
        .returned(4)
        .complained_of(&["failed to open /nonexistent/folder/x", "No such file or directory"]);
    assert!(!run.stderr.contains("UCX: start"), "{}", run.stderr);
}

#[test]
fn a_file_that_another_process_writes_is_refused_before_anything_is_measured() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let other = std::fs::File::create(&file).unwrap();
    other.lock().unwrap();
    let run = Kvbench::new(&["--json", file.to_str().unwrap(), "--ui", "simple"])
        .finish()
        .returned(2)
        .complained_of(&["records.jsonl is being written by another kvbench"]);
    assert!(!run.stderr.contains("UCX: start"), "{}", run.stderr);
}

#[test]
fn a_limit_of_the_files_size_is_told_and_loses_nothing_that_was_there() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let to_file = ["--backend", "ucx", "--ucx-tls", "tcp", "--json", file.to_str().unwrap()];
    let command = || Kvbench::new(&[&SMALL[..], &to_file].concat());
    command().finish().returned(0);
    // Longer than what a run makes beside it, so that the record alone meets the limit.
    let before = std::fs::read(&file).unwrap().repeat(64);
    std::fs::write(&file, &before).unwrap();
    let limit = before.len() as u64 + 100;
    let limited = command().with_files_up_to(limit);
    limited.finish().returned(4).complained_of(&["failed to write", "File too large"]);
    let after = std::fs::read(&file).unwrap();
    assert!(after.starts_with(&before), "what was there has changed");
    assert!(after.len() as u64 <= limit, "the limit was not met");
    let run = command().finish().returned(0);
    assert!(run.stderr.contains("was half written; it was ended"), "{}", run.stderr);
}

#[test]
fn a_line_that_was_changed_after_it_was_written_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let path = file.to_str().unwrap();
    let to_file = ["--backend", "ucx", "--json", path];
    Kvbench::new(&[&SMALL[..], &to_file].concat()).finish().returned(0);
    let line = std::fs::read_to_string(&file).unwrap();
    let better = line.replacen("\"bytes\":65536", "\"bytes\":65537", 1);
    assert_ne!(better, line);
    std::fs::write(&file, better + "{\"half\":").unwrap();
    let refused = Kvbench::new(&["report", path]).finish().returned(2);
    for words in ["line 1: its checksum (crc32) does not match", "line 2: only the beginning"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let run = Kvbench::new(&[&SMALL[..], &to_file].concat()).finish().returned(0);
    assert!(run.stderr.contains("was half written; it was ended"), "{}", run.stderr);
    let shown = Kvbench::new(&["report", path]).finish().returned(0);
    assert!(shown.stdout.contains("verified"), "{}", shown.stdout);
}
