//! `kvbench enumerate`: what the NICs cost that a backend opens, as records, table and curve.

use std::path::Path;

use kvbench::price::Price;
use kvbench::record::{Enumeration, Record};
use serde_json::Value;
use tempfile::tempdir;

use crate::harness::{Kvbench, read};

const SCHEMA: &str = include_str!("../../kvbench/schema/record-1.schema.json");

/// What each process registers here.
const MEMORY: [&str; 2] = ["--memory", "1MiB"];
const MEMORY_BYTES: u64 = 1 << 20;

/// LIBFABRIC registers a buffer of this size on each rail for its notifications.
const CONTROL_BYTES: u64 = 32 << 20;

fn points(records: &[Record]) -> Vec<&Enumeration> {
    records.iter().map(|record| record.enumeration().expect("it is a point")).collect()
}

#[track_caller]
fn price<'r>(records: &'r [Record], enumerate: &str, nics: u32) -> &'r Price {
    let mut points = points(records).into_iter();
    let is_it = |point: &&Enumeration| {
        point.variant.enumerate.to_string() == enumerate && point.nics == nics
    };
    let point = points.find(is_it).unwrap_or_else(|| panic!("no {enumerate} {nics}"));
    point.price.as_ref().unwrap_or_else(|| panic!("{:?}", point.failure))
}

#[track_caller]
fn assert_valid(file: &Path) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let record = serde_json::from_str(line).unwrap();
        let errors = validator.iter_errors(&record).map(|error| error.to_string());
        assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{line}");
    }
}

#[test]
fn all_opens_every_nic_and_rails_only_those_to_be_used() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, html) = (path("p.jsonl"), path("p.html"));
    let common = ["enumerate", "--emulate-efa", "4", "--nics", "1,4", "--repeat", "2"];
    let files = ["--json", &json, "--html", &html];
    let run = Kvbench::new(&[&common[..], &MEMORY, &files].concat()).finish().returned(0);

    assert_valid(Path::new(&json));
    let records = read(Path::new(&json));
    let rails = |point: &Enumeration| {
        (point.variant.enumerate.to_string(), point.nics, point.rails_created.unwrap())
    };
    let seen: Vec<_> = points(&records).into_iter().map(rails).collect();
    let expected = [("all", 1, 4), ("all", 4, 4), ("rails", 1, 1), ("rails", 4, 4)];
    assert_eq!(seen, expected.map(|(enumerate, nics, rails)| (enumerate.to_owned(), nics, rails)));
    for point in points(&records) {
        assert_eq!((point.nics_there, point.memory_bytes), (4, MEMORY_BYTES));
        assert!(point.emulated && point.failure.is_none() && point.processes.len() == 2);
        let price = point.price.as_ref().unwrap();
        assert!(price.backend_ns.low > 0 && price.register_ns.low > 0, "{price:?}");
        assert_eq!(price.node_bytes, 8 * price.used.rss_bytes.median);
    }

    // To the byte: the buffer of each rail, and the memory once per rail that shall be used.
    let registered = |enumerate, nics| {
        price(&records, enumerate, nics).registered_bytes.expect("emulated NICs count it").median
    };
    assert_eq!(registered("rails", 1), CONTROL_BYTES + MEMORY_BYTES);
    assert_eq!(registered("all", 1), 4 * CONTROL_BYTES + MEMORY_BYTES);
    assert_eq!(registered("all", 4), 4 * (CONTROL_BYTES + MEMORY_BYTES));
    assert_eq!(registered("rails", 4), registered("all", 4));

    let (all, rails) = (&price(&records, "all", 1).added, &price(&records, "rails", 1).added);
    let dearer = all.rss_bytes.median - rails.rss_bytes.median;
    assert!(dearer > 3 * CONTROL_BYTES, "registered pages are resident: {dearer}");
    assert!(all.fds.median > rails.fds.median, "{all:?} {rails:?}");

    let page = std::fs::read_to_string(&html).unwrap();
    for words in ["Emulated: NICs", "Creation time", "class=\"line\"", "enumerate=rails (emulated)"]
    {
        assert!(page.contains(words), "{words:?} is not in the page");
    }
    for words in
        ["Emulated: NICs", "4 emulated NICs for LIBFABRIC", "to use 1 of 4 NICs", "128 GiB"]
    {
        assert!(run.stdout.contains(words), "{words:?} is not in:\n{}", run.stdout);
    }
}

