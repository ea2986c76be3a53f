//! Files of lines that only grow: one writer at a time, and no line of a writer that was killed spoils the
//! next one's.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// A file that is open for appending.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The file. It is locked until it is closed, also by the death of this process.
    pub file: File,
    /// Whether its last line was half written, and was ended.
    pub ended_half_line: bool,
}

impl Lines {
    /// Opens a file to append to, which is created when it is not there. A line that a killed
    /// writer left half written is ended first.
    ///
    /// # Errors
    /// The file cannot be opened, or another process is writing it.
    pub(crate) fn append(path: &Path) -> Result<Self> {
        let opened = OpenOptions::new().create(true).read(true).append(true).open(path);
        let mut file = opened.map_err(|source| fail("open", path, source))?;
        let regular = file.metadata().is_ok_and(|about| about.is_file());
        if regular {
            lock(&file, path)?;
        }
        let ended = if regular { end_last_line(&mut file) } else { Ok(false) };
        let ended_half_line = ended.map_err(|source| fail("append to", path, source))?;
        Ok(Self { file, ended_half_line })
    }
}

fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::Usage(format!(
            "{} is being written by another kvbench; wait for it, or give another file",
            path.display()
        ))),
        // Some network file systems have no locks.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(source)) => Err(fail("lock", path, source)),
    }
}

/// Whether the last line had to be ended.
fn end_last_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(false);
    }
    file.write_all(b"\n")?;
    Ok(true)
}

pub(super) fn fail(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_line_is_ended_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        let files =
            [("", "", false), ("{\"half\":", "{\"half\":\n", true), ("{}\n", "{}\n", false)];
        for (before, after, ended) in files {
            std::fs::write(&path, before).unwrap();
            assert_eq!(Lines::append(&path).unwrap().ended_half_line, ended);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }

    #[test]
    fn a_file_has_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        let first = Lines::append(&path).unwrap();
        let error = Lines::append(&path).unwrap_err().to_string();
        assert!(error.contains("records.jsonl is being written by another kvbench"), "{error}");
        drop(first);
        Lines::append(&path).unwrap();
    }

    #[test]
    fn what_is_no_regular_file_is_only_opened() {
        let null = Path::new("/dev/null");
        let _first = Lines::append(null).unwrap();
        Lines::append(null).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = Lines::append(Path::new("/nonexistent/x")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/x"));
    }
}
