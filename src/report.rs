//! Reports as files: at the end of a run, and of records that are there already.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use kvbench::error::{Error, Result};
use kvbench::record::{Reader, Record};
use kvbench::report;

use crate::cli::{ExportArgs, ReportArgs};

/// `kvbench report`.
pub fn report(arguments: &ReportArgs) -> Result<u8> {
    let mut records = Vec::new();
    for path in &arguments.files {
        let read = Reader::open(path)?;
        for bad in &read.bad_lines {
            eprintln!("kvbench: {}, {bad}; skipped", path.display());
        }
        records.extend(read.latest());
    }
    if records.is_empty() {
        return Err(Error::Usage("no record could be read; give a file that --json wrote".into()));
    }
    if arguments.export.is_empty() {
        print!("{}", report::table(&records));
    }
    arguments.export.write(&records)?;
    Ok(0)
}

type Form = fn(&[Record]) -> String;

impl ExportArgs {
    fn files(&self) -> impl Iterator<Item = (&PathBuf, Form)> {
        let forms: [(_, Form); 3] =
            [(&self.html, report::html), (&self.csv, report::csv), (&self.md, report::markdown)];
        forms.into_iter().filter_map(|(path, form)| Some((path.as_ref()?, form)))
    }

    /// Whether no file is asked for.
    pub fn is_empty(&self) -> bool {
        self.files().next().is_none()
    }

    /// Whether a report goes to standard output, so that nothing else may.
    pub fn to_stdout(&self) -> bool {
        self.files().any(|(path, _)| is_stdout(path))
    }

    /// Fails now rather than after a run, where a file cannot be written. What it holds stays.
    pub fn check(&self) -> Result<()> {
        self.files().try_for_each(|(path, _)| check(path))
    }

    /// Writes each report that is asked for.
    pub fn write(&self, records: &[Record]) -> Result<()> {
        for (path, form) in self.files() {
            write(path, &form(records))?;
        }
        Ok(())
    }
}

/// Fails where a report cannot be written to `path`. What is there stays.
pub fn check(path: &Path) -> Result<()> {
    if is_stdout(path) {
        return Ok(());
    }
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|source| Error::File { what: "open", path: path.to_owned(), source })
}

/// Writes a report; `-` is standard output.
pub fn write(path: &Path, text: &str) -> Result<()> {
    if is_stdout(path) {
        print!("{text}");
        return Ok(());
    }
    let written = std::fs::write(path, text);
    written.map_err(|source| Error::File { what: "write", path: path.to_owned(), source })
}

/// Whether `path` stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}
