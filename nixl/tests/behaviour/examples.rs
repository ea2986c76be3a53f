//! The examples run, on every backend that works anywhere.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::BACKENDS;
use crate::process::{LIMIT, Process, part};

/// Where cargo puts an example: beside the folder of this test.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test binary is there");
    let folder = test.ancestors().nth(2).expect("it lies in target/<profile>/deps");
    let example = folder.join("examples").join(name);
    assert!(example.is_file(), "`cargo build --examples` first: `cargo test --test` does not");
    example
}

/// Runs an example in place of a part, and compares what it prints.
fn prints(name: &str, lines: &[&str]) {
    if let Some(backend) = part() {
        let error = Command::new(built(name)).arg(backend).exec();
        panic!("{name} does not start: {error}");
    }
    for backend in BACKENDS {
        let ended = Process::start(backend, Stdio::null()).end(Instant::now() + LIMIT);
        assert!(ended.status.is_some_and(|status| status.success()), "{ended:?}");
        // The test harness of the part, and NIXL's log, have their say as well.
        let printed: Vec<_> = ended.log.lines().filter(|line| lines.contains(line)).collect();
        assert_eq!(printed, lines, "{}", ended.log);
    }
}

#[test]
fn host_to_host() {
    let lines =
        ["target: 64 blocks written and verified", "initiator: 64 blocks read back and verified"];
    prints("host_to_host", &lines);
}

#[test]
fn notifications() {
    let lines = [
        "sender says: hello",
        "sender says: the page is written: first",
        "sender says: the page is written: again",
    ];
    prints("notifications", &lines);
}
