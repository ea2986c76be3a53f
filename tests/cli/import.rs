//! `kvbench import`: tables of real exports, and what is done with damaged ones.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::harness::{Finished, Kvbench};

/// Needs no NIXL.
fn import(arguments: &[&str], code: i32) -> Finished {
    let home = tempdir().unwrap();
    let arguments = [&["import", "aiperf"], arguments].concat();
    Kvbench::without_nixl(home.path(), &arguments).finish().returned(code)
}

fn data(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kvbench/tests/data/aiperf");
    folder.join(name).display().to_string()
}

#[test]
fn two_runs_are_compared_and_joined_with_their_logs() {
    let (ucx, libfabric) =
        (format!("UCX={}", data("ucx")), format!("LIBFABRIC={}", data("libfabric")));
    let logs = [data("ucx.log.jsonl"), data("libfabric.log.jsonl")];
    let shown = import(&[&ucx, &libfabric, "--log", &logs[0], "--log", &logs[1]], 0);
    let text = &shown.stdout;
    for row in ["TTFT p50", "TTFT p99", "ITL mean", "output throughput", "latency p99"] {
        assert!(text.lines().any(|line| line.trim().starts_with(row)), "no {row} in:\n{text}");
    }
    assert!(text.contains("Verdict on TTFT p50: "), "{text}");
    assert!(text.contains("Where the time to first token went"), "{text}");
    assert!(text.contains("Client: not the bottleneck of LIBFABRIC"), "{text}");
    assert!(!text.contains("Warning"), "{text}");
    assert_eq!(shown.stderr, "");
}

#[test]
fn a_name_that_the_log_contradicts_is_told() {
    let (run, log) = (format!("LIBFABRIC={}", data("ucx")), data("ucx.log.jsonl"));
    let shown = import(&[&run, "--log", &log], 0);
    let warning = "Warning: the run named LIBFABRIC moved its blocks over UCX, says the log.";
    assert!(shown.stdout.contains(warning), "{}", shown.stdout);
}

#[test]
fn failures_are_named() {
    let shown = import(&[&data("failing")], 0);
    let failed = "Failed: failing: 12 × 400 Bad Request context_length_exceeded";
    assert!(shown.stdout.contains(failed), "{}", shown.stdout);
}

#[test]
fn a_damaged_run_is_refused_and_the_good_one_shown() {
    let folder = tempdir().unwrap();
    fs::copy(
        Path::new(&data("ucx")).join("profile_export_aiperf.json"),
        folder.path().join("profile_export_aiperf.json"),
    )
    .unwrap();
    fs::write(folder.path().join("profile_export.jsonl"), "{\"metadata\":\n").unwrap();
    let damaged = format!("UCX={}", folder.path().display());
    let shown = import(&[&damaged, &data("libfabric")], 2);
    assert!(
        shown.stderr.contains("profile_export.jsonl is damaged:\n  line 1: "),
        "{}",
        shown.stderr
    );
    assert!(shown.stdout.contains("TTFT p50"), "{}", shown.stdout);
    assert!(shown.stdout.contains("libfabric"), "{}", shown.stdout);
}

#[test]
fn a_report_is_written() {
    let folder = tempdir().unwrap();
    let page = folder.path().join("report.html");
    let page_argument = page.to_str().unwrap();
    let shown = import(&[&data("ucx"), &data("libfabric"), "--html", page_argument], 0);
    let html = fs::read_to_string(&page).unwrap();
    for text in ["libfabric against ucx", "TTFT p50"] {
        assert!(html.contains(text) && shown.stdout.contains("TTFT p50"), "{html}");
    }
    let nowhere = folder.path().join("none/report.html");
    let refused = import(&[&data("ucx"), "--html", nowhere.to_str().unwrap()], 4);
    assert!(refused.stderr.contains("report.html"), "{}", refused.stderr);
}

#[test]
fn runs_of_one_name_are_refused() {
    let shown = import(&[&data("ucx"), &data("ucx")], 2);
    assert!(shown.stderr.contains("two runs are named ucx"), "{}", shown.stderr);
}