#[test]
fn report_makes_it_again_in_every_form() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, html, csv, md) = (path("p.jsonl"), path("p.html"), path("p.csv"), path("p.md"));
    let common = ["enumerate", "--emulate-efa", "2", "--nics", "2", "--repeat", "1"];
    let files = ["--json", &json, "--html", &html, "--csv", &csv, "--md", &md];
    let run = Kvbench::new(&[&common[..], &MEMORY, &files].concat()).finish().returned(0);
    let shown = Kvbench::new(&["report", &json]).finish().returned(0);
    assert_eq!(shown.stdout, run.stdout);
    let again = path("again.html");
    Kvbench::new(&["report", &json, "--html", &again]).finish().returned(0);
    let [first, second] = [&html, &again].map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(first, second);
    let csv = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(csv.lines().count(), 3, "a header and two points:\n{csv}");
    let head = csv.lines().next().unwrap();
    assert!(head.contains("added_rss_bytes") && !head.contains("delivered_p50_ns"), "{head}");
    let list = std::fs::read_to_string(&md).unwrap();
    assert!(list.contains("> Emulated: ") && list.contains("| setting | NICs |"), "{list}");
}

#[test]
fn a_point_that_fails_is_a_row_with_its_reason_and_the_others_go_on() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("p.jsonl");
    let fails = ["enumerate", "--emulate-efa", "2", "--fail-nic", "rdmap147s0", "--repeat", "2"];
    let arguments = [&fails[..], &MEMORY, &["--json", file.to_str().unwrap()]].concat();
    let run = Kvbench::new(&arguments).finish().returned(3);
    assert_valid(&file);
    let records = read(&file);
    let priced = points(&records).into_iter().filter(|point| point.price.is_some());
    let priced: Vec<_> =
        priced.map(|point| (point.variant.enumerate.to_string(), point.nics)).collect();
    assert_eq!(priced, [("rails".to_owned(), 1)], "it is the one without the NIC that fails");
    for point in points(&records).into_iter().filter(|point| point.price.is_none()) {
        let failure = point.failure.as_ref().expect("it says why");
        assert_eq!(failure.step.as_deref(), Some("create the backend"));
        assert!(failure.error.contains("rdmap147s0"), "{failure:?}");
        assert!(point.processes.is_empty(), "it is not tried again");
    }
    assert_eq!(run.stdout.matches("Failed: ").count(), 3, "{}", run.stdout);
}

#[test]
fn a_limit_of_locked_memory_shows_from_which_number_of_nics() {
    let limit = ["enumerate", "--emulate-efa", "4", "--memlock", "100MiB", "--enumerate", "rails"];
    let run = Kvbench::new(&[&limit[..], &MEMORY, &["--repeat", "1"]].concat()).finish();
    let rows = run.stdout.lines().filter(|line| line.starts_with(" LIBFABRIC"));
    let failed = rows.filter(|row| row.contains(" failed ")).count();
    assert_eq!(failed, 1, "two rails are within it, four are not:\n{}", run.stdout);
    assert!(run.stdout.contains("efa-emu: "), "{}", run.stdout);
}

#[test]
fn without_emulation_nothing_is_called_emulated() {
    let arguments = ["enumerate", "--nics", "1", "--repeat", "1"];
    let run = Kvbench::new(&[&arguments[..], &MEMORY].concat()).finish().returned(0);
    for backend in ["UCX enumerate=all", "LIBFABRIC enumerate=all"] {
        assert!(run.stdout.contains(backend), "{}", run.stdout);
    }
    assert!(!run.stdout.to_lowercase().contains("emulated"), "{}", run.stdout);
}

#[test]
fn more_nics_than_there_are_is_said_to_be_so() {
    let arguments = ["enumerate", "--emulate-efa", "2", "--nics", "3", "--enumerate", "rails"];
    let run = Kvbench::new(&arguments).finish().returned(3);
    assert!(run.stdout.contains("LIBFABRIC cannot use 3 NICs"), "{}", run.stdout);
    let wrong = ["enumerate", "--emulate-efa", "2", "--fail-nic", "eth0"];
    Kvbench::new(&wrong).finish().returned(2).complained_of(&["eth0", "rdmap79s0, rdmap147s0"]);
}
