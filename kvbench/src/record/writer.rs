//! Writes records, one line each, on disk before the next cell begins.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Record;
use crate::error::{Error, Result};

/// Where records go.
#[derive(Debug)]
pub struct Writer(Sink);

#[derive(Debug)]
enum Sink {
    Stdout,
    File(File, PathBuf),
}

impl Writer {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self(Sink::Stdout)
    }

    /// Appends to a file, which is created when it is not there. A line that a killed writer left
    /// half written is ended first, so that it spoils no other.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn append(path: &Path) -> Result<Self> {
        let file = append_lines(path)?;
        Ok(Self(Sink::File(file, path.to_owned())))
    }

    /// Writes one record, and returns when it is on disk.
    ///
    /// # Errors
    /// The disk is full, or the file is gone.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_vec(record)
            .map_err(|error| fail("write", Path::new("a record"), error.into()))?;
        line.push(b'\n');
        match &mut self.0 {
            Sink::Stdout => {
                let written = io::stdout().lock().write_all(&line);
                written.map_err(|source| fail("write", Path::new("standard output"), source))
            }
            Sink::File(file, path) => file
                .write_all(&line)
                .and_then(|()| file.sync_data())
                .map_err(|source| fail("write", path, source)),
        }
    }
}

/// Opens a file of lines to append to, which is created when it is not there. A line that a killed
/// writer left half written is ended first, so that it spoils no other.
///
/// # Errors
/// The file cannot be opened.
pub(crate) fn append_lines(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).read(true).append(true).open(path);
    let mut file = opened.map_err(|source| fail("open", path, source))?;
    end_last_line(&mut file).map_err(|source| fail("append to", path, source))?;
    Ok(file)
}

fn end_last_line(file: &mut File) -> io::Result<()> {
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}

fn fail(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_line_is_ended_before_the_next_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        for (before, after) in [("", ""), ("{\"half\":", "{\"half\":\n"), ("{}\n", "{}\n")] {
            std::fs::write(&path, before).unwrap();
            drop(Writer::append(&path).unwrap());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = Writer::append(Path::new("/nonexistent/x")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/x"));
    }
}
