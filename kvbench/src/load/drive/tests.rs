//! Phases against a server with a clock of its own: every time is exact.

use std::collections::VecDeque;

use super::*;
use crate::load::outcome::tests::outcome;
use crate::load::{Arrivals, Length, Pattern, RateRamp, Synthetic};

const MS: u64 = 1_000_000;

/// A server that does one request after the other, each in the same time.
struct Server {
    now_ns: u64,
    each_ns: u64,
    /// What handing a request in takes.
    hand_in_ns: u64,
    free_ns: u64,
    ends: VecDeque<(u64, Box<RequestEntry>)>,
    /// How many ends there are before it is interrupted.
    interrupted_after: u64,
    cancelled: bool,
}

impl Server {
    fn new(each_ms: u64) -> Self {
        Self {
            now_ns: 7 * MS,
            each_ns: each_ms * MS,
            hand_in_ns: 0,
            free_ns: 0,
            ends: VecDeque::new(),
            interrupted_after: u64::MAX,
            cancelled: false,
        }
    }
}

impl World for Server {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn submit(&mut self, request: Request) {
        let begins_ns = self.free_ns.max(self.now_ns);
        self.free_ns = begins_ns + self.each_ns;
        let queue_ms = (begins_ns - request.arrival_ns) as f64 / 1e6;
        let mut entry = outcome(0, queue_ms, self.each_ns as f64 / 1e6).entry;
        entry.request_id = request.id;
        self.ends.push_back((self.free_ns, Box::new(entry)));
        self.now_ns += self.hand_in_ns;
    }

    fn wait(&mut self, until_ns: u64) -> Waited {
        assert!(until_ns >= self.now_ns, "it waits for the past");
        let ends = self.ends.front().is_some_and(|(at_ns, _)| *at_ns <= until_ns);
        match ends.then(|| self.ends.pop_front()).flatten() {
            Some((at_ns, entry)) => {
                self.now_ns = self.now_ns.max(at_ns);
                Waited::Ended(entry)
            }
            None => {
                self.now_ns = until_ns;
                Waited::Nothing
            }
        }
    }

    fn stall(&mut self, span: Duration) {
        let span_ns = span.as_nanos() as u64;
        self.free_ns = self.free_ns.max(self.now_ns) + span_ns;
        self.ends.iter_mut().for_each(|(at_ns, _)| *at_ns += span_ns);
    }

    fn cancel_all(&mut self) {
        self.cancelled = true;
    }

    fn go_on(&mut self, ended: u64) -> bool {
        ended < self.interrupted_after
    }
}

const STOP: Stop = Stop {
    count: None,
    duration: None,
    grace: Duration::from_secs(1),
    patience: Duration::from_secs(10),
};

fn closed(limit: u64, stop: Stop) -> Phase<'static> {
    let limit = Some(ConcurrencyRamp::new(limit, Duration::ZERO));
    Phase { name: "test".to_owned(), arrivals: None, limit, stop, stall: None }
}

/// 100 requests per second, 10 ms apart.
fn open(stop: Stop) -> Phase<'static> {
    let ramp = RateRamp::new(100.0, Duration::ZERO);
    let arrivals = Arrivals::new(Pattern::Constant, 1.0, ramp, 1);
    Phase { arrivals: Some(Box::new(arrivals)), limit: None, ..closed(1, stop) }
}

fn run(server: &mut Server, phase: Phase<'_>) -> Driven {
    let length = Length { mean: 16, stddev: 0.0 };
    let mut prompts = Prompts::Synthetic(Synthetic::new(length, length, 16, 1));
    drive(server, phase, &mut prompts)
}

fn delivered(driven: &Driven) -> Vec<f64> {
    driven.outcomes.iter().filter_map(Outcome::kv_delivered_ms).collect()
}

#[test]
fn an_open_loop_follows_its_schedule_whatever_becomes_of_requests() {
    let driven = run(&mut Server::new(25), open(Stop { count: Some(4), ..STOP }));
    let at: Vec<u64> = driven.outcomes.iter().map(|one| one.handed_ns / MS).collect();
    assert_eq!(at, [10, 20, 30, 40]);
    // Each waits for those before it.
    assert_eq!(delivered(&driven), [25.0, 40.0, 55.0, 70.0]);
    assert_eq!((driven.unended, driven.duration_s()), (0, 0.11));
}

