//! A request as the scheduler sees it.

use super::Rules;
use crate::serving::message::WorkerId;
use crate::serving::pool::Lease;
use crate::serving::record::{RequestEntry, Status, TransferEntry};
use crate::serving::submission::Submission;

/// How far a request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// It waits for blocks.
    Queued,
    /// It waits for the prefill worker, or is computed there.
    Prefilling,
    /// Its blocks are moving.
    Moving,
    /// Its blocks are delivered.
    Decoding,
    /// Its transfer failed: its blocks are given back when one of its workers is gone.
    Stranded,
}

/// The workers of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub prefill: WorkerId,
    pub decode: WorkerId,
}

/// A request.
pub(super) struct Request {
    pub submission: Submission,
    pub stage: Stage,
    pub place: Option<Place>,
    /// Its blocks at the prefill worker and at the decode worker.
    pub source: Option<Lease>,
    pub target: Option<Lease>,
    /// Blocks that move, and that did not need to.
    pub moved_blocks: u64,
    pub reused_blocks: u64,
    pub target_blocks: u64,
    /// Tokens of the prompt that are not computed.
    pub cached_tokens: u64,
    pub times: Times,
    pub tokens: u64,
    /// How it ended for its client, and why.
    pub status: Option<Status>,
    pub error: Option<String>,
}

/// Moments, in nanoseconds.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Times {
    pub prefill_began: Option<u64>,
    pub prefill_ended: Option<u64>,
    pub posted: Option<u64>,
    pub completed: Option<u64>,
    pub delivered: Option<u64>,
    pub first_token: Option<u64>,
    pub last_token: Option<u64>,
}

impl Request {
    pub fn new(submission: Submission) -> Self {
        Self {
            submission,
            stage: Stage::Queued,
            place: None,
            source: None,
            target: None,
            moved_blocks: 0,
            reused_blocks: 0,
            target_blocks: 0,
            cached_tokens: 0,
            times: Times::default(),
            tokens: 0,
            status: None,
            error: None,
        }
    }

    /// Whether the client has heard the end, and no block is held.
    pub fn is_over(&self) -> bool {
        self.status.is_some() && self.source.is_none() && self.target.is_none()
    }

    /// What the log says of it.
    pub fn entry(self, rules: &Rules) -> RequestEntry {
        let Times { prefill_began, prefill_ended, delivered, first_token, last_token, .. } =
            self.times;
        let arrival = Some(self.submission.arrival_ns);
        let since_arrival = |at| span_ms(arrival, at);
        let transfer = self.times.posted.map(|_| TransferEntry {
            bytes: self.moved_blocks * rules.pool.block_bytes(),
            blocks: self.moved_blocks,
            posted_ms: since_arrival(self.times.posted),
            completed_ms: since_arrival(self.times.completed),
            delivered_ms: since_arrival(delivered),
        });
        RequestEntry {
            request_id: self.submission.request_id,
            arrival: self.submission.arrival,
            status: self.status.unwrap_or(Status::Failed),
            error: self.error,
            isl: self.submission.prompt.tokens,
            osl: self.submission.tokens,
            tokens: self.tokens,
            queue_ms: since_arrival(prefill_began),
            prefill_ms: span_ms(prefill_began, prefill_ended),
            transfer_ms: span_ms(prefill_ended, delivered),
            first_decode_ms: span_ms(delivered, first_token),
            ttft_ms: since_arrival(first_token),
            total_ms: since_arrival(last_token),
            transfer,
            blocks: self.target_blocks,
            reused_blocks: self.reused_blocks,
            backend: rules.backend.clone(),
            rails: rules.rails,
            prefill: self.place.map(|place| place.prefill.to_string()),
            decode: self.place.map(|place| place.decode.to_string()),
        }
    }
}

/// Milliseconds between two moments, in whole microseconds.
fn span_ms(from_ns: Option<u64>, to_ns: Option<u64>) -> Option<f64> {
    let ns = to_ns?.saturating_sub(from_ns?);
    Some((ns as f64 / 1e3).round() / 1e3)
}
