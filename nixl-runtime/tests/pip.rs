//! What is made of a pip that works, fails, hangs, or is not there.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{LIBRARY, Recorder, cache_with, cache_with_deadlines, served, usual_wheel};
use nixl_runtime::{Cache, Deadlines, Error, FetchCause, Fetching, Pin, Pip, Silent};
use tempfile::TempDir;

const FAR: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(1);

/// An empty cache, and the pin of a wheel that the script `serves` can deliver to it.
fn empty_cache(script: &str) -> (TempDir, Cache, Pin) {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache_with(dir.path(), script);
    let pin = usual_wheel(&served(dir.path()));
    (dir, cache, pin)
}

/// The cause of the failed fetch, and the whole message.
fn failure(cache: &Cache, pin: &Pin) -> (FetchCause, String) {
    let error = cache.wheel(pin, &mut Silent).unwrap_err();
    let said = error.to_string();
    let Error::Fetch(error) = error else { panic!("another error: {said}") };
    assert!(said.contains("tiny 1.0"), "it does not say what failed: {said}");
    assert!(said.contains(&pin.file) && said.contains("make do without"), "no remedy: {said}");
    (error.cause, said)
}

#[test]
fn a_download_is_reported_verified_and_kept() {
    let (_dir, cache, pin) = empty_cache("serves");
    let mut recorder = Recorder::default();
    let folder = cache.wheel(&pin, &mut recorder).unwrap();
    assert!(folder.join(LIBRARY).is_file());
    assert!(cache.wheels_dir().join(&pin.file).is_file());

    let download = &recorder.steps[0];
    assert_eq!(download.item, "downloading tiny 1.0");
    assert_eq!((download.done_bytes, download.total_bytes), (pin.size_bytes, pin.size_bytes));
    assert_eq!(recorder.steps.len(), 3);
}

#[test]
fn a_download_of_other_bytes_never_reaches_the_wheels() {
    let (_dir, cache, pin) = empty_cache("serves");
    let other = Pin { sha256: "0".repeat(64), ..pin };
    let error = cache.wheel(&other, &mut Silent).unwrap_err();
    assert!(matches!(error, Error::HashMismatch { .. }), "{error}");
    assert_eq!(fs::read_dir(cache.wheels_dir()).unwrap().count(), 0);
}

#[test]
fn leftovers_of_a_killed_process_are_removed() {
    let (dir, cache, pin) = empty_cache("serves");
    for stale in ["tmp/building/tiny/stale", "tmp/tiny/growing/stale"] {
        let stale = dir.path().join(stale);
        fs::create_dir_all(stale.parent().unwrap()).unwrap();
        fs::write(stale, "half").unwrap();
    }
    let folder = cache.wheel(&pin, &mut Silent).unwrap();
    assert!(!folder.join("stale").exists() && !dir.path().join("tmp").exists());
}

#[test]
fn a_missing_python_is_named() {
    let (dir, _, pin) = empty_cache("serves");
    let pip = Pip { python: "no-such-python3".into(), ..Pip::default() };
    let cache = Cache::at(dir.path()).with_fetching(Fetching::Allowed).with_pip(pip);
    let (cause, said) = failure(&cache, &pin);
    assert!(matches!(cause, FetchCause::PythonMissing { .. }), "{said}");
    assert!(
        said.contains("no-such-python3") && said.contains("install Python 3 with pip"),
        "{said}"
    );
}

#[test]
fn a_python_without_pip_is_told_apart() {
    let (_dir, cache, pin) = empty_cache("has-no-pip");
    let (cause, said) = failure(&cache, &pin);
    assert!(matches!(cause, FetchCause::PipMissing { .. }), "{said}");
}

#[test]
fn the_last_words_of_a_failed_pip_are_passed_on() {
    let (_dir, cache, pin) = empty_cache("fails");
    let (cause, said) = failure(&cache, &pin);
    assert!(
        matches!(cause, FetchCause::PipFailed { status } if status.code() == Some(3)),
        "{said}"
    );
    assert!(said.contains("ERROR: no such wheel") && said.contains("line 40"), "{said}");
    assert!(!said.contains("line 20\n"), "too much: {said}");
}

#[test]
fn a_stalled_pip_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache_with_deadlines(dir.path(), "hangs", Deadlines { total: FAR, idle: SOON });
    let pin = usual_wheel(&served(dir.path()));
    let (cause, said) = failure(&cache, &pin);
    assert!(matches!(cause, FetchCause::PipStalled { limit: SOON }), "{said}");
    assert!(
        said.contains("after 1 s without progress") && said.contains("still nothing"),
        "{said}"
    );
    let pid = fs::read_to_string(dir.path().join("pip.pid")).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "pip still runs");
}

#[test]
fn a_pip_that_takes_too_long_is_ended_although_bytes_arrive() {
    let dir = tempfile::tempdir().unwrap();
    let cache = cache_with_deadlines(dir.path(), "trickles", Deadlines { total: SOON, idle: FAR });
    let pin = usual_wheel(&served(dir.path()));
    let mut recorder = Recorder::default();
    let error = cache.wheel(&pin, &mut recorder).unwrap_err();
    assert!(error.to_string().contains("ended unfinished after 1 s"), "{error}");
    assert!(recorder.steps[0].done_bytes > 0, "the arriving bytes were not reported");
}