#[test]
fn a_closed_loop_waits_for_ends() {
    let driven = run(&mut Server::new(25), closed(2, Stop { count: Some(5), ..STOP }));
    let at: Vec<u64> = driven.outcomes.iter().map(|one| one.intended_ns / MS).collect();
    assert_eq!(at, [0, 0, 25, 50, 75]);
    assert_eq!(delivered(&driven), [25.0, 50.0, 50.0, 50.0, 50.0]);
    assert!(driven.outcomes.iter().all(|one| one.late_ms() == 0.0));
}

#[test]
fn a_stall_hits_everyone_who_arrives_in_it_and_one_who_waits_for_the_other() {
    let stall = Some(Stall { span: Duration::from_millis(200), after: Duration::from_millis(500) });
    let stop = Stop { count: Some(200), ..STOP };
    let late = |phase: Phase<'_>| {
        let driven = run(&mut Server::new(5), Phase { stall, ..phase });
        delivered(&driven).iter().filter(|ms| **ms > 50.0).count()
    };
    assert_eq!(late(closed(1, stop)), 1);
    // Those of the 200 ms in 10 ms steps, and of the time until their queue is short again.
    assert!(late(open(stop)) >= 20);
}

#[test]
fn room_that_is_waited_for_is_part_of_the_latency() {
    let limit = Some(ConcurrencyRamp::new(1, Duration::ZERO));
    let phase = Phase { limit, ..open(Stop { count: Some(3), ..STOP }) };
    let driven = run(&mut Server::new(25), phase);
    let waited: Vec<f64> = driven.outcomes.iter().map(Outcome::slot_ms).collect();
    assert_eq!(waited, [0.0, 15.0, 30.0]);
    assert_eq!(delivered(&driven), [25.0, 40.0, 55.0]);
    assert!(driven.outcomes.iter().all(|one| one.late_ms() == 0.0));
}

#[test]
fn a_slow_generator_is_late_and_its_part_is_told() {
    let mut server = Server { hand_in_ns: 15 * MS, ..Server::new(1) };
    let driven = run(&mut server, open(Stop { count: Some(4), ..STOP }));
    let late: Vec<f64> = driven.outcomes.iter().map(Outcome::late_ms).collect();
    assert_eq!(late, [0.0, 5.0, 10.0, 15.0]);
    assert_eq!(delivered(&driven), [1.0, 6.0, 11.0, 16.0], "it counts from the intended arrival");
}

#[test]
fn a_concurrency_that_grows_makes_room_in_time() {
    let limit = Some(ConcurrencyRamp::new(3, Duration::from_millis(60)));
    let phase = Phase { limit, ..closed(3, Stop { count: Some(3), ..STOP }) };
    let driven = run(&mut Server::new(100), phase);
    let at: Vec<u64> = driven.outcomes.iter().map(|one| one.intended_ns / MS).collect();
    assert_eq!(at, [0, 30, 60]);
}

#[test]
fn a_duration_ends_both_loops_and_grace_ends_what_is_left() {
    let stop = Stop { duration: Some(Duration::from_millis(100)), ..STOP };
    let driven = run(&mut Server::new(30), closed(1, stop));
    assert_eq!((driven.outcomes.len(), driven.unended), (4, 0));
    let driven = run(&mut Server::new(5), open(stop));
    assert_eq!((driven.outcomes.len(), driven.unended), (9, 0), "the tenth is due when it is over");
    let short = Stop { grace: Duration::from_millis(50), ..stop };
    let mut server = Server::new(40);
    let driven = run(&mut server, open(short));
    // Three end by 150 ms; six are under way.
    assert_eq!((driven.outcomes.len(), driven.unended), (3, 6));
    assert!(server.cancelled);
}

#[test]
fn requests_that_found_no_room_are_counted() {
    let limit = Some(ConcurrencyRamp::new(1, Duration::ZERO));
    let stop = Stop { duration: Some(Duration::from_millis(100)), ..STOP };
    let stop = Stop { grace: Duration::from_millis(20), ..stop };
    let driven = run(&mut Server::new(50), Phase { limit, ..open(stop) });
    assert_eq!((driven.outcomes.len(), driven.unended), (2, 7));
}

#[test]
fn what_never_ends_is_not_waited_for_forever() {
    let stop = Stop { count: Some(3), patience: Duration::from_secs(2), ..STOP };
    let driven = run(&mut Server::new(3_600_000), open(stop));
    assert_eq!((driven.outcomes.len(), driven.unended), (0, 3));
}

#[test]
fn an_interruption_keeps_what_has_ended() {
    let mut server = Server { interrupted_after: 3, ..Server::new(5) };
    let driven = run(&mut server, open(Stop { count: Some(100), ..STOP }));
    assert!(driven.interrupted && !server.cancelled);
    assert_eq!((driven.outcomes.len(), driven.unended), (3, 0));
}
