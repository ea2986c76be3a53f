//! What became of the requests that were handed in.

use crate::serving::{RequestEntry, Status};

/// A request that has ended. Offsets are nanoseconds from the start of its phase.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Its place in the order of arrival, from 0.
    pub number: u64,
    /// When it should arrive.
    pub intended_ns: u64,
    /// When it could be handed in: when it should arrive, or when there was room for it.
    pub due_ns: u64,
    /// When it was handed in.
    pub handed_ns: u64,
    /// What the router tells of it; its arrival is the intended one.
    pub entry: RequestEntry,
}

impl Outcome {
    /// Whether it got all of its tokens.
    pub fn is_ok(&self) -> bool {
        self.entry.status == Status::Ok
    }

    /// From its intended arrival until the decode worker had its blocks.
    pub fn kv_delivered_ms(&self) -> Option<f64> {
        self.entry.transfer?.delivered_ms
    }

    /// How long it waited here for room below the limit of requests at a time; part of its queue.
    pub fn slot_ms(&self) -> f64 {
        self.due_ns.saturating_sub(self.intended_ns) as f64 / 1e6
    }

    /// How much later than it could be it was handed in: the generator's own part.
    pub fn late_ms(&self) -> f64 {
        self.handed_ns.saturating_sub(self.due_ns) as f64 / 1e6
    }

    /// When it ended, as an offset.
    pub fn ended_ns(&self) -> u64 {
        self.intended_ns + (self.entry.total_ms.unwrap_or(0.0) * 1e6) as u64
    }
}

/// A phase that is over.
#[derive(Clone, PartialEq, Debug)]
pub struct Driven {
    /// When it began, on the clock of its world.
    pub begun_ns: u64,
    /// What ended, in the order of arrival.
    pub outcomes: Vec<Outcome>,
    /// Requests that had not ended when it was over, and were cancelled.
    pub unended: u64,
    /// Whether it was broken off from outside.
    pub interrupted: bool,
    /// Whether the router stopped by itself.
    pub gone: bool,
}

impl Driven {
    /// How long it took, from its start to the last end, in seconds.
    pub fn duration_s(&self) -> f64 {
        let ends = self.outcomes.iter().map(Outcome::ended_ns);
        ends.max().unwrap_or(0) as f64 / 1e9
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::serving::TransferEntry;
    use crate::variant::Rails;

    /// A request that arrived at `at_ms`, and waited and moved for so long.
    pub fn outcome(at_ms: u64, queue_ms: f64, transfer_ms: f64) -> Outcome {
        let delivered_ms = Some(queue_ms + transfer_ms);
        let at_ns = at_ms * 1_000_000;
        Outcome {
            number: at_ms,
            intended_ns: at_ns,
            due_ns: at_ns,
            handed_ns: at_ns,
            entry: RequestEntry {
                request_id: format!("test-{at_ms}"),
                arrival: "2026-01-01T00:00:00Z".to_owned(),
                status: Status::Ok,
                error: None,
                isl: 16,
                osl: 1,
                tokens: 1,
                queue_ms: Some(queue_ms),
                prefill_ms: Some(0.0),
                transfer_ms: Some(transfer_ms),
                first_decode_ms: Some(0.0),
                ttft_ms: delivered_ms,
                total_ms: delivered_ms,
                transfer: Some(TransferEntry {
                    bytes: 1000,
                    blocks: 1,
                    posted_ms: Some(queue_ms),
                    completed_ms: delivered_ms,
                    delivered_ms,
                }),
                blocks: 2,
                reused_blocks: 0,
                backend: "UCX".to_owned(),
                rails: Rails::All,
                prefill: Some("prefill 0".to_owned()),
                decode: Some("decode 0".to_owned()),
            },
        }
    }

    #[test]
    fn waiting_for_room_and_being_late_are_apart() {
        let mut one = outcome(10, 5.0, 1.0);
        (one.due_ns, one.handed_ns) = (12_000_000, 12_500_000);
        assert_eq!((one.slot_ms(), one.late_ms()), (2.0, 0.5));
        assert_eq!((one.kv_delivered_ms(), one.ended_ns()), (Some(6.0), 16_000_000));
    }
}
