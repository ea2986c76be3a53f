//! What a run tells whoever watches it, and what the watcher may ask of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::NicBytes;
use crate::error::Error;
use crate::worker::{Sample, Step};

/// Watches a run or a sweep.
///
/// It is told everything between turns, on the coordinator's thread, while the workers wait for their next
/// one and use no processor: what it does then is in no figure, and only makes the run longer.
pub trait Observer {
    /// A variant begins a step.
    fn step(&mut self, variant: &str, step: Step);
    /// A variant had a turn, and measured.
    fn turn(&mut self, _turn: &TurnReport<'_>) {}
    /// A variant failed, by its place in the job; the others go on.
    fn failed(&mut self, _variant: usize, _error: &Error) {}
    /// Measuring has gone on for so long, of at most so long; the latest verdict where there is one.
    ///
    /// Told when each variant had a turn, so that what it takes comes before every variant equally often.
    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>);
    /// A process of a sweep starts, after so many of so many.
    fn trial(&mut self, point: &str, done: usize, of: usize);
    /// So many requests of a load have ended, of so many where that is known.
    fn requests(&mut self, _load: &str, _ended: u64, _of: Option<u64>) {}
    /// The run is over.
    fn end(&mut self);
    /// Whether the run shall come to its end early: after the rounds that make it fair, with its last
    /// verification, and with a result for what was measured.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// What a variant measured in one turn.
#[derive(Clone, Copy, Debug)]
pub struct TurnReport<'r> {
    /// The variant, by its place in the job.
    pub variant: usize,
    /// The requests, in the order of time.
    pub samples: &'r [Sample],
    /// Bytes of all of them.
    pub payload_bytes: u64,
    /// From the first post to the last delivery.
    pub elapsed_ns: u64,
    /// What passed the NICs of the initiators' network namespace meanwhile.
    pub nic_bytes: &'r BTreeMap<String, NicBytes>,
}
