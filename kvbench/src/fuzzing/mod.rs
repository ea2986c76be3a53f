//! What comes from outside, as functions from bytes: for `fuzz/`, and for the tests, which give each its corpus
//! and changes of it.
//!
//! None may panic, allocate without bound or run without end, whatever the bytes. What is accepted must also
//! survive the way back.

use crate::plan::Plan;
use crate::record::{Reader, Record, sealed};
use crate::workload::{KvDtype, Model};

/// A target: its name, which is that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 5] =
    [("control", control), ("http", http), ("model", model), ("plan", plan), ("records", records)];

/// Frames between the coordinator and a worker, in either direction.
pub fn control(bytes: &[u8]) {
    crate::worker::protocol::fuzz(bytes);
}

/// Bodies of completions and chat completions.
pub fn http(bytes: &[u8]) {
    crate::serving::http::fuzz(bytes);
}

/// Hugging Face's config.json, with its KV cache for a long prompt.
pub fn model(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dtype in [None, Some(KvDtype::Bf16)] {
        if let Ok(model) = Model::from_config("config.json", text, dtype) {
            assert!(model.layers() > 0 && model.bytes_per_token() > 0, "{model:?}");
        }
    }
}

/// Plans, with the workloads and variants of their cells.
pub fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(plan) = Plan::parse("plan.toml", text) {
        for scale in [1.0, 0.01] {
            let _ = plan.groups(scale);
        }
    }
}

/// Record files, with every report of what could be read.
pub fn records(bytes: &[u8]) {
    let read = Reader::parse(bytes);
    for record in &read.records {
        let again: Record = reread(record);
        assert_eq!(sealed(&again).ok(), sealed(record).ok(), "a record changes on its way");
    }
    let _ = crate::report::table(&read.records);
    let _ = crate::report::html(&read.records);
    let _ = crate::report::csv(&read.records);
    let _ = read.latest();
}

fn reread(record: &Record) -> Record {
    let line = sealed(record).expect("what was read can be written");
    let mut read = Reader::parse(&line);
    assert_eq!(read.bad_lines, []);
    read.records.pop().expect("a line is a record")
}

#[cfg(test)]
mod tests;
