//! The scheduler against workers that are played by the tests: every request ends once, and no block
//! is lost, in whatever order things happen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Effect, Rules, Scheduler};
use crate::serving::message::{Handover, Kind, Order, Report, WorkerId};
use crate::serving::metrics::Metrics;
use crate::serving::record::{RequestEntry, Status};
use crate::serving::submission::{Answer, Submission, ear};
use crate::serving::{Compute, PoolShape, Prompt};
use crate::variant::Rails;
use crate::workload::Op;

/// The end of a request of which nothing was cached.
const END: Answer = Answer::End { cached_tokens: 0 };

/// A scheduler, its workers, and what came of it.
struct Stage {
    scheduler: Scheduler,
    metrics: Arc<Metrics>,
    op: Op,
    /// Orders that the workers have not obeyed yet.
    orders: Vec<(WorkerId, Order)>,
    /// Prompts that are being computed, and who moves their blocks then.
    computing: Vec<(WorkerId, u64, Handover)>,
    clients: BTreeMap<u64, UnboundedReceiver<Answer>>,
    ended: Vec<RequestEntry>,
    generation: u32,
    now_ns: u64,
}

fn worker(kind: Kind, generation: u32) -> WorkerId {
    WorkerId { kind, index: 0, generation }
}

impl Stage {
    fn new(op: Op, blocks: u32) -> Self {
        let metrics = Arc::new(Metrics::default());
        let rules = Rules {
            op,
            pool: PoolShape { blocks, pieces: 2, piece_bytes: 1024 },
            block_tokens: 4,
            compute: Compute::preset("instant").unwrap(),
            max_waiting: 8,
            max_batch: 8,
            transfer_limit: Duration::from_secs(60),
            grace: Duration::from_secs(1),
            backend: "UCX".to_owned(),
            rails: Rails::All,
        };
        let mut stage = Self {
            scheduler: Scheduler::new(rules, Arc::clone(&metrics)),
            metrics,
            op,
            orders: Vec::new(),
            computing: Vec::new(),
            clients: BTreeMap::new(),
            ended: Vec::new(),
            generation: 0,
            now_ns: 1000,
        };
        for kind in [Kind::Prefill, Kind::Decode] {
            stage.scheduler.worker_up(worker(kind, 0));
        }
        stage.scheduler.pair_up(worker(Kind::Prefill, 0), worker(Kind::Decode, 0));
        stage
    }

    fn submit(&mut self, id: u64, prompt: u64, isl: u32, tokens: u64) {
        let ids: Vec<u32> = (0..isl).map(|token| token + 1000 * prompt as u32).collect();
        let (client, answers) = ear();
        let submission = Submission {
            request_id: id.to_string(),
            arrival_ns: self.now_ns,
            arrival: "2026-01-01T00:00:00Z".to_owned(),
            prompt: Prompt::of_ids(&ids, 4),
            tokens,
            client,
        };
        self.clients.insert(id, answers);
        self.scheduler.submit(id, submission);
        self.collect();
    }

