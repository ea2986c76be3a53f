//! The loops allocate nothing per request.

use std::sync::mpsc::channel;

use allocation_counter::measure;

use super::*;
use crate::transport::{MemorySpec, Remote, Share};
use crate::worker::lead::lead;
use crate::worker::mailbox::MailboxFile;

/// Completes and delivers after some rounds.
struct Scripted {
    mailbox: Mailbox,
    rounds: u64,
    /// Whether it plays the target too.
    delivers: bool,
}

impl Transport for Scripted {
    fn allocate(&mut self, _: MemorySpec) -> Result<(), String> {
        unreachable!("the loops only post, poll and receive")
    }

    fn register(&mut self) -> Result<(), String> {
        unreachable!("as above")
    }

    fn remote(&self) -> Result<Remote, String> {
        unreachable!("as above")
    }

    fn connect(&mut self, _: &Remote, _: Share<'_>) -> Result<(), String> {
        unreachable!("as above")
    }

    fn write(&self, _: usize, _: &[u8]) -> Result<(), String> {
        unreachable!("as above")
    }

    fn read(&self, _: usize, _: &mut [u8]) -> Result<(), String> {
        unreachable!("as above")
    }

    fn post(&mut self, _: usize) -> Result<(), String> {
        Ok(())
    }

    fn poll(&mut self, _: usize) -> Result<bool, String> {
        self.rounds += 1;
        Ok(self.rounds.is_multiple_of(300))
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        self.rounds += 1;
        if !self.rounds.is_multiple_of(300) {
            return Ok(0);
        }
        for lane in 0..LANES {
            arrived(lane);
            if self.delivers {
                self.mailbox.finish(lane, TARGET, self.mailbox.started(lane), now_ns());
            }
        }
        Ok(LANES as u64)
    }
}

const INITIATOR: usize = 0;
const TARGET: usize = 1;
const LANES: usize = 2;

fn part(slot: usize, poll: Poll) -> Part {
    let (initiators, slots, lanes, notifications) = (1, 2, LANES, 1);
    Part { slot, initiators, slots, lanes, echo: false, notifications, delay_ns: 1000, poll }
}

fn scripted(delivers: bool) -> (Mailbox, Scripted) {
    let file = MailboxFile::create(LANES).unwrap();
    let open = || Mailbox::open(&file.path()).unwrap();
    (open(), Scripted { mailbox: open(), rounds: 0, delivers })
}

#[test]
fn leading_a_thousand_requests_allocates_as_often_as_leading_one() {
    for poll in [Poll::Busy, Poll::Yield, Poll::Adaptive] {
        let allocations = |requests: u64| {
            let (mailbox, mut transport) = scripted(true);
            let part = part(INITIATOR, poll);
            let counted = measure(|| {
                let (samples, _) =
                    lead(&mut transport, &mailbox, &part, u64::MAX, requests).unwrap();
                assert_eq!(samples.len() as u64, requests);
            });
            counted.count_total
        };
        let (one, thousand) = (allocations(1), allocations(1000));
        assert_eq!(one, thousand, "{poll}");
        assert_eq!(one, 2, "the samples and the lanes");
    }
}

#[test]
fn following_and_receiving_allocate_nothing_per_request() {
    let (requests, halts) = channel();
    for poll in [Poll::Busy, Poll::Yield, Poll::Adaptive] {
        let (mailbox, mut transport) = scripted(false);
        (0..LANES).for_each(|lane| mailbox.start(lane, 1));
        let counted = measure(|| {
            follow(&mut transport, &mailbox, &part(INITIATOR, poll), &halts, true).unwrap();
        });
        assert_eq!(counted.count_total, 1, "the lanes, with {poll}");
        assert!((0..LANES).all(|lane| mailbox.finished(lane, INITIATOR, 1).is_some()));

        let mut received = [0; LANES];
        let counted = measure(|| {
            let part = part(TARGET, poll);
            serve(&mut transport, &mailbox, &part, &mut received, &halts, true).unwrap();
        });
        assert_eq!(counted.count_total, 0, "{poll}");
        assert_eq!(received, [1; LANES]);
    }
    drop(requests);
}
