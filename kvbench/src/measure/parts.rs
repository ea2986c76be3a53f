//! Where the time of a request goes.

use serde::{Deserialize, Serialize};

use crate::worker::Sample;

/// The parts of a request's turn, in nanoseconds: means, so that they add up to the time from one post
/// to the next.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    /// In the calls that post it, at the first initiator.
    pub post: f64,
    /// From there until it is complete at all initiators.
    pub wire: f64,
    /// From there until it is delivered; none where it was delivered before.
    pub delivery: f64,
    /// From there until the next one is posted.
    pub idle: f64,
}

/// Sums over requests, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct PartSums {
    requests: u64,
    post: u64,
    wire: u64,
    delivery: u64,
    idle: u64,
}

impl PartSums {
    /// Adds a slice, which took `elapsed_ns`.
    pub fn add(&mut self, samples: &[Sample], elapsed_ns: u64) {
        let mut busy_ns = 0;
        for Sample { posted_ns, completed_ns, delivered_ns } in samples {
            self.post += posted_ns;
            self.wire += completed_ns.saturating_sub(*posted_ns);
            self.delivery += delivered_ns.saturating_sub(*completed_ns);
            busy_ns += completed_ns.max(delivered_ns);
        }
        self.requests += samples.len() as u64;
        self.idle += elapsed_ns.saturating_sub(busy_ns);
    }

    /// Means per request.
    pub fn means(&self) -> Parts {
        let mean = |sum: u64| sum as f64 / self.requests.max(1) as f64;
        Parts {
            post: mean(self.post),
            wire: mean(self.wire),
            delivery: mean(self.delivery),
            idle: mean(self.idle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_turn() {
        let mut sums = PartSums::default();
        let late = Sample { posted_ns: 10, completed_ns: 30, delivered_ns: 70 };
        let early = Sample { posted_ns: 20, completed_ns: 50, delivered_ns: 40 };
        sums.add(&[late, early], 130);
        let Parts { post, wire, delivery, idle } = sums.means();
        assert_eq!((post, wire, delivery, idle), (15.0, 25.0, 20.0, 5.0));
        assert_eq!(post + wire + delivery + idle, 65.0);
        assert_eq!(PartSums::default().means(), Parts::default());
    }
}
