//! Worker processes: one per rank and side, typed messages, deadlines, and an end that is certain.
//!
//! A variant owns its workers, because UCX, libfabric and NIXL read their settings once per process,
//! and because calls into LIBFABRIC may never return when a peer is gone. So every step has a
//! deadline, which the coordinator enforces by ending the workers:
//!
//! - a worker that dies closes its socket, which the coordinator sees at once;
//! - a worker that hangs is killed when the deadline of its step passes;
//! - a coordinator that dies takes its workers along (`PR_SET_PDEATHSIG`, and the closed socket).
//!
//! Targets may be on another host ([`FarHost`]); then they end with the connection to the agent there.

pub(crate) mod child;
mod echo;
mod endpoint;
pub(crate) mod far;
mod group;
mod lead;
pub(crate) mod link;
pub(crate) mod mailbox;
mod placement;
pub(crate) mod process;
pub(crate) mod protocol;
mod serve;
mod trial;
mod waiting;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use child::main;
pub use far::{About, FarHost};
pub use group::{Group, GroupSpec, SetupTimes, Start};
pub use protocol::{Sample, SliceReport, WorkerUsage};
pub use trial::{Created, Registered, Trial, TrialError, TrialSpec};
pub(crate) use words::last_words;

/// The argument by which the `kvbench` binary becomes a worker.
pub const SUBCOMMAND: &str = "worker";

/// Which side of a transfer a worker is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It posts the transfers.
    Initiator,
    /// Its memory is written or read.
    Target,
}

/// Which worker of a variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct WorkerId {
    /// Its side.
    pub role: Role,
    /// Its rank on that side.
    pub rank: u32,
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Initiator => "initiator",
            Role::Target => "target",
        };
        write!(f, "{role} {}", self.rank)
    }
}

/// What a worker is doing, for messages: "failed to …".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Step {
    /// The process starts.
    Start,
    /// NIXL and its dependencies, or what lies beneath, are loaded.
    Load,
    /// The agent and its backend are created.
    CreateBackend,
    /// Memory is allocated and registered.
    Register,
    /// The peers' metadata is loaded, and transfers are made.
    Connect,
    /// The time that an echo from another host takes is measured.
    Calibrate,
    /// Memory is filled for a check.
    Fill,
    /// One transfer is made and its data checked.
    Verify,
    /// Transfers are made and not counted.
    WarmUp,
    /// Transfers are made and counted.
    Measure,
    /// Transfers are made over one NIC alone.
    MeasureAlone,
    /// Its use of memory and processor is read.
    Report,
    /// It serves requests of a deployment.
    Serve,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Load => "load NIXL",
            Self::CreateBackend => "create the backend",
            Self::Register => "register memory",
            Self::Connect => "connect",
            Self::Calibrate => "calibrate the echo",
            Self::Fill => "fill memory",
            Self::Verify => "verify a transfer",
            Self::WarmUp => "warm up",
            Self::Measure => "measure",
            Self::MeasureAlone => "measure each NIC alone",
            Self::Report => "report its resources",
            Self::Serve => "serve",
        })
    }
}
