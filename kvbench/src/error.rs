//! Everything that can go wrong, by what the user can do about it.

use std::fmt;
use std::path::PathBuf;

use crate::variant::{BackendName, NicFinding};
use crate::worker::{Step, WorkerId, last_words};

/// The result of a step of a run.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Each kind has its own exit code, see [`Error::exit_code`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The job makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A model, a shape or a tensor parallelism makes no sense.
    #[error(transparent)]
    Geometry(#[from] crate::workload::GeometryError),
    /// This machine cannot do it.
    #[error("{what}\n  why: {why}\n  try: {remedy}")]
    Environment {
        /// What cannot be done.
        what: String,
        /// Why not.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A worker failed in a step.
    #[error("{0}")]
    Worker(Box<WorkerError>),
    /// A worker of a deployment failed before it could serve.
    #[error("{0}")]
    Serving(Box<ServingError>),
    /// Data arrived that is not what was sent.
    #[error("{worker} received wrong data over {backend}: {mismatch}")]
    DataMismatch {
        /// The worker that checked.
        worker: WorkerId,
        /// The backend.
        backend: BackendName,
        /// Where, and what.
        mismatch: Mismatch,
    },
    /// A file that the user named could not be read.
    #[error("failed to read {}: {source}; give an existing file", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file could not be opened or written.
    #[error("failed to {what} {}: {source}", path.display())]
    File {
        /// What was being done.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Somebody asked for an end before there was a result.
    #[error("stopped before there was a result")]
    Stopped,
    /// The system refused something that every run needs.
    #[error("failed to {what}: {source}")]
    System {
        /// What was being done.
        what: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A worker that failed: which, in what, and why.
#[derive(Debug)]
pub struct WorkerError {
    /// The worker.
    pub worker: WorkerId,
    /// Its backend.
    pub backend: BackendName,
    /// What it was doing.
    pub step: Step,
    /// Why it failed.
    pub reason: String,
    /// What it logged. Lines may hold any bytes.
    pub log: Vec<u8>,
    /// Which start of the variant's processes it belongs to, from 0.
    pub restart: u32,
    /// The NICs that are to blame, where that was found out.
    pub findings: Vec<NicFinding>,
    /// Whether the machine, not the run, is at fault.
    pub environment: bool,
}

/// How many of a worker's last lines an error shows.
const LAST_WORDS: usize = 6;

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, backend, step, reason, log, .. } = self;
        let restart = match self.restart {
            0 => String::new(),
            earlier => format!(", in start {} of the processes", earlier + 1),
        };
        write_failure(f, worker, *backend, *step, &format!("{reason}{restart}"), log)?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n  finding: {finding}"))
    }
}

/// A worker of a deployment that failed: which, in what, and why.
#[derive(Debug)]
pub struct ServingError {
    /// The worker: `prefill 0`.
    pub worker: String,
    /// Its backend.
    pub backend: BackendName,
    /// What it was doing.
    pub step: Step,
    /// Why it failed.
    pub reason: String,
    /// What it logged. Lines may hold any bytes.
    pub log: Vec<u8>,
    /// Whether the machine, not the run, is at fault.
    pub environment: bool,
}

impl fmt::Display for ServingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, backend, step, reason, log, .. } = self;
        write_failure(f, worker, *backend, *step, reason, log)
    }
}

fn write_failure(
    f: &mut fmt::Formatter<'_>,
    worker: &dyn fmt::Display,
    backend: BackendName,
    step: Step,
    reason: &str,
    log: &[u8],
) -> fmt::Result {
    write!(f, "{worker} of {backend} failed to {step}: {reason}")?;
    let log = last_words(log, LAST_WORDS);
    if !log.is_empty() {
        write!(f, "\n  its last words:")?;
    }
    log.iter().try_for_each(|line| write!(f, "\n    {line}"))
}

/// The first byte that is not what was sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mismatch {
    /// The block, counted in the order of the transfer's descriptors.
    pub block: u64,
    /// The byte within the block.
    pub offset: u64,
    /// What was sent.
    pub expected: u8,
    /// What is there.
    pub found: u8,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { block, offset, expected, found } = self;
        write!(f, "block {block}, offset {offset}: expected {expected:#04x}, found {found:#04x}")
    }
}

impl Error {
    /// The exit code of the command: 1 a gate failed, 2 wrong usage, 3 the environment cannot do it,
    /// 4 a run failed, 130 somebody stopped it (as shells call an end by `SIGINT`).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::DataMismatch { .. } => 1,
            Self::Usage(_) | Self::Geometry(_) | Self::Input { .. } => 2,
            Self::Environment { .. } => 3,
            Self::Worker(error) if error.environment => 3,
            Self::Serving(error) if error.environment => 3,
            Self::Stopped => 130,
            Self::Worker(_) | Self::Serving(_) | Self::File { .. } | Self::System { .. } => 4,
        }
    }

    /// Attaches what was being done to a system error.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::System { what, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::Role;

    #[test]
    fn a_later_start_is_told() {
        let error = |restart| WorkerError {
            worker: WorkerId { role: Role::Target, rank: 0 },
            backend: BackendName::Ucx,
            step: Step::Load,
            reason: "the process ended".to_owned(),
            log: b"E1124 it broke\n".to_vec(),
            restart,
            findings: Vec::new(),
            environment: false,
        };
        let first = error(0).to_string();
        assert!(first.starts_with("target 0 of UCX failed to load NIXL: the process ended\n"));
        assert!(first.ends_with("its last words:\n    E1124 it broke"), "{first}");
        assert!(error(2).to_string().contains("ended, in start 3 of the processes"));
    }
}
