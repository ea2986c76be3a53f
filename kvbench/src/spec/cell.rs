//! What a cell of a plan asks for beside its variant and workload, by its kind.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;

use super::{Size, Word};
use crate::price;
use crate::variant::{Rails, Requirements};

/// The kinds of cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// Transfers are measured.
    #[default]
    Run,
    /// The price of enumeration is taken.
    Enumerate,
    /// A deployment is loaded.
    Load,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Run, Self::Enumerate, Self::Load];

    /// How plans write it, which is the command's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Enumerate => "enumerate",
            Self::Load => "load",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How transfers are measured, and what must be proved of their path.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Starts of the processes.
    pub restarts: Option<NonZeroU32>,
    /// NICs carry the payload.
    #[serde(default)]
    pub require_nic: bool,
    /// So many NICs carry it.
    pub require_rails: Option<NonZeroU32>,
    /// RDMA carries it.
    #[serde(default)]
    pub require_rdma: bool,
}

impl RunSpec {
    /// The names of its fields.
    pub const KEYS: [&str; 4] = ["restarts", "require_nic", "require_rails", "require_rdma"];

    /// What must be proved of the path.
    pub fn requirements(&self) -> Requirements {
        let rails = self.require_rails.map(NonZeroU32::get);
        Requirements { nic: self.require_nic, rails, rdma: self.require_rdma }
    }
}

/// A point whose price is taken.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumerateSpec {
    /// NICs that shall be used.
    pub nics: Option<Rails>,
    /// What each process registers.
    pub memory: Option<Word<Size>>,
    /// Processes per point.
    pub repeat: Option<NonZeroU32>,
    /// Workers of the node whose memory is projected.
    pub workers: Option<NonZeroU64>,
}

impl EnumerateSpec {
    /// The names of its fields.
    pub const KEYS: [&str; 4] = ["nics", "memory", "repeat", "workers"];

    /// NICs that shall be used, all by default.
    pub fn nics(&self) -> Rails {
        self.nics.unwrap_or(Rails::All)
    }

    /// What each process registers, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.map_or(price::MEMORY_BYTES, |word| word.0.0)
    }

    /// Processes per point.
    pub fn repeat(&self) -> u32 {
        self.repeat.map_or(price::REPEAT, NonZeroU32::get)
    }

    /// Workers of the node.
    pub fn workers(&self) -> u64 {
        self.workers.map_or(price::WORKERS, NonZeroU64::get)
    }
}
