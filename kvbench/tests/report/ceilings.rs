//! Shares and parts stand in every form of report, in the same words.

use kvbench::measure::Parts;
use kvbench::record::{Body, CeilingRecord, Record};
use kvbench::report;
use kvbench::stats::Interval;
use kvbench::variant::BackendName;

use crate::samples::records;

/// The first run of the golden records, whose second cell is a ceiling of the first.
pub fn bounded() -> Vec<Record> {
    let mut records: Vec<Record> = records();
    let started = records[0].started.clone();
    records.retain(|record| record.started == started);
    records.truncate(2);
    let ceiling = records[1].cell.clone();
    for (record, post) in records.iter_mut().zip([5000.0, 2000.0]) {
        let Body::Cell(cell) = &mut record.body else { panic!("the first run failed") };
        cell.comparison = None;
        cell.parts_ns = Some(Parts { post, wire: 1000.0, delivery: 0.0, idle: 500.0 });
    }
    let Body::Cell(cell) = &mut records[0].body else { unreachable!() };
    let share = Interval { value: 0.625, low: 0.6, high: 0.65, confidence: 0.95 };
    let backend = BackendName::RawUcx;
    cell.ceilings = vec![CeilingRecord { cell: ceiling, backend, share: Some(share) }];
    records
}

#[test]
fn every_form_tells_the_share_and_the_rest() {
    let records = bounded();
    let (table, markdown) = (report::table(&records), report::markdown(&records));
    let html = report::html(&records);
    for text in [&table, &markdown, &html] {
        for words in [
            "of raw transport",
            "62.5 % (60.0 to 65.0)",
            "of the 3 µs more per request: post 3 µs, wire 0 ns",
        ] {
            assert!(text.contains(words), "no {words:?} in:\n{text}");
        }
    }
    let csv = report::csv(&records);
    assert!(csv.contains(",0.6250,0.6000,0.6500,"), "{csv}");
}

#[test]
fn without_ceilings_nothing_is_said_of_them() {
    assert!(!report::table(&records()).contains("of raw transport"));
}
