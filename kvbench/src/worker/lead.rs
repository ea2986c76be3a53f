//! The leader of a variant: it starts requests, and waits until each is delivered everywhere.

use super::echo::hear;
use super::mailbox::Mailbox;
use super::protocol::{MAX_SAMPLES, Sample};
use super::serve::Part;
use super::waiting::Waiting;
use crate::measure::now_ns;
use crate::transport::Transport;

/// Carries one request at a time; several of them carry several at once.
struct Lane {
    /// Its request's number, by which all workers of the variant know it.
    number: u64,
    post_ns: u64,
    /// What is known of the request's end.
    sample: Sample,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It carries nothing.
    Free,
    /// The leader's own transfers are under way.
    Posted,
    /// The leader waits for the worker of this slot.
    Completed { slot: usize },
}

impl Lane {
    fn of(mailbox: &Mailbox, lane: usize) -> Self {
        let (post_ns, sample) = Default::default();
        Self { number: mailbox.started(lane), post_ns, sample, state: State::Free }
    }

    fn start(
        &mut self,
        lane: usize,
        transport: &mut dyn Transport,
        mailbox: &Mailbox,
    ) -> Result<(), String> {
        self.number += 1;
        self.state = State::Posted;
        self.post_ns = now_ns();
        mailbox.start(lane, self.number);
        transport.post(lane)?;
        self.sample = Sample { posted_ns: now_ns() - self.post_ns, ..Sample::default() };
        Ok(())
    }

    /// Looks once; whether anything happened.
    fn advance(
        &mut self,
        lane: usize,
        transport: &mut dyn Transport,
        mailbox: &Mailbox,
        part: &Part,
    ) -> Result<bool, String> {
        match self.state {
            State::Free => Ok(false),
            State::Posted => {
                let completed = transport.poll(lane)?;
                if completed {
                    mailbox.finish(lane, part.slot, self.number, now_ns());
                    self.state = State::Completed { slot: 0 };
                }
                Ok(completed)
            }
            State::Completed { slot: first } => {
                let mut slot = first;
                while slot < part.slots
                    && let Some(at_ns) = mailbox.finished(lane, slot, self.number)
                {
                    let since_post_ns = at_ns.saturating_sub(self.post_ns);
                    let last = match slot < part.initiators {
                        true => &mut self.sample.completed_ns,
                        false => &mut self.sample.delivered_ns,
                    };
                    *last = since_post_ns.max(*last);
                    slot += 1;
                }
                self.state = State::Completed { slot };
                Ok(slot > first)
            }
        }
    }

    /// Whether its request is over: delivered everywhere.
    fn is_over(&self, part: &Part) -> bool {
        self.state == State::Completed { slot: part.slots }
    }
}

/// Starts requests until `budget_ns` is over or there were so many, as many at once as `part` has
/// lanes; waits for their ends. Returns their times, in the order of their ends, and the time that
/// all took together.
pub(super) fn lead(
    transport: &mut dyn Transport,
    mailbox: &Mailbox,
    part: &Part,
    budget_ns: u64,
    max_requests: u64,
) -> Result<(Vec<Sample>, u64), String> {
    let limit = usize::try_from(max_requests).unwrap_or(MAX_SAMPLES).min(MAX_SAMPLES);
    let mut samples = Vec::with_capacity(limit);
    let mut lanes: Vec<Lane> = (0..part.lanes).map(|lane| Lane::of(mailbox, lane)).collect();
    let mut waiting = Waiting::new(part.poll);
    let (mut started, mut under_way) = (0, 0);
    let begin_ns = now_ns();
    let mut end_ns = begin_ns;
    for (index, lane) in lanes.iter_mut().enumerate().take(limit) {
        lane.start(index, transport, mailbox)?;
        (started, under_way) = (started + 1, under_way + 1);
    }
    while under_way > 0 {
        let (mut happened, mut posted) = (false, false);
        if part.echo {
            hear(transport, mailbox, part)?;
        }
        for (index, lane) in lanes.iter_mut().enumerate() {
            happened |= lane.advance(index, transport, mailbox, part)?;
            if lane.is_over(part) {
                samples.push(lane.sample);
                lane.state = State::Free;
                under_way -= 1;
                end_ns = now_ns();
                if started < limit && end_ns - begin_ns < budget_ns {
                    lane.start(index, transport, mailbox)?;
                    (started, under_way) = (started + 1, under_way + 1);
                }
            }
            posted |= lane.state == State::Posted;
        }
        if happened {
            waiting.over();
            continue;
        }
        if !posted && !part.echo {
            // Nothing else drives the transport while only others are waited for.
            transport.receive(&mut |_| {})?;
        }
        waiting.round();
    }
    Ok((samples, end_ns - begin_ns))
}
