//! A phase of a load: hands requests in when they are due, and takes back what ended. It knows neither
//! threads nor NIXL, only a [`World`].

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use super::outcome::{Driven, Outcome};
use super::point::{Stall, Stop};
use super::prompts::Prompts;
use super::ramp::ConcurrencyRamp;
use crate::serving::{Prompt, RequestEntry};

/// How often it is looked whether to go on.
const TICK_NS: u64 = 100_000_000;

/// Where requests go.
pub trait World {
    /// The time, in nanoseconds.
    fn now_ns(&self) -> u64;
    /// Hands a request in.
    fn submit(&mut self, request: Request);
    /// Waits for the next request that ends, until a moment; what was cancelled is none.
    fn wait(&mut self, until_ns: u64) -> Waited;
    /// Has the worker that receives stand still.
    fn stall(&mut self, span: Duration);
    /// Takes back all requests that are under way.
    fn cancel_all(&mut self);
    /// So many have ended; whether to go on.
    fn go_on(&mut self, ended: u64) -> bool;
}

/// A request that is due.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// Its name, which its entry has again.
    pub id: String,
    /// When it should arrive.
    pub arrival_ns: u64,
    /// Its prompt.
    pub prompt: Prompt,
    /// The tokens that it asks for, at least one.
    pub tokens: u64,
}

/// What came of waiting.
#[derive(Debug)]
pub enum Waited {
    /// A request ended.
    Ended(Box<RequestEntry>),
    /// Nothing ended in time.
    Nothing,
    /// Nothing will ever end: the router has stopped.
    Gone,
}

/// What to drive.
pub struct Phase<'p> {
    /// What the names of its requests begin with, unlike those of any other phase.
    pub name: String,
    /// Intended arrivals from the start, ascending; without, each request arrives when there is room.
    pub arrivals: Option<Box<dyn Iterator<Item = u64> + 'p>>,
    /// Requests at a time.
    pub limit: Option<ConcurrencyRamp>,
    /// When it is enough.
    pub stop: Stop,
    /// A stall of the worker that receives.
    pub stall: Option<Stall>,
}

/// Drives a phase to its end.
pub fn drive(world: &mut dyn World, phase: Phase<'_>, prompts: &mut Prompts) -> Driven {
    let begun_ns = world.now_ns();
    let later = |span: Duration| begun_ns.saturating_add(span.as_nanos() as u64);
    let stall_at_ns = phase.stall.map(|stall| later(stall.after));
    let over_ns = phase.stop.duration.map(later);
    let mut driver = Driver {
        world,
        phase,
        prompts,
        begun_ns,
        next: None,
        prepared: 0,
        under_way: HashMap::new(),
        outcomes: Vec::new(),
        room_since_ns: begun_ns,
        full: false,
        stall_at_ns,
        over_ns,
        closing_ns: over_ns,
        heard_ns: begun_ns,
        interrupted: false,
    };
    driver.prepare();
    driver.run()
}

struct Driver<'d, 'p> {
    world: &'d mut dyn World,
    phase: Phase<'p>,
    prompts: &'d mut Prompts,
    begun_ns: u64,
    /// The next request, made before it is due.
    next: Option<Next>,
    prepared: u64,
    under_way: HashMap<String, UnderWay>,
    outcomes: Vec<Outcome>,
    /// Since when there has been room below the limit.
    room_since_ns: u64,
    full: bool,
    stall_at_ns: Option<u64>,
    /// Requests that should arrive from then on are none of this phase.
    over_ns: Option<u64>,
    /// From when on the rest has a time of grace.
    closing_ns: Option<u64>,
    /// When a request was handed in or ended last.
    heard_ns: u64,
    interrupted: bool,
}

struct Next {
    number: u64,
    /// When it should arrive, where there is a schedule.
    arrival_ns: Option<u64>,
    prompt: Prompt,
    tokens: u64,
}

struct UnderWay {
    number: u64,
    intended_ns: u64,
    due_ns: u64,
    handed_ns: u64,
}

