//! What libfabric and UCX see, each asked in a process of its own: loading them may hang, and may crash
//! the process on its way out.
//!
//! The child is the `kvbench` binary with [`SUBCOMMAND`]; it answers with one JSON document on standard
//! output, and has a deadline.

mod child;
mod libfabric;
mod parent;
mod ucx;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use child::main;
pub use parent::Probe;

/// The argument by which the `kvbench` binary becomes a probe.
pub const SUBCOMMAND: &str = "probe";

/// The library asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Asked {
    /// The libfabric that NIXL's LIBFABRIC plugin uses.
    Libfabric,
    /// The UCX that NIXL's UCX plugin uses.
    Ucx,
}

/// What a library answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen<D> {
    /// The library's version.
    pub version: String,
    /// The file it was loaded from.
    pub file: PathBuf,
    /// What it can use, in order and without repetition.
    pub devices: Vec<D>,
}

/// What a library answered, or why it did not.
pub type Answer<D> = Result<Seen<D>, String>;

/// The file behind a path that may have links and `..` in it; a bare soname stays as it is.
fn plain_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
