//! What the router and its workers say to each other. Frames are those of [`crate::worker`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Compute, PoolShape};
use crate::worker::protocol::Loaded;
use crate::workload::{HugePages, Op};

/// Which of the two kinds of work a worker does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It computes the KV cache of prompts.
    Prefill,
    /// It generates tokens.
    Decode,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
        }
    }
}

/// A worker process. A process that takes another one's place has the next generation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct WorkerId {
    /// What it does.
    pub kind: Kind,
    /// Its number among those of its kind.
    pub index: u32,
    /// How many were in its place before.
    pub generation: u32,
}

impl std::fmt::Display for WorkerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.index)
    }
}

/// What a worker has to do. Set-up orders are answered one by one; the others when there is something
/// to tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Order {
    /// Load NIXL.
    Load { prefix: PathBuf, libraries: Vec<PathBuf>, cuda_stub: Option<PathBuf> },
    /// Create the agent and its backend.
    CreateBackend { agent: String, backend: String, params: BTreeMap<String, String> },
    /// Allocate and register memory, and begin to work.
    Register(Work),
    /// Load a peer's metadata, and move the spare slot to see that it works.
    Connect { peer: Peer, transfer: u64 },
    /// Somebody is going to move the spare slot.
    Expect { transfer: u64 },
    /// Compute a prompt of which `stamped` blocks are new, then have its blocks moved.
    Prefill { request: u64, compute_ns: u64, stamps: Vec<Stamp>, then: Handover },
    /// Generate `tokens` tokens as soon as the blocks are there and hold what `stamps` says.
    Decode { request: u64, tokens: u64, stamps: Vec<Stamp>, from: Handover },
    /// Stop the request: as if it had never been, if nothing of it is moving yet.
    Cancel { request: u64 },
    /// Nothing will arrive of this request any more, or nobody wants it.
    Forget { request: u64 },
    /// Answer.
    Ping,
    /// Do nothing for so long, as if the process did not run.
    Stall { span_ns: u64 },
}

/// Who moves the blocks of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Handover {
    /// This worker.
    Move(Move),
    /// The peer; its notification tells when it is done.
    Await,
}

/// Blocks to move between this worker and a peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    pub peer: WorkerId,
    /// Blocks of this worker.
    pub local: Vec<u32>,
    /// Blocks of the peer, one for each.
    pub remote: Vec<u32>,
}

/// What a block holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "(u32, u64)", into = "(u32, u64)")]
pub(super) struct Stamp {
    pub block: u32,
    pub content: u64,
}

impl From<(u32, u64)> for Stamp {
    fn from((block, content): (u32, u64)) -> Self {
        Self { block, content }
    }
}

impl From<Stamp> for (u32, u64) {
    fn from(stamp: Stamp) -> Self {
        (stamp.block, stamp.content)
    }
}

/// A worker's memory and work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    pub me: WorkerId,
    pub op: Op,
    pub pool: PoolShape,
    pub huge_pages: HugePages,
    pub compute: Compute,
    /// The most sequences of a decode step.
    pub max_batch: u32,
    /// Whether there are processors enough for workers to wait without sleeping.
    pub spinning: bool,
}

/// What a worker tells. Times are those of [`crate::measure::now_ns`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Report {
    /// NIXL is loaded.
    Loaded(Loaded),
    /// Agent and backend are there.
    Created,
    /// Memory is registered; this is what peers need.
    Registered(Peer),
    /// The spare slot was moved to or from a peer.
    Connected { transfer: u64 },
    /// The notification of that came.
    Arrived { transfer: u64 },
    /// A prompt is computed.
    Prefilled { request: u64, began_ns: u64, ended_ns: u64 },
    /// The request was cancelled before anything of it moved.
    Cancelled { request: u64 },
    /// The blocks are moved, as far as this worker knows, who moved them.
    Moved { request: u64, posted_ns: u64, completed_ns: u64 },
    /// Moving them failed.
    Lost { request: u64, reason: String },
    /// The blocks are at the decode worker, and hold what they should.
    Delivered { request: u64, at_ns: u64 },
    /// They are there, and hold something else.
    Wrong { request: u64, mismatch: String },
    /// Each of these requests has one more token.
    Tokens { at_ns: u64, requests: Vec<u64> },
    /// The answer to [`Order::Ping`].
    Pong,
    /// A set-up order failed.
    Failed { reason: String, environment: bool },
}

/// What a worker's peers need to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Peer {
    pub id: WorkerId,
    /// Base64 of [`nixl::Metadata::to_bytes`].
    pub metadata: String,
    pub address: u64,
    pub len: u64,
    pub device: u64,
}
