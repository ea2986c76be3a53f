//! Waiting for the next completion or notification, round by round, without ever sleeping.

use crate::workload::Poll;

/// Rounds without progress after which [`Poll::Adaptive`] begins to yield. A round polls the backend,
/// which takes a tenth of a microsecond to a microsecond.
const BUSY_ROUNDS: u32 = 200;

/// The wait of one loop.
pub(super) struct Waiting {
    poll: Poll,
    /// Rounds since something happened.
    idle: u32,
}

impl Waiting {
    pub(super) fn new(poll: Poll) -> Self {
        Self { poll, idle: 0 }
    }

    /// Nothing happened in this round.
    pub(super) fn round(&mut self) {
        let yields = match self.poll {
            Poll::Busy => false,
            Poll::Yield => true,
            Poll::Adaptive => self.idle >= BUSY_ROUNDS,
        };
        if yields {
            std::thread::yield_now();
        } else {
            self.idle += 1;
            std::hint::spin_loop();
        }
    }

    /// Something happened: the next wait is a new one.
    pub(super) fn over(&mut self) {
        self.idle = 0;
    }
}
