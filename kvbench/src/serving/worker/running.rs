//! A worker at work: one thread that obeys orders, drives transfers, and keeps the time of its work.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use nixl::Inbox;

use super::Reports;
use super::decode::Decode;
use super::memory::Memory;
use super::mover::{Ended, Mover};
use super::pause::Pause;
use super::prefill::{Computed, Prefill, Prompt};
use crate::measure::now_ns;
use crate::serving::message::{Handover, Kind, Move, Order, Report, Stamp, Work};
use crate::worker::child::exit;

/// Everything a worker has once it works.
pub(super) struct Running {
    kind: Kind,
    memory: Memory,
    mover: Mover,
    inbox: Inbox,
    pause: Pause,
    prefill: Prefill,
    decode: Decode,
    /// Transfers of the spare slot that this worker makes, and those that a peer makes.
    connecting: HashSet<u64>,
    expected: HashSet<u64>,
    /// Requests whose blocks a peer moves, or this worker: what comes then.
    awaited: HashMap<u64, Sequence>,
    moving: HashMap<u64, Sequence>,
    /// Notifications that came before the order that tells what to do then.
    early: HashSet<u64>,
}

/// What a decode worker does with a request once its blocks are there. A prefill worker has nothing
/// to do then.
#[derive(Default)]
struct Sequence {
    tokens: u64,
    stamps: Vec<Stamp>,
}

impl Running {
    pub fn new(work: Work, memory: Memory, mover: Mover, inbox: Inbox) -> Self {
        Self {
            kind: work.me.kind,
            memory,
            mover,
            inbox,
            pause: Pause::new(work.spinning),
            prefill: Prefill::default(),
            decode: Decode::new(work.compute, work.max_batch as usize),
            connecting: HashSet::new(),
            expected: HashSet::new(),
            awaited: HashMap::new(),
            moving: HashMap::new(),
            early: HashSet::new(),
        }
    }

    /// Works until the router is gone.
    pub fn run(&mut self, orders: &Receiver<Order>, reports: &mut Reports) {
        loop {
            self.obey_all(orders, reports);
            let mut idle = true;
            for ended in self.mover.poll() {
                idle = false;
                self.moved(ended, reports);
            }
            idle &= !self.receive(reports);
            idle &= !self.advance(reports);
            reports.flush();
            if self.is_polling() {
                self.pause.wait(idle);
            }
        }
    }

    /// Whether transfers need to be driven from here.
    fn is_polling(&self) -> bool {
        self.mover.is_busy() || !self.expected.is_empty() || !self.awaited.is_empty()
    }

