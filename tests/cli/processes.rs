//! Runs keep their processes to themselves: beside each other, when interrupted, and in descriptors.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::tempdir;

use crate::harness::{Kvbench, Process, assert_sound, cell, eventually, parse};

/// Far less than the run takes.
const TITLE_LIMIT: Duration = Duration::from_secs(20);

const SMALL: [&str; 4] = ["--block-size", "16KiB", "--batch", "4"];

#[test]
fn two_runs_at_once_do_not_meet() {
    let start =
        || Kvbench::new(&[&SMALL[..], &["--duration", "1s", "--json", "-"]].concat()).start();
    for run in [start(), start()] {
        let records = parse(&run.finish().returned(0).stdout);
        assert_sound(cell(&records, "UCX"));
        assert_sound(cell(&records, "LIBFABRIC"));
    }
}

#[test]
fn an_interrupted_run_ends_with_all_of_its_workers() {
    let long = ["--duration", "60s", "--ui", "simple"];
    let mut run = Kvbench::new(&[&SMALL[..], &long].concat()).start();
    run.wait_for("measuring");
    let workers = run.processes().into_iter().filter(|process| process.is_any_worker()).count();
    assert_eq!(workers, 4, "an initiator and a target of each backend");
    // Ctrl-C, but to this process alone: workers must not depend on getting it themselves.
    run.coordinator().signal(Signal::SIGINT);
    run.finish().was_ended_by(Signal::SIGINT);
}

#[test]
fn a_list_of_processes_shows_what_workers_are_at() {
    let long = ["--duration", "60s", "--ui", "simple", "--backend", "ucx"];
    let mut run = Kvbench::new(&[&SMALL[..], &long].concat()).start();
    run.wait_for("measuring");
    for (role, title) in [("initiator", "lead"), ("target", "serve")] {
        let worker = run.worker("UCX", role);
        eventually(title, TITLE_LIMIT, || (worker.title() == title).then_some(()));
    }
    assert_eq!(run.coordinator().title(), "kvbench");
}

#[test]
fn a_worker_inherits_nothing_but_its_standard_streams() {
    let folder = tempdir().unwrap();
    let [records, inherited] = ["records.jsonl", "inherited"].map(|name| folder.path().join(name));
    let long = ["--duration", "60s", "--ui", "simple", "--json", records.to_str().unwrap()];
    let command = Kvbench::new(&[&SMALL[..], &long].concat());
    let mut run = command.inheriting(File::create(&inherited).unwrap()).start();
    run.wait_for("measuring");

    let coordinator: BTreeSet<PathBuf> = run.coordinator().descriptors().into_values().collect();
    assert!(coordinator.contains(&records) && coordinator.contains(&inherited), "{coordinator:?}");
    for worker in run.processes().into_iter().filter(Process::is_any_worker) {
        let descriptors = worker.descriptors();
        // NIXL's libraries may copy the streams.
        let streams: BTreeSet<_> = (0..=2).map(|stream| descriptors[&stream].clone()).collect();
        let all: BTreeSet<_> = descriptors.into_values().collect();
        let shared = all.intersection(&coordinator).filter(|target| is_private(target));
        let leaked: Vec<_> = shared.filter(|target| !streams.contains(*target)).collect();
        assert!(leaked.is_empty(), "{:?} has {leaked:?}", worker.arguments);
    }
}

/// Whether a descriptor leads to something that processes do not just happen to have both.
fn is_private(target: &Path) -> bool {
    !target.starts_with("/dev") && !target.to_string_lossy().starts_with("anon_inode:")
}
