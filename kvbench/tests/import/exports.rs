//! The exports of AIPerf that the tests read, and copies of them to damage.

use std::fs;
use std::path::{Path, PathBuf};

use kvbench::import::{Log, Run, aiperf};
use tempfile::TempDir;

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/aiperf").join(name)
}

pub fn run(name: &str) -> Run {
    only(aiperf::read(name, &path(name)).unwrap())
}

/// The run of a folder that has one.
pub fn only(mut runs: Vec<Run>) -> Run {
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

pub fn log(names: &[&str]) -> Log {
    let mut log = Log::default();
    names.iter().for_each(|name| log.add(&path(&format!("{name}.log.jsonl"))).unwrap());
    log
}

/// AIPerf's own summary.
pub fn summary(name: &str) -> serde_json::Value {
    let file = path(name).join("profile_export_aiperf.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// A copy of an export whose requests went through `change`.
pub fn changed(name: &str, change: impl FnOnce(Vec<String>) -> Vec<String>) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["profile_export.jsonl", "profile_export_aiperf.json"] {
        fs::copy(path(name).join(file), copy.path().join(file)).unwrap();
    }
    let requests = copy.path().join("profile_export.jsonl");
    let lines = fs::read_to_string(&requests).unwrap().lines().map(str::to_owned).collect();
    fs::write(requests, change(lines).join("\n") + "\n").unwrap();
    copy
}