impl Driver<'_, '_> {
    fn run(mut self) -> Driven {
        let mut gone = false;
        loop {
            let now_ns = self.world.now_ns();
            if self.stall_at_ns.is_some_and(|at_ns| at_ns <= now_ns) {
                self.stall_at_ns = None;
                let span = self.phase.stall.map_or(Duration::ZERO, |stall| stall.span);
                self.world.stall(span);
            }
            if !self.world.go_on(self.outcomes.len() as u64) && !self.interrupted {
                self.interrupted = true;
                self.closing_ns = Some(now_ns);
            }
            if self.interrupted || (self.phase.arrivals.is_none() && self.is_over(now_ns)) {
                self.next = None;
            }
            if self.next.is_none() && self.under_way.is_empty() {
                break;
            }
            let due_ns = self.due(now_ns);
            if due_ns.is_some_and(|due_ns| due_ns <= now_ns) {
                self.hand_in();
                continue;
            }
            let give_up_ns = self.give_up(now_ns);
            if now_ns >= give_up_ns {
                break;
            }
            let moments = [due_ns, self.stall_at_ns, Some(give_up_ns)];
            let until_ns = moments.into_iter().flatten().fold(now_ns + TICK_NS, u64::min);
            match self.world.wait(until_ns) {
                Waited::Ended(entry) => self.ended(*entry),
                Waited::Nothing => {}
                Waited::Gone => {
                    gone = true;
                    break;
                }
            }
        }
        let unended = self.under_way.len() as u64 + self.missed();
        if !self.under_way.is_empty() {
            self.world.cancel_all();
        }
        self.outcomes.sort_unstable_by_key(|outcome| outcome.number);
        let Self { begun_ns, outcomes, interrupted, .. } = self;
        Driven { begun_ns, outcomes, unended, interrupted, gone }
    }

    fn is_over(&self, at_ns: u64) -> bool {
        self.over_ns.is_some_and(|over_ns| at_ns >= over_ns)
    }

    /// Makes the next request, if there shall be one.
    fn prepare(&mut self) {
        self.next = None;
        let enough = self.phase.stop.count.is_some_and(|count| self.prepared >= count);
        if enough {
            return;
        }
        let arrival_ns = match &mut self.phase.arrivals {
            None => None,
            Some(arrivals) => match arrivals.next() {
                None => return,
                Some(offset_ns) => Some(self.begun_ns + offset_ns),
            },
        };
        if arrival_ns.is_some_and(|at_ns| self.is_over(at_ns)) {
            return;
        }
        let Some((prompt, tokens)) = self.prompts.next() else { return };
        self.next = Some(Next { number: self.prepared, arrival_ns, prompt, tokens });
        self.prepared += 1;
    }

    /// Requests that should have arrived by now, and found no room.
    fn missed(&mut self) -> u64 {
        let (now_ns, mut missed) = (self.world.now_ns(), 0);
        while self.next.take().and_then(|next| next.arrival_ns).is_some_and(|at| at <= now_ns) {
            missed += 1;
            self.prepare();
        }
        missed
    }

    /// When the next request can be handed in, if that is known.
    fn due(&mut self, now_ns: u64) -> Option<u64> {
        let next = self.next.as_ref()?;
        let offset_ns = now_ns - self.begun_ns;
        let under_way = self.under_way.len() as u64;
        if let Some(limit) = self.phase.limit.filter(|limit| under_way >= limit.limit(offset_ns)) {
            self.full = true;
            // Only growth makes room without an end, as long as what grows is enough.
            return limit.next_step(offset_ns).map(|step_ns| self.begun_ns + step_ns);
        }
        if std::mem::take(&mut self.full) {
            self.room_since_ns = now_ns;
        }
        Some(next.arrival_ns.unwrap_or(now_ns))
    }

    fn hand_in(&mut self) {
        let Some(Next { number, arrival_ns, prompt, tokens }) = self.next.take() else { return };
        let intended_ns = arrival_ns.unwrap_or(self.room_since_ns);
        let id = format!("{}-{number}", self.phase.name);
        let handed_ns = self.world.now_ns();
        let due_ns = intended_ns.max(self.room_since_ns);
        let request = Request { id: id.clone(), arrival_ns: intended_ns, prompt, tokens };
        self.world.submit(request);
        self.under_way.insert(id, UnderWay { number, intended_ns, due_ns, handed_ns });
        self.heard_ns = handed_ns;
        self.prepare();
    }

    fn ended(&mut self, entry: RequestEntry) {
        let Some(known) = self.under_way.remove(&entry.request_id) else { return };
        self.heard_ns = self.world.now_ns();
        let offset = |ns: u64| ns.saturating_sub(self.begun_ns);
        self.outcomes.push(Outcome {
            number: known.number,
            intended_ns: offset(known.intended_ns),
            due_ns: offset(known.due_ns),
            handed_ns: offset(known.handed_ns),
            entry,
        });
    }

    /// When to wait no longer for what is under way.
    fn give_up(&self, now_ns: u64) -> u64 {
        if self.under_way.is_empty() {
            return now_ns + TICK_NS;
        }
        let Stop { grace, patience, .. } = self.phase.stop;
        let after_close =
            self.closing_ns.map(|at_ns| at_ns.saturating_add(grace.as_nanos() as u64));
        let silence = self.heard_ns.saturating_add(patience.as_nanos() as u64);
        after_close.map_or(silence, |at_ns| at_ns.min(silence))
    }
}
