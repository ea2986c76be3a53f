//! Probes that do not answer as they should.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kvbench::devices::UcxDevice;
use kvbench::devices::probe::{Answer, Asked, Probe};
use kvbench::runtime::Nixl;

/// Far more than a shell needs to start.
const LONG: Duration = Duration::from_secs(30);

fn ask(program: &str, within: Duration) -> Answer<UcxDevice> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/devices/fake-probe");
    let nixl = Nixl {
        prefix: PathBuf::new(),
        libraries: Vec::new(),
        cuda_stub: None,
        libfabric_plugin: PathBuf::new(),
        origin: String::new(),
        version: None,
    };
    let deadline = Instant::now() + within;
    Probe::start(&folder.join(program), Asked::Ucx, &nixl)?.finish(deadline)
}

#[test]
fn one_that_hangs_is_ended_at_its_deadline() {
    let begun = Instant::now();
    let why = ask("hangs", Duration::from_millis(200)).unwrap_err();
    assert!(why.contains("in time"), "{why}");
    assert!(begun.elapsed() < LONG);
}

#[test]
fn one_that_crashes_is_told_by_its_signal_and_last_words() {
    let why = ask("crashes", LONG).unwrap_err();
    assert!(why.contains("signal 11") && why.contains("the library says goodbye"), "{why}");
}

#[test]
fn one_that_answers_has_answered_however_it_ends() {
    let seen = ask("crashes-late", LONG).unwrap();
    assert_eq!((seen.version.as_str(), seen.file.to_str()), ("9", Some("/nine")));
}

#[test]
fn one_that_says_something_else_is_told_by_its_exit_code() {
    let why = ask("chatters", LONG).unwrap_err();
    assert!(why.contains("exit status: 7"), "{why}");
}

#[test]
fn one_that_does_not_exist_is_told() {
    let why = ask("nothing", LONG).unwrap_err();
    assert!(why.starts_with("failed to start a probe"), "{why}");
}
