//! `compare` and `control`: an injected slowdown is labelled and found, damage is named.

use std::path::{Path, PathBuf};

use tempfile::tempdir;

use crate::harness::{Kvbench, cell, read};

fn record(file: &Path, more: &[&str]) {
    let common = ["--backend", "ucx", "--block-size", "64KiB", "--batch", "64", "--duration", "1s"];
    let arguments = [&common[..], &["--json", file.to_str().unwrap()], more].concat();
    Kvbench::new(&arguments).finish().returned(0);
}

fn compare(before: &Path, after: &Path, code: i32) -> crate::harness::Finished {
    let files = [before.to_str().unwrap(), after.to_str().unwrap()];
    let arguments = [&["compare"], &files[..], &["--fail-if-slower", "5%"]].concat();
    Kvbench::new(&arguments).finish().returned(code)
}

#[test]
fn a_slowdown_put_in_on_purpose_is_labelled_and_fails_the_gate() {
    let folder = tempdir().unwrap();
    let [before, after]: [PathBuf; 2] = ["before", "after"].map(|name| folder.path().join(name));
    record(&before, &[]);
    // Far beyond whatever a busy machine does to a run of a second.
    record(&after, &["--inject-delay", "100ms"]);
    let slowed = read(&after);
    assert_eq!(cell(&slowed, "UCX").injected_delay_ns, 100_000_000);
    let found = compare(&before, &after, 1);
    assert!(found.stdout.contains("FAILED"), "{}", found.stdout);
    let back = compare(&after, &before, 0);
    assert!(back.stdout.contains("faster"), "{}", back.stdout);
}

#[test]
fn a_damaged_file_is_refused_by_line_and_left_as_it_is() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    record(&file, &[]);
    let whole = std::fs::read_to_string(&file).unwrap();
    let damaged = format!("{whole}{{\"schema\": 1, \"cell\":\n");
    let copy = folder.path().join("damaged.jsonl");
    std::fs::write(&copy, &damaged).unwrap();
    let refused = compare(&file, &copy, 2);
    assert!(refused.stderr.contains("line 2"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), damaged);
}

#[test]
fn control_compares_a_variant_with_itself() {
    let common = ["--control", "2", "--block-size", "64KiB", "--max-time", "500ms"];
    let run = Kvbench::new(&common).finish().returned(0);
    assert!(run.stdout.contains("UCX against itself, 2 times"), "{}", run.stdout);
}
