//! Which request is where: admission, blocks, hand-overs, ends. Pure: events in, effects out, so that
//! every order of events can be tested without a process.
//!
//! A block is given back only when nothing can touch it any more: a prompt's source blocks when the
//! transfer is complete for its initiator, its target blocks when the transfer was delivered, or when
//! the worker that holds them is gone. So a client that leaves, or a transfer that fails, never hands
//! a block to somebody else while bytes are on their way to it.

mod admission;
mod losses;
mod progress;
mod request;
mod seat;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::message::{Kind, Order, WorkerId};
use super::metrics::Metrics;
use super::overview::{Stages, WorkerOverview};
use super::record::{RequestEntry, Status};
use super::submission::{Answer, Refusal, Submission};
use super::{Compute, PoolShape};
use crate::variant::Rails;
use crate::workload::Op;

use request::{Request, Stage};
use seat::Seat;

/// What the scheduler goes by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub op: Op,
    pub pool: PoolShape,
    pub block_tokens: u64,
    pub compute: Compute,
    /// Requests that may wait for admission.
    pub max_waiting: usize,
    /// Sequences of a decode worker at the same time.
    pub max_batch: u32,
    /// How long a transfer may take.
    pub transfer_limit: Duration,
    /// How long two workers may disagree before the decode worker is ended: a transfer between them
    /// failed, and neither seems to be gone.
    pub grace: Duration,
    pub backend: String,
    pub rails: Rails,
}

/// What shall happen.
#[derive(Debug)]
pub(super) enum Effect {
    /// A worker is told something.
    Order(WorkerId, Order),
    /// A worker shall be ended: why.
    End(WorkerId, String),
    /// A request is over.
    Record(Box<RequestEntry>),
}

/// All requests and all workers.
pub(super) struct Scheduler {
    rules: Rules,
    metrics: Arc<Metrics>,
    requests: HashMap<u64, Request>,
    /// Those that are not admitted, in the order of arrival.
    queue: VecDeque<u64>,
    seats: Vec<Seat>,
    /// Decode workers on which a transfer failed, and until when that may explain itself.
    suspects: Vec<(WorkerId, u64)>,
    effects: Vec<Effect>,
}

impl Scheduler {
    pub fn new(rules: Rules, metrics: Arc<Metrics>) -> Self {
        Self {
            rules,
            metrics,
            requests: HashMap::new(),
            queue: VecDeque::new(),
            seats: Vec::new(),
            suspects: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// What shall happen since this was asked last.
    pub fn effects(&mut self) -> Vec<Effect> {
        self.show();
        std::mem::take(&mut self.effects)
    }

    /// A request comes in; `id` is unique.
    pub fn submit(&mut self, id: u64, submission: Submission) {
        let overloaded = self.queue.len() >= self.rules.max_waiting;
        self.requests.insert(id, Request::new(submission));
        if overloaded {
            let reason = format!("{} requests wait already", self.queue.len());
            self.end_client(id, Status::Rejected, Some(Refusal { overloaded, reason }));
            self.settle(id);
        } else {
            self.queue.push_back(id);
            self.admit();
        }
    }

    /// A worker is there, with none of its blocks in use.
    pub fn worker_up(&mut self, id: WorkerId) {
        self.seats.push(Seat::new(id, self.rules.pool.blocks));
    }

    /// Two workers can move blocks between each other.
    pub fn pair_up(&mut self, one: WorkerId, other: WorkerId) {
        for (id, peer) in [(one, other), (other, one)] {
            if let Some(seat) = self.seat(id) {
                seat.peers.push(peer);
            }
        }
        self.admit();
    }

    fn seat(&mut self, id: WorkerId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.id == id)
    }

    fn order(&mut self, worker: WorkerId, order: Order) {
        self.effects.push(Effect::Order(worker, order));
    }

    /// The client hears the end; what the request holds is another matter.
    fn end_client(&mut self, id: u64, status: Status, refusal: Option<Refusal>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        if request.status.is_some() {
            return;
        }
        request.status = Some(status);
        request.error = refusal.as_ref().map(|refusal| refusal.reason.clone());
        let end = Answer::End { cached_tokens: request.cached_tokens };
        let answer = refusal.map_or(end, Answer::Failed);
        // A client that is gone hears nothing, and need not.
        let _ = request.submission.client.send(answer);
        if request.stage == Stage::Queued {
            self.queue.retain(|queued| *queued != id);
        }
    }

    fn fail(&mut self, id: u64, reason: String) {
        let refusal = Refusal { overloaded: false, reason };
        self.end_client(id, Status::Failed, Some(refusal));
    }

    /// Gives the blocks at the prefill worker back.
    fn release_source(&mut self, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        if let (Some(lease), Some(place)) = (request.source.take(), request.place)
            && let Some(seat) = self.seat(place.prefill)
        {
            seat.give_back(lease);
        }
    }

    /// Gives the blocks at the decode worker back.
    fn release_target(&mut self, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        if let (Some(lease), Some(place)) = (request.target.take(), request.place)
            && let Some(seat) = self.seat(place.decode)
        {
            seat.give_back(lease);
        }
    }

    /// Writes a request off once its client has heard the end and it holds nothing; then others may
    /// have room.
    fn settle(&mut self, id: u64) {
        let over = self.requests.get(&id).is_some_and(Request::is_over);
        if let Some(request) = over.then(|| self.requests.remove(&id)).flatten() {
            let entry = request.entry(&self.rules);
            self.metrics.ended(&entry);
            self.effects.push(Effect::Record(Box::new(entry)));
        }
        self.admit();
    }

    /// Requests by how far they are.
    pub fn stages(&self) -> Stages {
        let mut stages = Stages::default();
        for request in self.requests.values() {
            match request.stage {
                Stage::Queued => stages.waiting += 1,
                Stage::Prefilling => stages.prefilling += 1,
                Stage::Moving => stages.moving += 1,
                Stage::Decoding => stages.decoding += 1,
                Stage::Stranded => {}
            }
        }
        stages
    }

    /// The workers that are there, in the order of their names.
    pub fn workers(&self) -> Vec<WorkerOverview> {
        let worker = |seat: &Seat| WorkerOverview {
            name: seat.id.to_string(),
            blocks_in_use: seat.pool.in_use() as u64,
            blocks: u64::from(self.rules.pool.blocks),
        };
        let mut workers: Vec<_> = self.seats.iter().map(worker).collect();
        workers.sort_by(|one, other| one.name.cmp(&other.name));
        workers
    }

    /// Updates the gauges.
    fn show(&self) {
        let now = &self.metrics.now;
        let sum = |kind: Kind, of: fn(&Seat) -> usize| {
            self.seats.iter().filter(|seat| seat.id.kind == kind).map(of).sum::<usize>() as u64
        };
        now.waiting.store(self.queue.len() as u64, Relaxed);
        now.running.store((self.requests.len() - self.queue.len()) as u64, Relaxed);
        now.prefill_blocks.store(sum(Kind::Prefill, |seat| seat.pool.in_use()), Relaxed);
        now.decode_blocks.store(sum(Kind::Decode, |seat| seat.pool.in_use()), Relaxed);
        now.prefill_workers.store(sum(Kind::Prefill, Seat::ready), Relaxed);
        now.decode_workers.store(sum(Kind::Decode, Seat::ready), Relaxed);
    }
}
