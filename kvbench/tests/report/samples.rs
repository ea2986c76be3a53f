//! The golden records: three real runs, one of them with a failed cell.

use std::path::{Path, PathBuf};

use kvbench::record::{Body, Cell, Reader, Record};

/// A file under `tests/data`.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// All golden records.
pub fn records() -> Vec<Record> {
    let read = Reader::open(&data("records.jsonl")).unwrap();
    assert_eq!(read.bad_lines, []);
    read.records
}

/// All golden records, each measured cell changed by `change`.
pub fn changed(change: impl Fn(&mut Cell)) -> Vec<Record> {
    let mut records = records();
    for record in &mut records {
        if let Body::Cell(cell) = &mut record.body {
            change(cell);
        }
    }
    records
}
