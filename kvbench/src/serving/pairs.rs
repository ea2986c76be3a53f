//! Pairs of workers that try each other: one moves its spare slot to or from the other.

use std::collections::BTreeMap;
use std::time::Instant;

use super::message::WorkerId;

/// Transfers of requests have lower numbers.
const FIRST: u64 = 1 << 63;

/// Who moves blocks, and who is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pair {
    pub initiator: WorkerId,
    pub target: WorkerId,
}

/// The pairs that are not done, by their transfer.
#[derive(Debug)]
pub(super) struct Pairs {
    trials: BTreeMap<u64, Trial>,
    next: u64,
}

#[derive(Debug)]
struct Trial {
    pair: Pair,
    /// The transfer is complete for the initiator.
    connected: bool,
    /// The target has the notification.
    arrived: bool,
    due: Instant,
}

impl Pairs {
    pub fn new() -> Self {
        Self { trials: BTreeMap::new(), next: FIRST }
    }

    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// Two workers try each other from now on; the number of their transfer.
    pub fn add(&mut self, pair: Pair, due: Instant) -> u64 {
        let transfer = self.next;
        self.next += 1;
        self.trials.insert(transfer, Trial { pair, connected: false, arrived: false, due });
        transfer
    }

    /// The initiator is done; the pair, if both are.
    pub fn connected(&mut self, transfer: u64) -> Option<Pair> {
        self.trials.get_mut(&transfer)?.connected = true;
        self.done(transfer)
    }

    /// The target is done; the pair, if both are.
    pub fn arrived(&mut self, transfer: u64) -> Option<Pair> {
        self.trials.get_mut(&transfer)?.arrived = true;
        self.done(transfer)
    }

    fn done(&mut self, transfer: u64) -> Option<Pair> {
        let trial = self.trials.get(&transfer)?;
        (trial.connected && trial.arrived).then(|| self.remove(&transfer)).flatten()
    }

    /// Gives up a pair.
    pub fn remove(&mut self, transfer: &u64) -> Option<Pair> {
        self.trials.remove(transfer).map(|trial| trial.pair)
    }

    /// Gives up the pairs of a worker.
    pub fn without(&mut self, worker: WorkerId) -> Vec<(u64, Pair)> {
        let has = |pair: Pair| pair.initiator == worker || pair.target == worker;
        let mut broken = Vec::new();
        self.trials.retain(|transfer, trial| {
            let stays = !has(trial.pair);
            if !stays {
                broken.push((*transfer, trial.pair));
            }
            stays
        });
        broken
    }

    /// The pairs that have missed their deadline.
    pub fn late(&self, now: Instant) -> Vec<Pair> {
        let late = self.trials.values().filter(|trial| now >= trial.due);
        late.map(|trial| trial.pair).collect()
    }
}
