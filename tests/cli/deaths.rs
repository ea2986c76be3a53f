//! Whoever dies or stops, and whenever: the others end, the message says who, and what can still be
//! measured is.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::tempdir;

use crate::harness::{Kvbench, Process, Running, assert_sound, cell, failure, read};

/// How far a run has come.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    SetUp,
    WarmUp,
    Measuring,
}
use Moment::{Measuring, SetUp, WarmUp};

impl Moment {
    /// The steps in which a death at this moment may show.
    fn steps(self) -> &'static [&'static str] {
        match self {
            SetUp => &[
                "start",
                "load NIXL",
                "create the backend",
                "register memory",
                "connect",
                "fill memory",
                "verify a transfer",
            ],
            WarmUp => &["warm up"],
            Measuring => &["measure"],
        }
    }
}

/// A comparison of both backends that has come to `moment` with `backend`, and the worker in `role`.
fn run_until(moment: Moment, backend: &str, role: &str, arguments: &[&str]) -> (Running, Process) {
    // Large enough for a warm-up that outlasts the looking for a process, and else small.
    let size = if moment == WarmUp { "1MiB" } else { "16KiB" };
    let common = ["--ui", "simple", "--block-size", size, "--batch", "32"];
    let mut run = Kvbench::new(&[&common, arguments].concat()).start();
    run.wait_for(&match moment {
        SetUp => format!("{backend}: start"),
        WarmUp => format!("{backend}: warm up"),
        Measuring => "measuring".to_owned(),
    });
    let worker = run.worker(backend, role);
    (run, worker)
}

fn a_worker_dies(moment: Moment, backend: &str, role: &str) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    // A worker of a later start would die in a step of set-up.
    let arguments = ["--duration", "3s", "--restarts", "1", "--json", file.to_str().unwrap()];
    let (run, worker) = run_until(moment, backend, role, &arguments);
    worker.signal(Signal::SIGKILL);
    let run = run.finish().returned(4);

    let records = read(&file);
    assert_eq!(records.len(), 2, "the failure, and the variant that did not fail");
    let failure = failure(&records, backend);
    let step = failure.step.as_deref().expect("it was in some step");
    assert!(moment.steps().contains(&step), "{failure:?}");
    assert_eq!(failure.worker.as_deref(), Some(&*format!("{role} 0")));
    let message = format!("{role} 0 of {backend} failed to {step}: the process ended");
    assert!(failure.error.starts_with(&message), "{failure:?}");
    assert!(failure.error.contains("SIGKILL"), "{failure:?}");
    assert!(run.stdout.contains(&message), "{}", run.stdout);
    assert_sound(cell(&records, if backend == "UCX" { "LIBFABRIC" } else { "UCX" }));
}

/// Its workers must not outlive it, which [`Running::finish`] sees to.
fn the_coordinator_dies(moment: Moment, backend: &str) {
    let (run, _) = run_until(moment, backend, "target", &["--duration", "60s"]);
    run.coordinator().signal(Signal::SIGKILL);
    run.finish().was_ended_by(Signal::SIGKILL);
}

fn a_worker_stops(backend: &str, role: &str) {
    let limit = Duration::from_secs(5);
    let arguments = ["--duration", "60s", "--timeout", "5s", "--backend", backend];
    let (run, worker) = run_until(Measuring, backend, role, &arguments);
    worker.signal(Signal::SIGSTOP);
    let begun = Instant::now();
    let run = run.finish().returned(4);
    assert!(begun.elapsed() >= limit, "it was given its time");
    assert!(begun.elapsed() < 3 * limit, "it went on for {:?}", begun.elapsed());
    let message = format!("{role} 0 of {backend} failed to measure: the process is stopped");
    assert!(run.stdout.contains(&message), "{}", run.stdout);
}

macro_rules! each_is_a_test {
    ($($name:ident: $call:expr;)*) => {
        $(#[test] fn $name() { $call })*
    };
}

each_is_a_test! {
    the_target_of_ucx_dies_in_set_up: a_worker_dies(SetUp, "UCX", "target");
    the_target_of_ucx_dies_in_warm_up: a_worker_dies(WarmUp, "UCX", "target");
    the_target_of_ucx_dies_while_measuring: a_worker_dies(Measuring, "UCX", "target");
    the_initiator_of_ucx_dies_in_set_up: a_worker_dies(SetUp, "UCX", "initiator");
    the_initiator_of_ucx_dies_in_warm_up: a_worker_dies(WarmUp, "UCX", "initiator");
    the_initiator_of_ucx_dies_while_measuring: a_worker_dies(Measuring, "UCX", "initiator");
    the_coordinator_dies_in_set_up_of_ucx: the_coordinator_dies(SetUp, "UCX");
    the_coordinator_dies_in_warm_up_of_ucx: the_coordinator_dies(WarmUp, "UCX");

    the_target_of_libfabric_dies_in_set_up: a_worker_dies(SetUp, "LIBFABRIC", "target");
    the_target_of_libfabric_dies_in_warm_up: a_worker_dies(WarmUp, "LIBFABRIC", "target");
    the_target_of_libfabric_dies_while_measuring: a_worker_dies(Measuring, "LIBFABRIC", "target");
    the_initiator_of_libfabric_dies_in_set_up: a_worker_dies(SetUp, "LIBFABRIC", "initiator");
    the_initiator_of_libfabric_dies_in_warm_up: a_worker_dies(WarmUp, "LIBFABRIC", "initiator");
    the_initiator_of_libfabric_dies_while_measuring:
        a_worker_dies(Measuring, "LIBFABRIC", "initiator");
    the_coordinator_dies_in_set_up_of_libfabric: the_coordinator_dies(SetUp, "LIBFABRIC");
    the_coordinator_dies_in_warm_up_of_libfabric: the_coordinator_dies(WarmUp, "LIBFABRIC");

    the_coordinator_dies_while_measuring: the_coordinator_dies(Measuring, "UCX");

    the_target_of_ucx_stops: a_worker_stops("UCX", "target");
    the_initiator_of_ucx_stops: a_worker_stops("UCX", "initiator");
    the_target_of_libfabric_stops: a_worker_stops("LIBFABRIC", "target");
    the_initiator_of_libfabric_stops: a_worker_stops("LIBFABRIC", "initiator");
}
