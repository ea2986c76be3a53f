//! Clients that leave, transfers that fail, workers that die: who is told, and whose blocks are free.

use super::request::{Place, Stage};
use super::{Effect, Kind, Order, Scheduler, Status, WorkerId};
use crate::workload::Op;

impl Scheduler {
    /// The client of a request is gone.
    pub fn cancel(&mut self, id: u64) {
        self.end_client(id, Status::Cancelled, None);
        self.withdraw(id);
    }

    /// Takes a request back whose client has heard the end, as far as its blocks may be touched no
    /// more; the rest follows when its transfer ends.
    fn withdraw(&mut self, id: u64) {
        let Some(request) = self.requests.get(&id) else { return };
        match (request.stage, request.place) {
            (Stage::Prefilling, Some(place)) => {
                self.order(place.prefill, Order::Cancel { request: id });
            }
            (Stage::Decoding, Some(place)) => {
                self.order(place.decode, Order::Cancel { request: id });
                self.release_target(id);
            }
            _ => {}
        }
        self.settle(id);
    }

    /// A transfer failed, for its initiator. Its source is read no more; its target may still be
    /// written by a part of it, and waits until one of the two workers is gone.
    pub(super) fn lost(&mut self, id: u64, reason: String, now_ns: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let Some(place) = request.place else { return };
        request.stage = Stage::Stranded;
        self.fail(
            id,
            format!("the transfer from {} to {} failed: {reason}", place.prefill, place.decode),
        );
        let waiting = match self.rules.op {
            Op::Write => place.decode,
            Op::Read => place.prefill,
        };
        self.order(waiting, Order::Forget { request: id });
        self.release_source(id);
        if self.seat(place.prefill).is_none() {
            self.release_target(id);
        } else if self.seat(place.decode).is_some() {
            let until_ns = now_ns.saturating_add(self.rules.grace.as_nanos() as u64);
            self.suspects.push((place.decode, until_ns));
        }
        self.settle(id);
    }

    /// Looks at what has gone on for too long at `now_ns`.
    pub fn tick(&mut self, now_ns: u64) {
        let limit_ns = self.rules.transfer_limit.as_nanos() as u64;
        let late = self.requests.values().filter(|request| request.stage == Stage::Moving);
        let late = late.filter(|request| {
            let since = request.times.posted.or(request.times.prefill_ended);
            since.is_some_and(|since_ns| now_ns.saturating_sub(since_ns) > limit_ns)
        });
        let initiator = |place: Place| match self.rules.op {
            Op::Write => place.prefill,
            Op::Read => place.decode,
        };
        let mut stuck: Vec<_> = late.filter_map(|request| request.place.map(initiator)).collect();
        stuck.sort_unstable();
        stuck.dedup();
        let limit_s = self.rules.transfer_limit.as_secs_f64();
        for worker in stuck {
            let why = format!("a transfer of it took more than {limit_s} s");
            self.effects.push(Effect::End(worker, why));
        }
        let (due, waiting) = self.suspects.drain(..).partition(|(_, until_ns)| *until_ns <= now_ns);
        self.suspects = waiting;
        let due: Vec<(WorkerId, u64)> = due;
        for (worker, _) in due {
            let stranded = |request: &super::Request| {
                let here = request.place.is_some_and(|place| place.decode == worker);
                request.stage == Stage::Stranded && here
            };
            if self.requests.values().any(stranded) {
                let why = "a transfer with it failed, and nobody is gone".to_owned();
                self.effects.push(Effect::End(worker, why));
            }
        }
    }

    /// A worker is gone, and its blocks with it.
    pub fn worker_down(&mut self, worker: WorkerId, why: &str) {
        self.seats.retain(|seat| seat.id != worker);
        self.seats.iter_mut().for_each(|seat| seat.peers.retain(|peer| *peer != worker));
        self.suspects.retain(|(suspect, _)| *suspect != worker);
        let here = |place: Place| place.prefill == worker || place.decode == worker;
        let concerned = self.requests.iter().filter(|(_, request)| request.place.is_some_and(here));
        let mut concerned: Vec<u64> = concerned.map(|(id, _)| *id).collect();
        concerned.sort_unstable();
        for id in concerned {
            match worker.kind {
                Kind::Prefill => self.lost_prefill(id, worker, why),
                Kind::Decode => self.lost_decode(id, worker, why),
            }
        }
        self.admit();
    }

    fn lost_prefill(&mut self, id: u64, worker: WorkerId, why: &str) {
        let op = self.rules.op;
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.source = None;
        let (stage, place) = (request.stage, request.place);
        if matches!(stage, Stage::Prefilling | Stage::Moving) {
            self.fail(id, format!("{worker} is gone: {why}"));
        }
        match (stage, op) {
            // The reader is still at it, and tells when it has given up.
            (Stage::Moving, Op::Read) => {}
            (Stage::Prefilling | Stage::Moving, _) => {
                if let Some(place) = place {
                    self.order(place.decode, Order::Forget { request: id });
                }
                self.release_target(id);
            }
            (Stage::Stranded, _) => self.release_target(id),
            (Stage::Queued | Stage::Decoding, _) => {}
        }
        self.settle(id);
    }

    fn lost_decode(&mut self, id: u64, worker: WorkerId, why: &str) {
        let op = self.rules.op;
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.target = None;
        let (stage, place) = (request.stage, request.place);
        self.fail(id, format!("{worker} is gone: {why}"));
        let Some(place) = place else { return };
        match (stage, op) {
            (Stage::Prefilling, _) => self.order(place.prefill, Order::Cancel { request: id }),
            (Stage::Moving | Stage::Stranded, Op::Read) => {
                self.order(place.prefill, Order::Forget { request: id });
                self.release_source(id);
            }
            // The writer is still at it, and tells when it has given up.
            (Stage::Moving | Stage::Stranded, Op::Write) => {}
            (Stage::Queued | Stage::Decoding, _) => {}
        }
        self.settle(id);
    }
}
