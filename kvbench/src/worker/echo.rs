//! Deliveries told by an echo: on another host than the leader's, a target that has a request's last
//! notification notifies the leader in turn, whose clock is the only one.
//!
//! So a delivered latency contains the way back. How long that takes is measured beforehand, between
//! the same two processes over the same backend: half of the time that an echo takes there and back.

use std::sync::mpsc::Receiver;

use super::mailbox::Mailbox;
use super::protocol::Request;
use super::serve::{Part, until_halted};
use super::waiting::Waiting;
use crate::measure::now_ns;
use crate::transport::{Echo, Transport};
use crate::workload::Poll;

/// Echoes that are not counted: the first ones make connections.
const WARM_UP: u64 = 100;

/// Echoes that are counted, and how many of them are enough when time runs out.
const MOST: usize = 1000;
const ENOUGH: usize = 20;

/// How long a calibration takes at most, once [`ENOUGH`] echoes are counted, in nanoseconds.
const LIMIT_NS: u64 = 1_000_000_000;

/// Tells the mailbox of the leader's host what targets on another host have received.
pub(super) fn hear(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
) -> Result<(), String> {
    let mut stray = None;
    transport.hear(&mut |echo| {
        let (lane, slot) = (echo.lane as usize, echo.slot as usize);
        if lane < part.lanes && (part.initiators..part.slots).contains(&slot) {
            mailbox.finish(lane, slot, echo.number, now_ns());
        } else {
            stray = Some(echo);
        }
    })?;
    stray.map_or(Ok(()), |echo| Err(format!("{echo:?} is of no target")))
}

/// Sends every echo back until it is halted.
pub(super) fn reflect(
    transport: &mut dyn Transport,
    poll: Poll,
    requests: &Receiver<Request>,
) -> Result<(), String> {
    let mut waiting = Waiting::new(poll);
    until_halted(requests, || {
        match next(transport)? {
            Some(echo) => {
                waiting.over();
                transport.echo(echo)?;
            }
            None => waiting.round(),
        }
        Ok(false)
    })
}

/// Nanoseconds that each of many echoes took, one way: half of there and back.
pub(super) fn calibrate(transport: &mut dyn Transport, poll: Poll) -> Result<Vec<u64>, String> {
    let mut waiting = Waiting::new(poll);
    let mut echoes_ns = Vec::with_capacity(MOST);
    let begin_ns = now_ns();
    for number in 0.. {
        let sent_ns = now_ns();
        transport.echo(Echo { lane: 0, slot: 0, number })?;
        // The coordinator ends a wait that is too long.
        while next(transport)?.is_none_or(|echo| echo.number != number) {
            waiting.round();
        }
        let now_ns = now_ns();
        waiting.over();
        if number >= WARM_UP {
            echoes_ns.push((now_ns - sent_ns) / 2);
        }
        let is_late = now_ns - begin_ns > LIMIT_NS && echoes_ns.len() >= ENOUGH;
        if echoes_ns.len() == MOST || is_late {
            break;
        }
    }
    Ok(echoes_ns)
}

/// The echo that came in within a round, of which there is one at a time.
fn next(transport: &mut dyn Transport) -> Result<Option<Echo>, String> {
    let mut heard = None;
    transport.hear(&mut |echo| heard = Some(echo))?;
    Ok(heard)
}
