//! Reports say what the terminal said, at the end of a run and of records that are there already.

use std::path::Path;

use tempfile::tempdir;

use crate::harness::Kvbench;

#[test]
fn a_run_writes_every_form_and_report_makes_them_again() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, html, csv, md) = (path("r.jsonl"), path("r.html"), path("r.csv"), path("r.md"));
    let common = ["--backend", "ucx", "--block-size", "64KiB", "--duration", "500ms"];
    let files = ["--json", &json, "--html", &html, "--csv", &csv, "--md", &md];
    let run = Kvbench::new(&[&common[..], &files].concat()).finish().returned(0);
    let row = run.stdout.lines().find(|line| line.contains("verified")).unwrap();
    // Names and figures, apart from each other by two blanks at least.
    let words: Vec<_> = row.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
    let [page, list] = [&html, &md].map(|file| std::fs::read_to_string(file).unwrap());
    for word in words {
        let plain = word.trim_end_matches('*');
        assert!(page.contains(plain), "{plain:?} is not in the page");
        assert!(list.contains(plain), "{plain:?} is not in:\n{list}");
    }
    assert_eq!(std::fs::read_to_string(&csv).unwrap().lines().count(), 2, "a header and a cell");

    let again = path("again.html");
    Kvbench::new(&["report", &json, "--html", &again]).finish().returned(0);
    assert_eq!(std::fs::read_to_string(&again).unwrap(), page);
    let shown = Kvbench::new(&["report", &json]).finish().returned(0);
    assert_eq!(shown.stdout, run.stdout);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_measuring() {
    let run = Kvbench::new(&["--html", "/nonexistent/r.html"]).finish().returned(4);
    assert!(run.stderr.contains("/nonexistent/r.html"), "{}", run.stderr);
}

#[test]
fn records_that_cannot_be_read_are_named_by_line() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("r.jsonl");
    std::fs::write(&file, "{\"schema\":2}\nnonsense\n").unwrap();
    let run = Kvbench::new(&["report", file.to_str().unwrap()]).finish().returned(2);
    for words in ["line 1", "schema 2", "line 2"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    assert!(Path::new(&file).exists());
}
