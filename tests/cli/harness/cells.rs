//! The records of a run, and what holds for every one of them.

use std::path::Path;

use kvbench::record::{Body, Cell, Failure, Record, SCHEMA};
use kvbench::stats::{Histogram, Summary};

/// The records of a file.
pub fn read(file: &Path) -> Vec<Record> {
    parse(&std::fs::read_to_string(file).expect("the records were written"))
}

/// The records of a text: one per line, and nothing else.
#[track_caller]
pub fn parse(text: &str) -> Vec<Record> {
    let record = |line| match serde_json::from_str::<Record>(line) {
        Ok(record) => record,
        Err(error) => panic!("{error} in {line}"),
    };
    let records: Vec<Record> = text.lines().map(record).collect();
    assert!(records.iter().all(|record| record.schema == SCHEMA));
    records
}

/// The cell of a backend.
#[track_caller]
pub fn cell<'r>(records: &'r [Record], backend: &str) -> &'r Cell {
    let mut cells = records
        .iter()
        .filter_map(Record::measured)
        .filter(|cell| cell.variant.backend.label() == backend);
    cells.next().unwrap_or_else(|| panic!("{backend} was not measured: {records:?}"))
}

/// The failure of a backend.
#[track_caller]
pub fn failure<'r>(records: &'r [Record], backend: &str) -> &'r Failure {
    let failures = records.iter().filter_map(|record| match &record.body {
        Body::Failure(failure) => Some(failure.as_ref()),
        Body::Cell(_) | Body::Enumeration(_) | Body::Load(_) => None,
    });
    let mut failures = failures.filter(|failure| failure.variant.backend.label() == backend);
    failures.next().unwrap_or_else(|| panic!("{backend} did not fail: {records:?}"))
}

/// What the measured requests moved.
pub fn payload_bytes(cell: &Cell) -> u64 {
    cell.latency_ns.delivered.count * cell.workload.bytes
}

/// Fails the test unless the cell makes sense.
#[track_caller]
pub fn assert_sound(cell: &Cell) {
    assert_summary(&cell.latency_ns.completed);
    assert_summary(&cell.latency_ns.delivered);
    assert_eq!(cell.latency_ns.completed.count, cell.latency_ns.delivered.count);
    assert_slices(cell);

    let bandwidth = cell.bandwidth_bytes_per_s;
    assert!(bandwidth.value > 0.0);
    assert!(bandwidth.low.is_none_or(|low| low <= bandwidth.value), "{bandwidth:?}");
    assert!(bandwidth.high.is_none_or(|high| high >= bandwidth.value), "{bandwidth:?}");

    let work = &cell.workload;
    assert!(work.bytes > 0 && work.blocks > 0 && work.bytes == work.blocks * work.block_bytes);
    assert!(cell.verified && !cell.emulated);
    let at_once = u64::from(work.in_flight.expect("new records tell"));
    let checked = 2 * u64::from(cell.restarts) * at_once * work.bytes;
    assert_eq!(cell.verified_bytes, checked, "a request before measuring and one after it");

    let times = &cell.setup_ns;
    let steps = [times.load, times.agent, times.backend, times.register, times.metadata];
    assert!(steps.iter().all(|ns| *ns > 0) && times.first_transfer > 0, "{times:?}");
    for usage in [&cell.resources.initiator, &cell.resources.target] {
        assert!(usage.rss_bytes > work.bytes / 2 && usage.cpu_s > 0.0, "{usage:?}");
        assert!(usage.fds >= 3 && usage.threads >= 1, "{usage:?}");
    }
    assert!(!cell.observed.transports.is_empty(), "{:?}", cell.observed);
    assert!(cell.observed.settings.contains_key("rails"), "{:?}", cell.observed);
}

#[track_caller]
fn assert_summary(summary: &Summary) {
    let Summary { count, min, mean, p50, p90, p99, p999, max, .. } = *summary;
    assert!(count > 0 && min > 0);
    assert!([min, p50, p90, p99, p999, max].is_sorted(), "{summary:?}");
    assert!(min as f64 <= mean && mean <= max as f64, "{summary:?}");
    let histogram = Histogram::from_base64(&summary.histogram).expect("it is a histogram");
    assert_eq!(histogram.count(), count);
    assert_eq!(histogram.quantile(0.99), Some(p99));
}

/// The slices hold every request once.
#[track_caller]
fn assert_slices(cell: &Cell) {
    let mut whole = Histogram::new().expect("there are histograms");
    for slice in &cell.slices {
        assert!(slice.elapsed_ns > 0);
        let part = Histogram::from_base64(&slice.delivered).expect("it is a histogram");
        assert_eq!(slice.bytes, part.count() * cell.workload.bytes);
        whole.merge(&part).expect("they have the same bounds");
    }
    let delivered = Histogram::from_base64(&cell.latency_ns.delivered.histogram);
    assert_eq!(whole, delivered.expect("it is a histogram"));
}
