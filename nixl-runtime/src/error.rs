//! What can go wrong, why, and what to do about it: one error type for the crate.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fetch_error::{FetchError, Remedy};

/// Everything that can go wrong here; each message ends with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The environment names no place for the cache.
    #[error(
        "no folder for the cache: KVBENCH_CACHE_DIR, XDG_CACHE_HOME and HOME are all unset; \
         set KVBENCH_CACHE_DIR"
    )]
    NoCacheDir,

    /// The pinned wheel is for another kind of machine.
    #[error("the pinned {wheel} is for {platforms}, this machine is {machine}; {instead}")]
    UnsupportedPlatform {
        /// Name and version of the wheel.
        wheel: String,
        /// Platform tags of the wheel.
        platforms: String,
        /// Operating system and architecture found.
        machine: String,
        /// How to do without the wheel.
        instead: String,
    },

    /// A wheel is missing and may not be fetched.
    #[error(
        "{wheel} is missing: {} has no {}, and KVBENCH_NO_FETCH forbids fetching it; \
         unset KVBENCH_NO_FETCH, {remedy}",
        remedy.wheels_dir.display(), remedy.file
    )]
    FetchForbidden {
        /// Name and version of the wheel.
        wheel: String,
        /// Other ways out.
        remedy: Remedy,
    },

    /// A wheel is missing and could not be fetched.
    #[error(transparent)]
    Fetch(#[from] Box<FetchError>),

    /// A wheel file is not the pinned one: truncated, tampered with, or another build.
    #[error(
        "{} is not the pinned file: its SHA-256 is {found} ({found_bytes} bytes), \
         expected {expected} \
         ({expected_bytes} bytes); delete {} and run again", file.display(), file.display()
    )]
    HashMismatch {
        /// The file, left as it is.
        file: PathBuf,
        /// The pinned hash.
        expected: String,
        /// The pinned size.
        expected_bytes: u64,
        /// The hash it has.
        found: String,
        /// The size it has.
        found_bytes: u64,
    },

    /// A wheel cannot be unpacked although its hash is right: the pin itself is wrong.
    #[error(
        "failed to unpack {}: {reason}; its pin is wrong, correct vendor/runtime.toml",
        file.display()
    )]
    BadWheel {
        /// The wheel file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// Another process holds the cache's lock and does not come to an end.
    #[error(
        "gave up after {} s of waiting for another kvbench to release {}; \
         end that process and run again",
        limit.as_secs_f32(), lock.display()
    )]
    LockTimeout {
        /// The lock file.
        lock: PathBuf,
        /// How long it was waited for.
        limit: Duration,
    },

    /// The list of pins is malformed.
    #[error("the list of pinned wheels is wrong: {reason}; correct vendor/runtime.toml")]
    Pins {
        /// What is wrong with it.
        reason: String,
    },

    /// A file or folder of the cache could not be used.
    #[error(
        "failed to {doing} {}: {reason}; \
         check permissions and free space, or set KVBENCH_CACHE_DIR",
        path.display()
    )]
    Io {
        /// What was being done, as in "failed to …".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// Turns an [`io::Error`] into an [`Error::Io`] that says what was done to which path.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |reason| Error::Io { doing, path, reason }
}
