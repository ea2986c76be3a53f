//! Where the log goes: written on a thread of its own, so that a slow disk delays no request, or passed on.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::record::{Entry, LOG_SCHEMA, LogLine};
use crate::error::Result;
use crate::record::Lines;

/// Where a deployment logs: a file, or another thread. Dropping it waits until a file is written.
pub struct Log {
    entries: Option<Sender<Entry>>,
    writer: Option<JoinHandle<()>>,
}

impl Log {
    /// Appends to a file, which is created when it is not there.
    ///
    /// # Errors
    /// The file cannot be opened, or another process is writing it.
    pub fn append(path: &Path) -> Result<Self> {
        let Lines { file, ended_half_line } = Lines::append(path)?;
        if ended_half_line {
            eprintln!(
                "kvbench: the last line of {} was half written; it was ended",
                path.display()
            );
        }
        let (entries, queue) = channel();
        let path = path.to_owned();
        let writer = std::thread::spawn(move || {
            if let Err(error) = write_all(file, &queue) {
                eprintln!("kvbench: failed to write {}: {error}", path.display());
            }
        });
        Ok(Self { entries: Some(entries), writer: Some(writer) })
    }

    /// Passes entries on to whoever has the other end, instead of writing them.
    pub fn passed_on() -> (Self, Receiver<Entry>) {
        let (entries, queue) = channel();
        (Self { entries: Some(entries), writer: None }, queue)
    }

    /// Appends a line. One that cannot be written is told on standard error.
    pub fn write(&self, entry: Entry) {
        if let Some(entries) = &self.entries {
            let _ = entries.send(entry);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.entries = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Writes entries as they come, and flushes when there is none.
fn write_all(file: File, entries: &Receiver<Entry>) -> std::io::Result<()> {
    let mut file = BufWriter::new(file);
    while let Ok(first) = entries.recv() {
        let next = std::iter::from_fn(|| entries.try_recv().ok());
        for entry in std::iter::once(first).chain(next) {
            serde_json::to_writer(&mut file, &LogLine { schema: LOG_SCHEMA, entry })?;
            file.write_all(b"\n")?;
        }
        file.flush()?;
    }
    Ok(())
}
