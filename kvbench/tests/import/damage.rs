//! A damaged export is refused by its file and line.

use std::path::Path;

use kvbench::import::{Log, aiperf};

use crate::exports::{changed, log, only, path, run};

fn refusal(folder: &Path) -> String {
    let error = aiperf::read("damaged", folder).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

#[test]
fn half_a_line_is_told_by_number() {
    let copy = changed("ucx", |mut lines| {
        let half = lines[6].len() / 2;
        lines[6].truncate(half);
        lines
    });
    let told = refusal(copy.path());
    assert!(told.contains("profile_export.jsonl is damaged:\n  line 7: "), "{told}");
}

#[test]
fn a_figure_that_is_none_is_told_by_number() {
    let copy = changed("ucx", |mut lines| {
        lines[2] = lines[2].replacen("\"unit\":\"ms\"", "\"unit\":\"furlongs\"", 3);
        lines
    });
    let told = refusal(copy.path());
    assert!(told.contains("line 3: ") && told.contains("no unit of time"), "{told}");
}

#[test]
fn lines_that_are_lost_are_missed() {
    let copy = changed("ucx", |lines| lines[..30].to_vec());
    let told = refusal(copy.path());
    assert!(told.contains("30 answered requests") && told.contains("counts 40"), "{told}");
}

#[test]
fn a_damaged_summary_is_told() {
    let copy = changed("ucx", |lines| lines);
    std::fs::write(copy.path().join("profile_export_aiperf.json"), "{").unwrap();
    let told = refusal(copy.path());
    assert!(told.contains("profile_export_aiperf.json is damaged"), "{told}");
}

#[test]
fn a_folder_of_runs_has_them_all_and_one_that_is_damaged_spoils_it() {
    let all = aiperf::read("sweep", &path("")).unwrap();
    assert_eq!(all.iter().map(|run| run.requests.len()).sum::<usize>(), 40 + 40 + 4);
    assert!(all.iter().all(|run| run.name == "sweep"));
    assert!(all.is_sorted_by_key(|run| run.concurrency));
    let empty = tempfile::tempdir().unwrap();
    let told = refusal(empty.path());
    assert!(told.contains("has no profile_export.jsonl"), "{told}");

    let copy = changed("ucx", |lines| lines);
    let inner = empty.path().join("Qwen-concurrency4");
    std::fs::rename(copy.path(), &inner).unwrap();
    assert_eq!(only(aiperf::read("ucx", empty.path()).unwrap()), run("ucx"));
    let other = changed("libfabric", |lines| lines[1..].to_vec());
    std::fs::rename(other.path(), empty.path().join("other")).unwrap();
    assert!(refusal(empty.path()).contains("other/profile_export.jsonl is damaged"));
}

#[test]
fn a_damaged_log_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let good = std::fs::read_to_string(path("ucx.log.jsonl")).unwrap();
    std::fs::write(&file, format!("{good}noise\n")).unwrap();
    let mut log = Log::default();
    let told = log.add(&file).unwrap_err().to_string();
    assert!(told.contains("log.jsonl is damaged:\n  line 42: "), "{told}");
    assert!(log.is_empty());

    std::fs::write(&file, good.replace("\"schema\":1", "\"schema\":9")).unwrap();
    let told = log.add(&file).unwrap_err().to_string();
    assert!(told.contains("line 1: schema 9"), "{told}");
}

#[test]
fn a_log_of_another_run_has_nothing_of_this_one() {
    assert!(log(&["libfabric"]).join(&run("ucx")).is_none());
}
