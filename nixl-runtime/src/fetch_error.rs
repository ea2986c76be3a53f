//! Why a wheel could not be fetched, and how to do without fetching it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use crate::Pin;

/// A fetch that failed.
#[derive(Debug, thiserror::Error)]
#[error("failed to fetch {wheel}: {cause}, {remedy}{}", quoted(said))]
pub struct FetchError {
    /// Name and version of the wheel.
    pub wheel: String,
    /// Why.
    pub cause: FetchCause,
    /// Last lines of pip's standard error; empty where it did not run.
    pub said: String,
    /// Ways out that need no fetching.
    pub remedy: Remedy,
}

/// Why a fetch failed; each message ends with the way to make it work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchCause {
    /// There is no Python to run pip with.
    #[error("cannot run {} ({reason}); install Python 3 with pip", python.display())]
    PythonMissing {
        /// The program that was tried.
        python: PathBuf,
        /// Why it did not start.
        reason: io::Error,
    },

    /// Python is there, pip is not.
    #[error(
        "{} has no pip; install it, for instance by {} -m ensurepip",
        python.display(), python.display()
    )]
    PipMissing {
        /// The Python without pip.
        python: PathBuf,
    },

    /// pip could not reach its package index.
    #[error("pip cannot reach its package index; check the network, HTTPS_PROXY and PIP_INDEX_URL")]
    Unreachable,

    /// pip failed in another way.
    #[error("pip ended with {status}; mend what it complains about")]
    PipFailed {
        /// How pip ended.
        status: ExitStatus,
    },

    /// No more bytes came.
    #[error(
        "pip was ended after {} s without progress; check the network and run again",
        limit.as_secs_f32()
    )]
    PipStalled {
        /// The limit, [`Deadlines::idle`](crate::Deadlines::idle).
        limit: Duration,
    },

    /// Bytes came, but not all of them in time.
    #[error(
        "pip was ended unfinished after {} s; run again when the network is faster",
        limit.as_secs_f32()
    )]
    PipTooSlow {
        /// The limit, [`Deadlines::total`](crate::Deadlines::total).
        limit: Duration,
    },
}

/// The ways to do without fetching a wheel, worded to follow "do this, ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Name of the wheel file to place by hand.
    pub file: String,
    /// Where to place it.
    pub wheels_dir: PathBuf,
    /// How to do without the wheel.
    pub instead: String,
}

impl Remedy {
    pub(crate) fn new(pin: &Pin, wheels_dir: &Path) -> Self {
        Self {
            file: pin.file.clone(),
            wheels_dir: wheels_dir.to_owned(),
            instead: pin.instead.clone(),
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "or copy {} into {}, or {}", self.file, self.wheels_dir.display(), self.instead)
    }
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!("\npip said:\n{said}"),
    }
}
