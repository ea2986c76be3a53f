//! The world of a router and its workers, on the clock of this machine.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedSender;

use super::drive::{Request, Waited, World};
use super::interrupt::Interrupt;
use crate::measure::{Observer, now_ns};
use crate::serving::{Answer, Desk, Entry, Router, Submission, Ticket, ear};

/// So long before a moment it sleeps no more: a processor that sleeps wakes up tens of microseconds late.
const AWAKE_NS: u64 = 100_000;

/// How often it is told how many have ended.
const TELL_NS: u64 = 100_000_000;

/// A router under load.
pub(super) struct Live<'l> {
    router: &'l Router,
    desk: Desk,
    entries: &'l Receiver<Entry>,
    tickets: HashMap<String, Ticket>,
    client: UnboundedSender<Answer>,
    /// The two clocks at one moment.
    clocks: (u64, Timestamp),
    interrupt: &'l Interrupt,
    observer: &'l mut dyn Observer,
    /// What is under way, for whoever watches.
    name: String,
    expected: Option<u64>,
    tell_at_ns: u64,
}

impl<'l> Live<'l> {
    /// Where `entries` has what the router logs.
    pub fn new(
        router: &'l Router,
        entries: &'l Receiver<Entry>,
        interrupt: &'l Interrupt,
        observer: &'l mut dyn Observer,
    ) -> Self {
        // Without it, sleeps end 50 µs later, which waking early makes up for in part.
        let _ = nix::sys::prctl::set_timerslack(1);
        // Nobody listens: the log tells when a request has ended, and how.
        let (client, _) = ear();
        Self {
            router,
            desk: router.desk(),
            entries,
            tickets: HashMap::new(),
            client,
            clocks: (now_ns(), Timestamp::now()),
            interrupt,
            observer,
            name: String::new(),
            expected: None,
            tell_at_ns: 0,
        }
    }

    /// A phase begins, of so many requests.
    pub fn begin(&mut self, name: &str, expected: Option<u64>) {
        (self.name, self.expected, self.tell_at_ns) = (name.to_owned(), expected, 0);
    }

    /// A moment on the wall clock, RFC 3339.
    pub fn wall(&self, at_ns: u64) -> String {
        let (ns, wall) = self.clocks;
        let since = SignedDuration::from_nanos(at_ns as i64 - ns as i64);
        wall.checked_add(since).unwrap_or(wall).to_string()
    }
}

impl World for Live<'_> {
    fn now_ns(&self) -> u64 {
        now_ns()
    }

    fn submit(&mut self, request: Request) {
        let Request { id, arrival_ns, prompt, tokens } = request;
        let ticket = self.desk.submit(Submission {
            request_id: id.clone(),
            arrival_ns,
            arrival: self.wall(arrival_ns),
            prompt,
            tokens,
            client: self.client.clone(),
        });
        self.tickets.insert(id, ticket);
    }

    fn wait(&mut self, until_ns: u64) -> Waited {
        loop {
            let left_ns = until_ns.saturating_sub(now_ns());
            let entry = if left_ns > AWAKE_NS {
                self.entries.recv_timeout(Duration::from_nanos(left_ns - AWAKE_NS))
            } else {
                self.entries.try_recv().map_err(|error| match error {
                    TryRecvError::Empty => RecvTimeoutError::Timeout,
                    TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                })
            };
            match entry {
                Ok(Entry::Request(entry)) => {
                    // Those that were taken back have no ticket any more.
                    if self.tickets.remove(&entry.request_id).is_some() {
                        return Waited::Ended(entry);
                    }
                }
                Ok(Entry::Serve(_)) => {}
                Err(RecvTimeoutError::Disconnected) => return Waited::Gone,
                Err(RecvTimeoutError::Timeout) if left_ns == 0 => return Waited::Nothing,
                Err(RecvTimeoutError::Timeout) => std::hint::spin_loop(),
            }
        }
    }

    fn stall(&mut self, span: Duration) {
        self.router.stall_target(span);
    }

    fn cancel_all(&mut self) {
        self.tickets.clear();
    }

    fn go_on(&mut self, ended: u64) -> bool {
        let now_ns = now_ns();
        if now_ns >= self.tell_at_ns {
            self.tell_at_ns = now_ns + TELL_NS;
            self.observer.requests(&self.name, ended, self.expected);
        }
        !self.interrupt.is_set() && !self.observer.is_stopped()
    }
}