    /// Takes in the effects; workers that shall end do.
    fn collect(&mut self) {
        loop {
            let effects = self.scheduler.effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Order(worker, order) => self.orders.push((worker, order)),
                    Effect::Record(entry) => self.ended.push(*entry),
                    Effect::End(worker, why) => self.replace(worker, &why),
                }
            }
        }
    }

    /// A worker dies, and another one takes its place.
    fn replace(&mut self, dead: WorkerId, why: &str) {
        self.orders.retain(|(worker, _)| *worker != dead);
        self.computing.retain(|(worker, ..)| *worker != dead);
        self.scheduler.worker_down(dead, why);
        self.generation += 1;
        let fresh = WorkerId { generation: self.generation, ..dead };
        self.scheduler.worker_up(fresh);
        let other = self.scheduler.seats.iter().find(|seat| seat.id.kind != dead.kind);
        if let Some(other) = other.map(|seat| seat.id) {
            self.scheduler.pair_up(fresh, other);
        }
    }

    fn kill(&mut self, kind: Kind) {
        let id = self.scheduler.seats.iter().find(|seat| seat.id.kind == kind).unwrap().id;
        self.replace(id, "killed");
        self.collect();
    }

    fn tell(&mut self, worker: WorkerId, report: Report) {
        self.now_ns += 1;
        self.scheduler.report(worker, report, self.now_ns);
        self.collect();
    }

    /// The worker of one of the orders that wait obeys the oldest of its own.
    fn obey(&mut self, index: usize, fails: bool) {
        if self.orders.is_empty() {
            return;
        }
        let (worker, _) = self.orders[index % self.orders.len()];
        let oldest = self.orders.iter().position(|(other, _)| *other == worker).unwrap();
        let (_, order) = self.orders.remove(oldest);
        match order {
            Order::Prefill { request, then, .. } => self.computing.push((worker, request, then)),
            Order::Decode { request, from: Handover::Move(order), .. } => {
                self.moved(worker, order.peer, request, fails);
            }
            Order::Cancel { request } => {
                let before = self.computing.len();
                self.computing.retain(|(other, one, _)| (*other, *one) != (worker, request));
                if self.computing.len() < before {
                    self.tell(worker, Report::Cancelled { request });
                }
            }
            _ => {}
        }
    }

    /// A prompt is computed.
    fn compute(&mut self, index: usize, fails: bool) {
        if self.computing.is_empty() {
            return;
        }
        let (worker, request, then) = self.computing.remove(index % self.computing.len());
        let at_ns = self.now_ns;
        self.tell(worker, Report::Prefilled { request, began_ns: at_ns, ended_ns: at_ns });
        if let Handover::Move(order) = then {
            self.moved(worker, order.peer, request, fails);
        }
    }

    /// A transfer ends well, or not: always when the peer is gone.
    fn moved(&mut self, initiator: WorkerId, peer: WorkerId, request: u64, fails: bool) {
        let at_ns = self.now_ns;
        if fails || self.scheduler.seat(peer).is_none() {
            self.tell(initiator, Report::Lost { request, reason: "broken".to_owned() });
            return;
        }
        self.tell(initiator, Report::Moved { request, posted_ns: at_ns, completed_ns: at_ns });
        let decode = if self.op == Op::Write { peer } else { initiator };
        self.tell(decode, Report::Delivered { request, at_ns });
    }

    /// Every request that is at a decode worker gets a token.
    fn step(&mut self) {
        for generation in 0..=self.generation {
            let requests: Vec<u64> = self.clients.keys().copied().collect();
            let report = Report::Tokens { at_ns: self.now_ns, requests };
            let decoding = worker(Kind::Decode, generation);
            if self.scheduler.seat(decoding).is_some() {
                // Only those that are delivered are in a worker's batch.
                let Report::Tokens { at_ns, requests } = report else { return };
                let delivered = |id: &u64| {
                    let request = self.scheduler.requests.get(id);
                    request.is_some_and(|request| request.times.delivered.is_some())
                };
                let requests = requests.into_iter().filter(delivered).collect();
                self.tell(decoding, Report::Tokens { at_ns, requests });
            }
        }
    }

    /// Lets everything come to its end.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            if self.orders.is_empty() && self.scheduler.requests.is_empty() {
                return;
            }
            self.obey(0, false);
            self.compute(0, false);
            self.step();
            self.now_ns += 2_000_000_000;
            self.scheduler.tick(self.now_ns);
            self.collect();
        }
        panic!("{} requests never end", self.scheduler.requests.len())
    }

    fn blocks_in_use(&self) -> (u64, u64) {
        let now = &self.metrics.now;
        (now.prefill_blocks.load(Relaxed), now.decode_blocks.load(Relaxed))
    }

    fn heard(&mut self, id: u64) -> Vec<Answer> {
        let answers = self.clients.get_mut(&id).unwrap();
        std::iter::from_fn(|| answers.try_recv().ok()).collect()
    }
}

#[test]
fn a_request_gets_its_tokens_and_gives_its_blocks_back() {
    for op in [Op::Write, Op::Read] {
        let mut stage = Stage::new(op, 16);
        stage.submit(1, 1, 10, 3);
        assert_eq!(stage.blocks_in_use(), (3, 4));
        stage.finish();
        assert_eq!(stage.heard(1), [Answer::Token, Answer::Token, Answer::Token, END]);
        let entry = &stage.ended[0];
        assert_eq!((entry.status, entry.tokens, entry.reused_blocks), (Status::Ok, 3, 0));
        assert_eq!(entry.transfer.unwrap().bytes, 3 * 2048);
        assert_eq!(stage.blocks_in_use(), (0, 0));
    }
}

#[test]
fn blocks_that_are_there_do_not_move_again() {
    let mut stage = Stage::new(Op::Write, 16);
    stage.submit(1, 1, 12, 1);
    stage.finish();
    stage.submit(2, 1, 12, 1);
    stage.finish();
    let entry = &stage.ended[1];
    // The last one always does: its last token is computed.
    assert_eq!((entry.reused_blocks, entry.transfer.unwrap().blocks), (2, 1));
}

#[test]
fn requests_wait_for_blocks_and_too_many_are_refused() {
    let mut stage = Stage::new(Op::Write, 4);
    (1..=10).for_each(|id| stage.submit(id, id, 10, 3));
    assert_eq!(stage.metrics.now.waiting.load(Relaxed), 8, "one is admitted, and eight may wait");
    let answers = stage.heard(10);
    assert!(matches!(&answers[..], [Answer::Failed(refusal)] if refusal.overloaded), "{answers:?}");
    stage.finish();
    let ok = stage.ended.iter().filter(|entry| entry.status == Status::Ok).count();
    assert_eq!((ok, stage.ended.len()), (9, 10));
}