    /// Obeys what has come; without anything to poll, waits until something comes or is due.
    fn obey_all(&mut self, orders: &Receiver<Order>, reports: &mut Reports) {
        if !self.is_polling() {
            let due_ns = if self.kind == Kind::Prefill {
                self.prefill.due_ns()
            } else {
                self.decode.due_ns()
            };
            let order = match due_ns {
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due_ns) => {
                    let left = Duration::from_nanos(due_ns.saturating_sub(now_ns()));
                    orders.recv_timeout(left)
                }
            };
            match order {
                Ok(order) => self.obey(order, reports),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => exit(0),
            }
        }
        loop {
            match orders.try_recv() {
                Ok(order) => self.obey(order, reports),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => exit(0),
            }
        }
    }

    fn obey(&mut self, order: Order, reports: &mut Reports) {
        match order {
            Order::Connect { peer, transfer } => {
                let spare = vec![self.memory.shape.spare()];
                let order = Move { peer: peer.id, local: spare.clone(), remote: spare };
                self.connecting.insert(transfer);
                match self.mover.connect(&self.memory, &peer) {
                    Ok(()) => self.post(transfer, &order, reports),
                    Err(reason) => reports.say(&Report::Lost { request: transfer, reason }),
                }
            }
            Order::Expect { transfer } if self.early.remove(&transfer) => {
                reports.say(&Report::Arrived { transfer });
            }
            Order::Expect { transfer } => drop(self.expected.insert(transfer)),
            Order::Prefill { request, compute_ns, stamps, then } => {
                self.prefill.add(Prompt { request, compute_ns, stamps, then }, now_ns());
            }
            Order::Decode { request, tokens, stamps, from } => {
                let sequence = Sequence { tokens, stamps };
                match from {
                    Handover::Await if self.early.remove(&request) => {
                        self.delivered(request, sequence, now_ns(), reports);
                    }
                    Handover::Await => drop(self.awaited.insert(request, sequence)),
                    Handover::Move(order) => {
                        self.moving.insert(request, sequence);
                        self.post(request, &order, reports);
                    }
                }
            }
            Order::Cancel { request } => {
                self.decode.cancel(request);
                if self.prefill.cancel(request, now_ns()) {
                    reports.say(&Report::Cancelled { request });
                }
            }
            Order::Forget { request } => {
                self.expected.remove(&request);
                self.awaited.remove(&request);
                self.early.remove(&request);
                self.decode.cancel(request);
            }
            Order::Ping => reports.say(&Report::Pong),
            Order::Stall { span_ns } => {
                reports.flush();
                std::thread::sleep(Duration::from_nanos(span_ns));
            }
            Order::Load { .. } | Order::CreateBackend { .. } | Order::Register(_) => {
                let reason = "it is set up already".to_owned();
                reports.say(&Report::Failed { reason, environment: false });
            }
        }
    }

    fn post(&mut self, id: u64, order: &Move, reports: &mut Reports) {
        if let Some(ended) = self.mover.post(&self.memory, id, order) {
            self.moved(ended, reports);
        }
    }

    fn moved(&mut self, Ended { id, posted_ns, outcome }: Ended, reports: &mut Reports) {
        let sequence = self.moving.remove(&id);
        let connecting = self.connecting.remove(&id);
        match outcome {
            Err(reason) => reports.say(&Report::Lost { request: id, reason }),
            Ok(_) if connecting => reports.say(&Report::Connected { transfer: id }),
            Ok(completed_ns) => {
                reports.say(&Report::Moved { request: id, posted_ns, completed_ns });
                if let Some(sequence) = sequence {
                    self.delivered(id, sequence, completed_ns, reports);
                }
            }
        }
    }

    /// Takes in what peers tell; whether there was anything.
    fn receive(&mut self, reports: &mut Reports) -> bool {
        if self.expected.is_empty() && self.awaited.is_empty() {
            return false;
        }
        let mut arrived = Vec::new();
        let polled = self.inbox.poll(|notification| {
            arrived.extend(notification.message.try_into().map(u64::from_le_bytes));
        });
        if let Err(error) = polled {
            let reason = error.to_string();
            reports.say(&Report::Failed { reason, environment: false });
        }
        let at_ns = now_ns();
        for id in &arrived {
            if self.expected.remove(id) {
                reports.say(&Report::Arrived { transfer: *id });
            } else if let Some(sequence) = self.awaited.remove(id) {
                // A prefill worker has nothing to do when its blocks were read.
                if self.kind == Kind::Decode {
                    self.delivered(*id, sequence, at_ns, reports);
                }
            } else {
                self.early.insert(*id);
            }
        }
        !arrived.is_empty()
    }

    /// The blocks of a request are here.
    fn delivered(&mut self, request: u64, wanted: Sequence, at_ns: u64, reports: &mut Reports) {
        match wanted.stamps.iter().try_for_each(|stamp| self.memory.check(*stamp)) {
            Ok(()) => {
                self.decode.add(request, wanted.tokens, at_ns);
                reports.say(&Report::Delivered { request, at_ns });
            }
            Err(mismatch) => reports.say(&Report::Wrong { request, mismatch }),
        }
    }

    /// Does what is due; whether there was anything.
    fn advance(&mut self, reports: &mut Reports) -> bool {
        let mut any = false;
        while let Some(computed) = self.prefill.advance(now_ns()) {
            any = true;
            self.computed(computed, reports);
        }
        if let Some(requests) = self.decode.advance(now_ns()) {
            any = true;
            if !requests.is_empty() {
                reports.say(&Report::Tokens { at_ns: now_ns(), requests });
            }
        }
        any
    }

    fn computed(&mut self, computed: Computed, reports: &mut Reports) {
        let Computed { prompt: Prompt { request, stamps, then, .. }, began_ns, ended_ns } =
            computed;
        if let Err(mismatch) = stamps.iter().try_for_each(|stamp| self.memory.write(*stamp)) {
            reports.say(&Report::Wrong { request, mismatch });
            return;
        }
        reports.say(&Report::Prefilled { request, began_ns, ended_ns });
        match then {
            Handover::Await => drop(self.awaited.insert(request, Sequence::default())),
            Handover::Move(order) => {
                // Before the post, which may move everything.
                reports.flush();
                self.post(request, &order, reports);
            }
        }
    }
}
