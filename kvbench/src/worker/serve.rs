//! The loops of the workers that take part in what the leader starts: followers post along, targets
//! receive.
//!
//! Between the post of a request and its last delivery nothing here, nor in [`super::lead`],
//! allocates, locks, logs, or makes a system call of its own, but for the yields that
//! [`crate::workload::Poll`] asks for, and for what NIXL does to send an echo to another host.

use std::sync::mpsc::{Receiver, TryRecvError};

use super::mailbox::Mailbox;
use super::protocol::Request;
use super::waiting::Waiting;
use crate::measure::now_ns;
use crate::transport::{Echo, Transport};
use crate::workload::Poll;

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
    /// Requests that may be under way at once.
    pub lanes: usize,
    /// Whether targets are on another host, and tell the leader of deliveries by echoes.
    pub echo: bool,
    /// Notifications that a target gets per request.
    pub notifications: u64,
    /// A target's deliveries count so much later than they are.
    pub delay_ns: u64,
    /// What it does between two rounds of polling.
    pub poll: Poll,
}

/// A follower's part of a lane.
struct Following {
    /// The request that it posted last, or that its worker finished last.
    number: u64,
    posted: bool,
}

/// Posts its transfers of every request that the leader starts, or of one request per lane only.
pub(super) fn follow(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    requests: &Receiver<Request>,
    once: bool,
) -> Result<(), String> {
    // Not what is started now: the leader may have begun before this line.
    let following =
        |lane| Following { number: mailbox.last_finished(lane, part.slot), posted: false };
    let mut lanes: Vec<Following> = (0..part.lanes).map(following).collect();
    let mut waiting = Waiting::new(part.poll);
    let mut finished = 0;
    until_halted(requests, || {
        let (mut happened, mut posted) = (false, false);
        for (index, lane) in lanes.iter_mut().enumerate() {
            if lane.posted && transport.poll(index)? {
                mailbox.finish(index, part.slot, lane.number, now_ns());
                lane.posted = false;
                finished += 1;
                happened = true;
            } else if !lane.posted && mailbox.started(index) != lane.number {
                lane.number += 1;
                lane.posted = true;
                transport.post(index)?;
                happened = true;
            }
            posted |= lane.posted;
        }
        if happened {
            waiting.over();
        } else {
            if !posted {
                transport.receive(&mut |_| {})?;
            }
            waiting.round();
        }
        Ok(once && finished == part.lanes)
    })
}

/// Receives the notifications of every request, or of one request per lane only; `received` counts
/// them by lane.
pub(super) fn serve(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    received: &mut [u64],
    requests: &Receiver<Request>,
    once: bool,
) -> Result<(), String> {
    let mut waiting = Waiting::new(part.poll);
    let mut delivered = 0;
    until_halted(requests, || {
        let mut unknown = None;
        let count = transport.receive(&mut |lane| match received.get_mut(lane) {
            Some(received) => *received += 1,
            None => unknown = Some(lane),
        })?;
        if let Some(lane) = unknown {
            return Err(format!("a notification of lane {lane} came, and there is none"));
        }
        if count == 0 {
            waiting.round();
            return Ok(false);
        }
        waiting.over();
        let mut at_ns = now_ns();
        if part.delay_ns > 0 {
            let due_ns = at_ns + part.delay_ns;
            while at_ns < due_ns {
                waiting.round();
                at_ns = now_ns();
            }
            waiting.over();
        }
        for (lane, received) in received.iter().enumerate() {
            let number = received / part.notifications;
            if number > mailbox.last_finished(lane, part.slot) {
                mailbox.finish(lane, part.slot, number, at_ns);
                if part.echo {
                    let (lane, slot) = (lane as u32, part.slot as u32);
                    transport.echo(Echo { lane, slot, number })?;
                }
                delivered += 1;
            }
        }
        Ok(once && delivered == part.lanes)
    })
}

/// Drives the transport until every worker is done with this one's last requests: what was delivered
/// here may be complete at its initiator only with this one's help. On another host than the
/// initiators, only the coordinator knows when that is.
pub(super) fn see_off(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    requests: &Receiver<Request>,
) -> Result<(), String> {
    let mut waiting = Waiting::new(part.poll);
    if part.echo && part.slot >= part.initiators {
        return until_halted(requests, || {
            transport.receive(&mut |_| {})?;
            waiting.round();
            Ok(false)
        });
    }
    for lane in 0..part.lanes {
        let number = mailbox.last_finished(lane, part.slot);
        for slot in 0..part.slots {
            // The coordinator ends a wait that is too long.
            while mailbox.finished(lane, slot, number).is_none() {
                transport.receive(&mut |_| {})?;
                waiting.round();
            }
        }
    }
    Ok(())
}

/// Repeats `step` until it says that it is done, or the coordinator says halt.
pub(super) fn until_halted(
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

#[cfg(test)]
mod tests;
