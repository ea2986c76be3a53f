//! What a load leaves behind: JSON Lines, one for each deployment, each point and each end of a
//! deployment; and in a log, one for each request.
//!
//! `kvbench/schema/load-1.schema.json` describes them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::outcome::{Driven, Outcome};
use super::point::Load;
use crate::error::{Error, Result};
use crate::record::Lines;
use crate::serving::{RequestEntry, ServeEntry};
use crate::variant::Observed;

/// The version of the format.
pub const LOAD_SCHEMA: u32 = 1;

/// A line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LoadLine {
    /// [`LOAD_SCHEMA`].
    pub schema: u32,
    /// What it tells.
    #[serde(flatten)]
    pub entry: LoadEntry,
}

/// What a line tells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum LoadEntry {
    /// The deployment that the following points are of.
    Load(Box<LoadedEntry>),
    /// A request, in the log.
    Request(Box<RequestLine>),
    /// A point that is over.
    Point(Box<PointEntry>),
    /// What carried the bytes of the deployment.
    End(Box<EndEntry>),
}

/// A deployment under load.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LoadedEntry {
    /// The deployment, as `serve` logs it.
    #[serde(flatten)]
    pub serve: ServeEntry,
    /// The seed of everything that is drawn.
    pub random_seed: u64,
    /// The command.
    pub command: Vec<String>,
}

/// A point of a sweep.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PointEntry {
    /// Its number within the deployment, from 0.
    pub point: u32,
    /// When its measuring began (RFC 3339).
    pub started: String,
    /// The backend.
    pub backend: String,
    /// What was asked.
    pub load: Load,
    /// Requests that warmed up before, and are in no figure.
    pub warmup_requests: u64,
    /// A stall of the worker that receives, in seconds: after how long, and how long.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stall_s: Option<[f64; 2]>,
    /// Whether it was broken off.
    pub interrupted: bool,
    /// What came of it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Whether a request counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It warmed up.
    Warmup,
    /// It was measured.
    Measured,
}

/// A request as the load saw it: offsets in milliseconds from the start of its stage.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestLine {
    /// Its point.
    pub point: u32,
    /// Whether it counts.
    pub stage: Stage,
    /// Its place in the order of arrival.
    pub number: u64,
    /// When it should arrive.
    pub intended_ms: f64,
    /// How long it waited for room below the limit of requests at a time.
    pub slot_ms: f64,
    /// How much later than it could be it was handed in.
    pub late_ms: f64,
    /// From its intended arrival until the decode worker had its blocks.
    pub kv_delivered_ms: Option<f64>,
    /// As `serve` logs it, its arrival being the intended one.
    #[serde(flatten)]
    pub entry: RequestEntry,
}

impl RequestLine {
    fn new(point: u32, stage: Stage, outcome: &Outcome) -> Self {
        Self {
            point,
            stage,
            number: outcome.number,
            intended_ms: outcome.intended_ns as f64 / 1e6,
            slot_ms: outcome.slot_ms(),
            late_ms: outcome.late_ms(),
            kv_delivered_ms: outcome.kv_delivered_ms(),
            entry: outcome.entry.clone(),
        }
    }
}

/// The end of a deployment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EndEntry {
    /// The backend.
    pub backend: String,
    /// Bytes delivered in all points, warming up included.
    pub bytes: u64,
    /// What carried them, and what became of the settings.
    pub observed: Observed,
}

/// Where lines go. Each record is on disk when it is written.
#[derive(Debug, Default)]
pub struct LoadWriter {
    records: Option<Sink>,
    requests: Option<Sink>,
}

#[derive(Debug)]
enum Sink {
    Stdout,
    File(BufWriter<File>, PathBuf),
}

impl LoadWriter {
    /// Appends records to one file and requests to another, each of which may be absent; `-` is standard
    /// output.
    ///
    /// # Errors
    /// A file cannot be opened.
    pub fn open(records: Option<&Path>, requests: Option<&Path>) -> Result<Self> {
        let sink = |path: &Path| -> Result<Sink> {
            if path == Path::new("-") {
                return Ok(Sink::Stdout);
            }
            Ok(Sink::File(BufWriter::new(Lines::append(path)?.file), path.to_owned()))
        };
        let [records, requests] = [records, requests].map(|path| path.map(sink).transpose());
        Ok(Self { records: records?, requests: requests? })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// The disk is full, or the file is gone.
    pub fn record(&mut self, entry: LoadEntry) -> Result<()> {
        write(self.records.as_mut(), [entry])
    }

    /// Logs the requests of a phase.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn requests(&mut self, point: u32, stage: Stage, driven: &Driven) -> Result<()> {
        let line = |outcome| LoadEntry::Request(Box::new(RequestLine::new(point, stage, outcome)));
        write(self.requests.as_mut(), driven.outcomes.iter().map(line))
    }
}

fn write(sink: Option<&mut Sink>, entries: impl IntoIterator<Item = LoadEntry>) -> Result<()> {
    let Some(sink) = sink else { return Ok(()) };
    let all = |out: &mut dyn Write| {
        for entry in entries {
            serde_json::to_writer(&mut *out, &LoadLine { schema: LOAD_SCHEMA, entry })?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    let (written, path) = match sink {
        Sink::Stdout => (all(&mut std::io::stdout().lock()), Path::new("standard output")),
        Sink::File(file, path) => {
            let written = all(file).and_then(|()| file.get_ref().sync_data());
            (written, path.as_path())
        }
    };
    written.map_err(|source| Error::File { what: "write", path: path.to_owned(), source })
}
