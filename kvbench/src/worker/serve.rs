//! The loops of a slice: the leader posts, followers post along, targets receive.
//!
//! Between the post of a request and its last delivery nothing here allocates, locks, logs, or makes
//! a system call of its own; with more workers than processors, waiting yields.

use std::sync::mpsc::{Receiver, TryRecvError};

use super::mailbox::Mailbox;
use super::protocol::{MAX_SAMPLES, Request, Sample};
use crate::measure::now_ns;
use crate::transport::Transport;

/// Rounds between two looks for a message of the coordinator.
const ROUNDS_PER_LOOK: u32 = 64;

/// How a worker takes part in the requests of its variant.
pub(super) struct Part {
    /// Its slot in the mailbox.
    pub slot: usize,
    /// The number of initiators, whose slots come first.
    pub initiators: usize,
    /// The slots of all workers of the variant.
    pub slots: usize,
    /// Notifications that a target gets per request.
    pub notifications: u64,
    /// A target's deliveries count so much later than they are.
    pub delay_ns: u64,
    /// Whether waiting workers give up the processor: there are more of them than processors.
    pub yielding: bool,
}

impl Part {
    fn wait_a_round(&self) {
        if self.yielding {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

/// Posts requests one after the other, and waits until each is delivered everywhere.
pub(super) fn lead(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    budget_ns: u64,
    max_requests: u64,
) -> Result<(Vec<Sample>, u64), String> {
    let limit = usize::try_from(max_requests).unwrap_or(MAX_SAMPLES).min(MAX_SAMPLES);
    let mut samples = Vec::with_capacity(limit);
    let begin_ns = now_ns();
    let mut end_ns = begin_ns;
    while samples.len() < limit {
        let number = mailbox.started() + 1;
        let post_ns = now_ns();
        mailbox.start(number);
        transport.post()?;
        let posted_ns = now_ns() - post_ns;
        while !transport.poll()? {
            part.wait_a_round();
        }
        mailbox.finish(part.slot, number, now_ns());
        let mut last = Sample { posted_ns, ..Sample::default() };
        for slot in 0..part.slots {
            let done_ns = loop {
                if let Some(at_ns) = mailbox.finished(slot, number) {
                    break at_ns;
                }
                transport.receive()?;
                part.wait_a_round();
            };
            let since_post_ns = done_ns.saturating_sub(post_ns);
            if slot < part.initiators {
                last.completed_ns = last.completed_ns.max(since_post_ns);
            } else {
                last.delivered_ns = last.delivered_ns.max(since_post_ns);
            }
        }
        samples.push(last);
        end_ns = now_ns();
        if end_ns - begin_ns >= budget_ns {
            break;
        }
    }
    Ok((samples, end_ns - begin_ns))
}

/// Posts its transfers of every request that the leader starts, or of the next one only.
pub(super) fn follow(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    requests: &Receiver<Request>,
    once: bool,
) -> Result<(), String> {
    // Not what is started now: the leader may have begun before this line.
    let mut seen = mailbox.last_finished(part.slot);
    until_halted(requests, || {
        if mailbox.started() == seen {
            transport.receive()?;
            part.wait_a_round();
            return Ok(false);
        }
        seen += 1;
        transport.post()?;
        while !transport.poll()? {
            part.wait_a_round();
        }
        mailbox.finish(part.slot, seen, now_ns());
        Ok(once)
    })
}

/// Receives the notifications of every request, or of the next one only; `received` counts them.
pub(super) fn serve(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    received: &mut u64,
    requests: &Receiver<Request>,
    once: bool,
) -> Result<(), String> {
    until_halted(requests, || {
        let count = transport.receive()?;
        if count == 0 {
            part.wait_a_round();
            return Ok(false);
        }
        let mut at_ns = now_ns();
        *received += count;
        let delivered = received.is_multiple_of(part.notifications);
        if delivered {
            let due_ns = at_ns + part.delay_ns;
            while at_ns < due_ns {
                part.wait_a_round();
                at_ns = now_ns();
            }
            mailbox.finish(part.slot, *received / part.notifications, at_ns);
        }
        Ok(delivered && once)
    })
}

/// Drives the transport until every worker is done with this one's last request: what was delivered
/// here may be complete at its initiator only with this one's help.
pub(super) fn see_off(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
) -> Result<(), String> {
    let number = mailbox.last_finished(part.slot);
    for slot in 0..part.slots {
        // The coordinator ends a wait that is too long.
        while mailbox.finished(slot, number).is_none() {
            transport.receive()?;
            part.wait_a_round();
        }
    }
    Ok(())
}

/// Repeats `step` until it says that it is done, or the coordinator says halt.
fn until_halted(
    requests: &Receiver<Request>,
    mut step: impl FnMut() -> Result<bool, String>,
) -> Result<(), String> {
    loop {
        for _ in 0..ROUNDS_PER_LOOK {
            if step()? {
                return Ok(());
            }
        }
        match requests.try_recv() {
            Ok(Request::Halt) | Err(TryRecvError::Disconnected) => return Ok(()),
            Ok(other) => return Err(format!("{other:?} came instead of Halt")),
            Err(TryRecvError::Empty) => {}
        }
    }
}
