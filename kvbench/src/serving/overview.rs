//! What a deployment does at a moment, for whoever watches it. It is made when it is asked for, so that it
//! costs nothing otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use super::metrics::Metrics;
use super::record::{RequestEntry, Status};
use super::router::Event;
use crate::measure::NicBytes;

/// How many requests that have ended are kept.
const RECENT: usize = 1000;

/// What a deployment does, and has done.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Overview {
    /// Requests by how far they are.
    pub stages: Stages,
    /// The workers that are there.
    pub workers: Vec<WorkerOverview>,
    /// Requests that have ended, by how.
    pub ended: BTreeMap<&'static str, u64>,
    /// The latest requests that got a token, 1000 at most, the oldest first.
    pub recent: Vec<Phases>,
    /// Bytes of transfers whose requests have ended.
    pub delivered_bytes: u64,
    /// Tokens generated.
    pub tokens: u64,
    /// Worker processes that took another one's place.
    pub restarts: u64,
    /// What passed the NICs of the initiators' side since it serves.
    pub nic_bytes: BTreeMap<String, NicBytes>,
}

/// Requests by how far they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stages {
    /// They wait for blocks.
    pub waiting: u64,
    /// They wait for the prefill worker, or are computed there.
    pub prefilling: u64,
    /// Their blocks move.
    pub moving: u64,
    /// Their blocks are delivered, and tokens are made.
    pub decoding: u64,
}

/// A worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerOverview {
    /// What it does, and its number: `prefill 0`.
    pub name: String,
    /// Blocks that requests use.
    pub blocks_in_use: u64,
    /// All of its blocks.
    pub blocks: u64,
}

/// Where the time to the first token of a request went, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Phases {
    /// From arrival until its prefill began.
    pub queue_ms: f64,
    /// The prefill (modelled).
    pub prefill_ms: f64,
    /// From the end of the prefill until its blocks were delivered (real).
    pub transfer_ms: f64,
    /// From delivery to the first token (modelled).
    pub first_decode_ms: f64,
    /// All of it.
    pub ttft_ms: f64,
}

impl Phases {
    /// Those of a request that got a token.
    fn of(entry: &RequestEntry) -> Option<Self> {
        Some(Self {
            queue_ms: entry.queue_ms?,
            prefill_ms: entry.prefill_ms?,
            transfer_ms: entry.transfer_ms?,
            first_decode_ms: entry.first_decode_ms?,
            ttft_ms: entry.ttft_ms?,
        })
    }
}

/// The latest requests that got a token.
#[derive(Default)]
pub(super) struct Recent(VecDeque<Phases>);

impl Recent {
    pub fn push(&mut self, entry: &RequestEntry) {
        let Some(phases) = Phases::of(entry) else { return };
        if self.0.len() == RECENT {
            self.0.pop_front();
        }
        self.0.push_back(phases);
    }
}

impl Overview {
    pub(super) fn new(
        stages: Stages,
        workers: Vec<WorkerOverview>,
        recent: &Recent,
        metrics: &Metrics,
        nic_bytes: BTreeMap<String, NicBytes>,
    ) -> Self {
        let ended = Status::ALL.map(|status| (status.name(), metrics.ended_with(status)));
        Self {
            stages,
            workers,
            ended: ended.into_iter().collect(),
            recent: recent.0.iter().copied().collect(),
            delivered_bytes: metrics.delivered_bytes(),
            tokens: metrics.generated_tokens(),
            restarts: metrics.restarts.load(Relaxed),
            nic_bytes,
        }
    }
}

/// Asks a deployment what it does.
pub struct Watcher {
    events: Sender<Event>,
}

impl Watcher {
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self { events }
    }

    /// What it does now; `None` where it has ended, or does not answer within `limit`.
    pub fn look(&self, limit: Duration) -> Option<Overview> {
        let (sender, answer) = channel();
        self.events.send(Event::Look(sender)).ok()?;
        answer.recv_timeout(limit).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Rails;

    fn entry(ttft_ms: Option<f64>) -> RequestEntry {
        let one = Some(1.0);
        RequestEntry {
            request_id: String::new(),
            arrival: String::new(),
            status: Status::Ok,
            error: None,
            isl: 1,
            osl: 1,
            tokens: 1,
            queue_ms: one,
            prefill_ms: one,
            transfer_ms: one,
            first_decode_ms: one,
            ttft_ms,
            total_ms: one,
            transfer: None,
            blocks: 1,
            reused_blocks: 0,
            backend: String::new(),
            rails: Rails::All,
            prefill: None,
            decode: None,
        }
    }

    #[test]
    fn the_latest_requests_are_kept_if_they_got_a_token() {
        let mut recent = Recent::default();
        (0..RECENT + 2).for_each(|ms| recent.push(&entry(Some(ms as f64))));
        recent.push(&entry(None));
        let overview = Overview::new(
            Stages::default(),
            Vec::new(),
            &recent,
            &Metrics::default(),
            BTreeMap::new(),
        );
        assert_eq!(overview.recent.len(), RECENT);
        assert_eq!(overview.recent[0].ttft_ms, 2.0);
    }
}
