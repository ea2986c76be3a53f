//! The golden records: three real runs, one of them with a failed cell.

use std::path::{Path, PathBuf};

use kvbench::record::{Reader, Record};

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
