//! Writes records, one line each, on disk before the next cell begins.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Record;
use super::checksum::seal;
use super::lines::{Lines, fail};
use crate::error::Result;

/// Where records go.
#[derive(Debug)]
pub struct Writer(Sink);

#[derive(Debug)]
enum Sink {
    Stdout,
    File { file: File, path: PathBuf, ended_half_line: bool },
}

impl Writer {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self(Sink::Stdout)
    }

    /// Appends to a file, which is created when it is not there, and locked until the writer is gone. A line
    /// that a killed writer left half written is ended first, so that it spoils no other.
    ///
    /// # Errors
    /// The file cannot be opened, or another process is writing it.
    pub fn append(path: &Path) -> Result<Self> {
        let Lines { file, ended_half_line } = Lines::append(path)?;
        Ok(Self(Sink::File { file, path: path.to_owned(), ended_half_line }))
    }

    /// The file, if its last line was half written.
    pub fn ended_half_line(&self) -> Option<&Path> {
        match &self.0 {
            Sink::File { path, ended_half_line: true, .. } => Some(path),
            Sink::File { .. } | Sink::Stdout => None,
        }
    }

    /// Writes one record with its checksum, and returns when it is on disk.
    ///
    /// # Errors
    /// The disk is full, or the file is gone.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        let line =
            sealed(record).map_err(|error| fail("write", Path::new("a record"), error.into()))?;
        match &mut self.0 {
            Sink::Stdout => {
                let written = io::stdout().lock().write_all(&line);
                written.map_err(|source| fail("write", Path::new("standard output"), source))
            }
            Sink::File { file, path, .. } => file
                .write_all(&line)
                .and_then(|()| file.sync_data())
                .map_err(|source| fail("write", path, source)),
        }
    }
}

/// A record as a line with its checksum and its end.
pub(crate) fn sealed(record: &Record) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    seal(&mut line);
    line.push(b'\n');
    Ok(line)
}
