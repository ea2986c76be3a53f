//! The harness itself sees a part that fails, crashes or hangs.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::process::{LIMIT, Process, finished, part};

/// Runs `body` as a part, and tells the whole test how it ended within `limit`.
fn run(body: fn(), limit: Duration, judge: impl FnOnce(crate::process::Ended)) {
    match part() {
        None => judge(Process::start("only", Stdio::null()).end(Instant::now() + limit)),
        Some(_) => body(),
    }
}

#[test]
fn a_part_that_finishes_succeeds() {
    run(finished, LIMIT, |ended| assert!(ended.succeeded(), "{ended:?}"));
}

#[test]
fn a_part_that_does_not_say_so_did_not_finish() {
    run(
        || {},
        LIMIT,
        |ended| {
            assert!(ended.status.is_some_and(|status| status.success()));
            assert!(!ended.succeeded(), "{ended:?}");
        },
    );
}

#[test]
fn a_part_that_panics_fails() {
    run(
        || panic!("on purpose"),
        LIMIT,
        |ended| {
            assert!(!ended.succeeded() && ended.log.contains("on purpose"), "{ended:?}");
        },
    );
}

#[test]
fn a_part_that_crashes_fails_even_after_its_end() {
    let crash = || {
        finished();
        std::process::abort();
    };
    run(crash, LIMIT, |ended| {
        assert!(!ended.succeeded());
        assert_eq!(ended.signal(), Some(libc::SIGABRT));
    });
}

#[test]
fn a_part_that_hangs_is_killed_at_its_deadline() {
    let hang = || loop {
        std::thread::park();
    };
    run(hang, Duration::from_millis(300), |ended| assert_eq!(ended.status, None));
}
