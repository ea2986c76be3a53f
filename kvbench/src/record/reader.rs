//! Reads records back: the good lines, and of each bad one its number and what is wrong with it.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::checksum::sums;
use super::{Record, SCHEMA};
use crate::error::{Error, Result};

/// What a record file holds.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// The records, in the order of the file.
    pub records: Vec<Record>,
    /// The lines that are none; blank lines are not among them.
    pub bad_lines: Vec<BadLine>,
}

/// A line that is no record of this version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: BadReason,
}

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BadReason {
    /// Only the beginning of a record: its writer was killed, or still writes.
    HalfWritten,
    /// Its bytes are not those that were written.
    Checksum,
    /// Another version of the format.
    Schema(String),
    /// Not a record at all, or one with a key missing.
    Damaged(String),
}

impl fmt::Display for BadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfWritten => f.write_str(
                "only the beginning of a record; its writer was killed, or still writes",
            ),
            Self::Checksum => f.write_str(
                "its checksum (crc32) does not match: the line was changed after it was written; \
                 drop the key if that was on purpose",
            ),
            Self::Schema(found) => write!(f, "schema {found}; this kvbench reads schema {SCHEMA}"),
            // It may quote the file, and a terminal obeys control characters.
            Self::Damaged(why) => write!(f, "not a record: {}", why.replace(char::is_control, "?")),
        }
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Reader {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read. Bad lines are no error.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |source| Error::Input { path: path.to_owned(), source };
        Ok(Self::parse(&std::fs::read(path).map_err(fail)?))
    }

    /// The last record of each cell, in the order of the file: a cell that failed may have been run
    /// again.
    pub fn latest(self) -> Vec<Record> {
        let last: HashMap<String, usize> =
            self.records.iter().enumerate().map(|(at, record)| (record.cell.clone(), at)).collect();
        let records = self.records.into_iter().enumerate();
        records.filter(|(at, record)| last[&record.cell] == *at).map(|(_, record)| record).collect()
    }

    /// Reads the bytes of a file.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut read = Self::default();
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            match record(text) {
                Ok(record) => read.records.push(record),
                Err(reason) => read.bad_lines.push(BadLine { line: index + 1, reason }),
            }
        }
        read
    }
}

