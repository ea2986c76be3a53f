//! Writes records, one line each, on disk before the next cell begins.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
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

    /// Appends to a file, which is created when it is not there.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn append(path: &Path) -> Result<Self> {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file = opened.map_err(|source| fail("open", path, source))?;
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

fn fail(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { what, path: path.to_owned(), source }
}
