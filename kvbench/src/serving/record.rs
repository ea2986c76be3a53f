//! The log of a deployment: JSON Lines, one for the deployment and one per request that has ended.
//!
//! `kvbench/schema/serving-1.schema.json` describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Compute;
use crate::netns::Namespaces;
use crate::variant::{Rails, Variant};
use crate::workload::Op;

/// The version of the log's format.
pub const LOG_SCHEMA: u32 = 1;

/// A line of the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LogLine {
    /// [`LOG_SCHEMA`].
    pub schema: u32,
    /// What it tells.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line tells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Entry {
    /// What serves from here on.
    Serve(Box<ServeEntry>),
    /// A request that has ended.
    Request(Box<RequestEntry>),
}

/// A deployment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ServeEntry {
    /// When it was ready (RFC 3339).
    pub started: String,
    /// What its figures are: modelled compute, real transfers, perhaps of emulated NICs.
    pub label: String,
    /// The model's name.
    pub model: String,
    /// The backend and its settings.
    pub variant: Variant,
    /// Who moves the blocks: prefill workers write, or decode workers read.
    pub op: Op,
    /// The model of compute time.
    pub compute: Compute,
    /// Prefill workers.
    pub prefill_workers: u32,
    /// Decode workers.
    pub decode_workers: u32,
    /// Blocks of each worker.
    pub blocks: u32,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Bytes of a block, all layers, K and V.
    pub block_bytes: u64,
    /// Where the workers of each side ran, other than where kvbench did.
    #[serde(skip_serializing_if = "Namespaces::are_own", default)]
    pub netns: Namespaces,
    /// Whether the NICs are emulated.
    pub emulated: bool,
    /// How prompts are counted: the tokenizer's file, or "estimated".
    pub tokenizer: String,
    /// Versions of the loaded libraries.
    pub versions: BTreeMap<String, String>,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With all of its tokens.
    Ok,
    /// The client went away.
    Cancelled,
    /// It was not admitted.
    Rejected,
    /// A worker or a transfer failed.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Cancelled, Self::Rejected, Self::Failed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// A request. Queue, prefill, transfer and first decode follow each other without a gap, and together
/// are the TTFT; those that were not reached are null. Times are in milliseconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestEntry {
    /// The client's `X-Request-ID` or `X-Correlation-ID`, or one made here.
    pub request_id: String,
    /// When the request came (RFC 3339).
    pub arrival: String,
    /// How it ended.
    pub status: Status,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// Tokens of the prompt.
    pub isl: u64,
    /// Tokens asked for.
    pub osl: u64,
    /// Tokens generated.
    pub tokens: u64,
    /// From arrival until its prefill began.
    pub queue_ms: Option<f64>,
    /// The prefill (modelled).
    pub prefill_ms: Option<f64>,
    /// From the end of the prefill until its blocks were delivered (real).
    pub transfer_ms: Option<f64>,
    /// From delivery to the first token (modelled).
    pub first_decode_ms: Option<f64>,
    /// From arrival to the first token.
    pub ttft_ms: Option<f64>,
    /// From arrival to the last token.
    pub total_ms: Option<f64>,
    /// The transfer, where one was posted.
    pub transfer: Option<TransferEntry>,
    /// Blocks of the decode worker that it used.
    pub blocks: u64,
    /// Blocks of the prompt that were at the decode worker already, and did not move.
    pub reused_blocks: u64,
    /// The backend.
    pub backend: String,
    /// NICs per transfer that were asked for.
    pub rails: Rails,
    /// The workers: `prefill 0`.
    pub prefill: Option<String>,
    /// `decode 0`.
    pub decode: Option<String>,
}

/// A transfer, by moments in milliseconds from the arrival of its request.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct TransferEntry {
    /// Bytes moved.
    pub bytes: u64,
    /// Blocks moved.
    pub blocks: u64,
    /// When it was posted.
    pub posted_ms: Option<f64>,
    /// When it was complete for its initiator.
    pub completed_ms: Option<f64>,
    /// When the decode worker could use the blocks.
    pub delivered_ms: Option<f64>,
}