#[test]
fn a_client_that_leaves_while_blocks_move_frees_them_only_then() {
    let mut stage = Stage::new(Op::Write, 16);
    stage.submit(1, 1, 10, 3);
    let prefill = worker(Kind::Prefill, 0);
    stage.tell(prefill, Report::Prefilled { request: 1, began_ns: 1, ended_ns: 2 });
    stage.scheduler.cancel(1);
    stage.collect();
    assert_eq!(stage.blocks_in_use(), (3, 4), "they may be written yet");
    stage.tell(prefill, Report::Moved { request: 1, posted_ns: 3, completed_ns: 4 });
    assert_eq!(stage.blocks_in_use(), (0, 4));
    stage.tell(worker(Kind::Decode, 0), Report::Delivered { request: 1, at_ns: 5 });
    assert_eq!(stage.blocks_in_use(), (0, 0));
    assert_eq!(stage.ended[0].status, Status::Cancelled);
}

#[test]
fn a_dead_decode_worker_fails_its_requests_and_the_next_one_takes_over() {
    for op in [Op::Write, Op::Read] {
        let mut stage = Stage::new(op, 4);
        stage.submit(1, 1, 10, 3);
        stage.submit(2, 2, 10, 3);
        stage.kill(Kind::Decode);
        let answers = stage.heard(1);
        assert!(matches!(&answers[..], [Answer::Failed(refusal)] if !refusal.overloaded));
        stage.finish();
        assert_eq!(stage.heard(2).last(), Some(&END));
        assert_eq!(stage.blocks_in_use(), (0, 0));
    }
}

#[test]
fn a_failed_transfer_between_living_workers_costs_the_decode_worker() {
    let mut stage = Stage::new(Op::Write, 16);
    stage.submit(1, 1, 10, 3);
    let prefill = worker(Kind::Prefill, 0);
    stage.tell(prefill, Report::Lost { request: 1, reason: "broken".to_owned() });
    assert_eq!(stage.blocks_in_use(), (0, 4), "the target may be written yet");
    stage.now_ns += 2_000_000_000;
    stage.scheduler.tick(stage.now_ns);
    stage.collect();
    assert_eq!(stage.generation, 1);
    assert_eq!(stage.blocks_in_use(), (0, 0));
}

#[test]
fn a_transfer_that_takes_too_long_costs_its_initiator() {
    for (op, kind) in [(Op::Write, Kind::Prefill), (Op::Read, Kind::Decode)] {
        let mut stage = Stage::new(op, 16);
        stage.submit(1, 1, 10, 3);
        let report = Report::Prefilled { request: 1, began_ns: 1, ended_ns: 2 };
        stage.tell(worker(Kind::Prefill, 0), report);
        stage.scheduler.tick(61_000_000_000);
        let ends = stage.scheduler.effects();
        assert!(
            matches!(&ends[..], [Effect::End(worker, _)] if worker.kind == kind),
            "{op}: {ends:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Clients come and go, transfers fail, workers die, all in any order: in the end every request
    /// has ended once, and every block is back.
    #[test]
    fn nothing_is_lost_in_any_order(
        op in prop_oneof![Just(Op::Write), Just(Op::Read)],
        blocks in 6_u32..20,
        steps in prop::collection::vec((0_u8..15, 0_usize..6), 1..120),
    ) {
        let mut stage = Stage::new(op, blocks);
        let mut next = 1;
        for (what, index) in steps {
            match what {
                0..=3 => {
                    stage.submit(next, index as u64, 3 * (1 + index as u32), 1 + index as u64);
                    next += 1;
                }
                4..=6 => stage.obey(index, false),
                7 => stage.obey(index, true),
                8 => stage.step(),
                9 => {
                    stage.scheduler.cancel(1 + index as u64 % next);
                    stage.collect();
                }
                10 => stage.kill(Kind::Prefill),
                11 => stage.kill(Kind::Decode),
                12 | 13 => stage.compute(index, false),
                _ => stage.compute(index, true),
            }
            let free_of = |used: u64| used <= u64::from(blocks);
            let (prefill, decode) = stage.blocks_in_use();
            prop_assert!(free_of(prefill) && free_of(decode));
        }
        stage.finish();
        let mut ids: Vec<u64> =
            stage.ended.iter().map(|entry| entry.request_id.parse().unwrap()).collect();
        ids.sort_unstable();
        prop_assert_eq!(ids, (1..next).collect::<Vec<_>>(), "each request ends once");
        prop_assert_eq!(stage.blocks_in_use(), (0, 0));
        for id in 1..next {
            let ends = |answer: &&Answer| !matches!(answer, Answer::Token);
            prop_assert_eq!(stage.heard(id).iter().filter(ends).count(), 1);
        }
    }
}
