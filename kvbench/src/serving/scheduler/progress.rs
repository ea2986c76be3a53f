//! What workers tell of requests.

use std::sync::atomic::Ordering::Relaxed;

use super::request::{Place, Stage};
use super::{Order, Scheduler, Status, WorkerId};
use crate::serving::message::Report;
use crate::serving::submission::Answer;
use crate::workload::Op;

impl Scheduler {
    /// Takes in what a worker tells at `now_ns`. What it tells of requests that have ended is nothing
    /// new.
    pub fn report(&mut self, worker: WorkerId, report: Report, now_ns: u64) {
        match report {
            Report::Prefilled { request, began_ns, ended_ns } => {
                self.prefilled(request, began_ns, ended_ns);
            }
            Report::Cancelled { request } => self.cancelled(request),
            Report::Moved { request, posted_ns, completed_ns } => {
                if let Some(state) = self.requests.get_mut(&request) {
                    state.times.posted = Some(posted_ns);
                    state.times.completed = Some(completed_ns);
                    self.release_source(request);
                    self.settle(request);
                }
            }
            Report::Delivered { request, at_ns } => self.delivered(request, at_ns),
            Report::Wrong { request, mismatch } => self.wrong(worker, request, mismatch),
            Report::Lost { request, reason } => self.lost(request, reason, now_ns),
            Report::Tokens { at_ns, requests } => {
                requests.into_iter().for_each(|request| self.token(worker, request, at_ns));
            }
            // Of set-up: not for requests.
            Report::Loaded(_)
            | Report::Created
            | Report::Registered(_)
            | Report::Connected { .. }
            | Report::Arrived { .. }
            | Report::Pong
            | Report::Failed { .. } => {}
        }
    }

    fn prefilled(&mut self, id: u64, began_ns: u64, ended_ns: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.times.prefill_began = Some(began_ns);
        request.times.prefill_ended = Some(ended_ns);
        let prompt = &request.submission.prompt;
        let full: Vec<u64> = prompt.contents[..prompt.full].to_vec();
        let blocks = request.source.as_ref().map(|lease| lease.blocks.clone()).unwrap_or_default();
        let Some(Place { prefill, decode }) = request.place else { return };
        if request.stage == Stage::Prefilling {
            request.stage = Stage::Moving;
        }
        let (ended, op) = (request.status.is_some(), self.rules.op);
        if let Some(seat) = self.seat(prefill) {
            blocks.iter().zip(full).for_each(|(block, content)| seat.pool.holds(*block, content));
        }
        match op {
            Op::Write => {}
            Op::Read if !ended => self.fetch(id),
            // Nobody wants it any more, and nothing moves yet.
            Op::Read => {
                self.order(prefill, Order::Forget { request: id });
                self.order(decode, Order::Forget { request: id });
                self.release_source(id);
                self.release_target(id);
                self.settle(id);
            }
        }
    }

    /// It was taken back before anything of it moved.
    fn cancelled(&mut self, id: u64) {
        if let Some(place) = self.requests.get(&id).and_then(|request| request.place) {
            self.order(place.decode, Order::Forget { request: id });
            self.release_source(id);
            self.release_target(id);
            self.settle(id);
        }
    }

    fn delivered(&mut self, id: u64, at_ns: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.times.delivered = Some(at_ns);
        request.stage = Stage::Decoding;
        let prompt = &request.submission.prompt;
        let full: Vec<u64> = prompt.contents[..prompt.full].to_vec();
        let blocks = request.target.as_ref().map(|lease| lease.blocks.clone()).unwrap_or_default();
        let Some(Place { decode, .. }) = request.place else { return };
        let ended = request.status.is_some();
        if let Some(seat) = self.seat(decode) {
            blocks.iter().zip(full).for_each(|(block, content)| seat.pool.holds(*block, content));
        }
        if ended {
            self.order(decode, Order::Cancel { request: id });
            self.release_target(id);
            self.settle(id);
        }
    }

    /// Blocks do not hold what they should: the request fails, and nobody reuses them.
    fn wrong(&mut self, worker: WorkerId, id: u64, mismatch: String) {
        self.metrics.wrong.fetch_add(1, Relaxed);
        let Some(request) = self.requests.get(&id) else { return };
        let Some(place) = request.place else { return };
        let (source, target) = (request.source.as_ref(), request.target.as_ref());
        let lease = if worker == place.decode { target } else { source };
        let blocks = lease.map(|lease| lease.blocks.clone()).unwrap_or_default();
        if let Some(seat) = self.seat(worker) {
            blocks.iter().for_each(|block| seat.pool.forget(*block));
        }
        self.fail(id, format!("{worker} has wrong data: {mismatch}"));
        if worker == place.prefill {
            self.order(place.decode, Order::Forget { request: id });
            self.release_source(id);
        }
        self.release_target(id);
        self.settle(id);
    }

    fn token(&mut self, worker: WorkerId, id: u64, at_ns: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let at_place = request.place.is_some_and(|place| place.decode == worker);
        if !at_place || request.status.is_some() {
            return;
        }
        request.tokens += 1;
        request.times.first_token.get_or_insert(at_ns);
        request.times.last_token = Some(at_ns);
        // The connection tells when a client is gone, not this.
        let _ = request.submission.client.send(Answer::Token);
        let last = request.tokens >= request.submission.tokens;
        self.metrics.token();
        if last {
            self.end_client(id, Status::Ok, None);
            self.release_target(id);
            self.settle(id);
        }
    }
}