fn record(line: &[u8]) -> std::result::Result<Record, BadReason> {
    /// What every version of the format has.
    #[derive(Deserialize)]
    struct Head {
        schema: serde_json::Value,
        crc32: Option<serde::de::IgnoredAny>,
    }
    let damaged = |error: serde_json::Error| match error.is_eof() {
        true => BadReason::HalfWritten,
        false => BadReason::Damaged(error.to_string()),
    };
    let Head { schema, crc32 } = serde_json::from_slice(line).map_err(damaged)?;
    if schema != SCHEMA {
        return Err(BadReason::Schema(schema.to_string()));
    }
    // Lines of other programs may have none.
    if crc32.is_some() && sums(line).is_none_or(|(said, is)| said != is) {
        return Err(BadReason::Checksum);
    }
    serde_json::from_slice(line).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Body;

    const FAILURE: &str = r#"{"schema":1,"cell":"x","started":"2026-01-01T00:00:00Z","kind":"failure","variant":{"backend":"UCX","rails":"all","enumerate":"all","env":{},"params":{}},"workload":{"model":null,"op":"write","mem":["dram","dram"],"tp":[1,1],"blocks":1,"block_bytes":8,"bytes":8},"step":null,"worker":null,"error":"why","environment":{"host":"h","cpu":"c","cpus":1,"kernel":"k","tcp_congestion_control":"cubic","nixl":null,"ucx":null,"libfabric":null,"nixl_origin":"installed","paths":{},"variables":{},"kvbench":{"version":"0","commit":null,"rustc":"r","target":"t","profile":"release"}}}"#;

    fn bad(text: &str) -> Vec<BadLine> {
        Reader::parse(text.as_bytes()).bad_lines
    }

    #[test]
    fn good_lines_survive_bad_ones() {
        let other = FAILURE.replace("\"schema\":1", "\"schema\":2");
        let read = Reader::parse(format!("{FAILURE}\nnoise\n\n{other}\n{FAILURE}\n").as_bytes());
        assert_eq!(read.records.len(), 2);
        let lines: Vec<_> = read.bad_lines.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [2, 4]);
        assert_eq!(read.bad_lines[1].to_string(), "line 4: schema 2; this kvbench reads schema 1");
    }

    #[test]
    fn a_half_line_is_told_apart() {
        let half = &FAILURE[..FAILURE.len() / 2];
        let reasons = |text: &str| -> Vec<_> {
            bad(text).into_iter().map(|bad| (bad.line, bad.reason)).collect()
        };
        assert_eq!(reasons(&format!("{FAILURE}\n{half}")), [(2, BadReason::HalfWritten)]);
        assert_eq!(reasons(&format!("{half}\n{FAILURE}\n")), [(1, BadReason::HalfWritten)]);
        let [(1, BadReason::Damaged(_))] = &reasons("no record")[..] else { panic!() };
        assert_eq!(bad(FAILURE), [], "a whole record needs no end of line");
    }

    #[test]
    fn a_changed_line_is_told_and_the_others_count() {
        let mut sealed = FAILURE.as_bytes().to_vec();
        super::super::checksum::seal(&mut sealed);
        let sealed = String::from_utf8(sealed).unwrap();
        let changed = sealed.replace("\"bytes\":8", "\"bytes\":9");
        // As jq --sort-keys writes it: the checksum is no longer its end.
        let moved = sealed.replace('{', "{ ").replace("\"}", "\" }");
        let read = Reader::parse(format!("{changed}\n{sealed}\n{moved}\n").as_bytes());
        assert_eq!(read.records.len(), 1);
        let reasons: Vec<_> = read.bad_lines.iter().map(|bad| (bad.line, &bad.reason)).collect();
        assert_eq!(reasons, [(1, &BadReason::Checksum), (3, &BadReason::Checksum)]);
    }

    #[test]
    fn the_latest_record_of_a_cell_counts() {
        let of = |cell: &str, why: &str| {
            let line = FAILURE.replace("\"cell\":\"x\"", &format!("\"cell\":\"{cell}\""));
            line.replace("\"why\"", &format!("\"{why}\"")) + "\n"
        };
        let text = of("a", "first") + &of("b", "only") + &of("a", "second");
        let latest = Reader::parse(text.as_bytes()).latest();
        let cells: Vec<_> = latest.iter().map(|record| record.cell.as_str()).collect();
        assert_eq!(cells, ["b", "a"]);
        let Body::Failure(failure) = &latest[1].body else { panic!() };
        assert_eq!(failure.error, "second");
    }

    #[test]
    fn what_is_missing_is_named() {
        let [bad] = &bad(&FAILURE.replace("\"error\":\"why\",", ""))[..] else { panic!() };
        assert!(bad.to_string().contains("missing field `error`"), "{bad}");
    }

    #[test]
    fn a_reason_holds_no_control_characters() {
        let [bad] = &bad(&FAILURE.replace("\"failure\"", r#""\u001b[31m""#))[..] else { panic!() };
        assert!(bad.to_string().contains("unknown variant `?[31m`"), "{bad}");
    }

    #[test]
    fn versions_are_refused_by_name_whatever_they_are() {
        for version in ["2", "\"1\"", "1.5", "null"] {
            let line = FAILURE.replace("\"schema\":1", &format!("\"schema\":{version}"));
            let [bad] = &bad(&line)[..] else { panic!() };
            assert_eq!(bad.reason, BadReason::Schema(version.to_owned()));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_a_bad_line() {
        let read = Reader::parse(b"\xff\xfe\n\0\0\0");
        assert_eq!(read.bad_lines.len(), 2);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Reader::open(Path::new("/no/such/file.jsonl")).unwrap_err();
        assert!(error.to_string().contains("/no/such/file.jsonl"), "{error}");
    }
}
