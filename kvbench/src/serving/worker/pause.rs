//! How a worker waits while it polls.

use std::time::Duration;

/// Rounds in vain after which a worker begins to sleep between rounds.
const PATIENCE: u32 = 200;

/// A sleep between two rounds.
const NAP: Duration = Duration::from_micros(20);

/// Waiting between rounds of polling: without sleeping where there are processors enough, else
/// yielding at first, and then sleeping so briefly that a transfer is hardly delayed.
pub(super) struct Pause {
    spinning: bool,
    in_vain: u32,
}

impl Pause {
    pub fn new(spinning: bool) -> Self {
        if !spinning {
            // Naps are as long as they say, not 50 µs longer. Without it, they are longer.
            let _ = nix::sys::prctl::set_timerslack(1);
        }
        Self { spinning, in_vain: 0 }
    }

    /// Waits a round; `idle` when nothing came of the one before.
    pub fn wait(&mut self, idle: bool) {
        self.in_vain = if idle { self.in_vain.saturating_add(1) } else { 0 };
        match self.in_vain {
            0 => {}
            _ if self.spinning => std::hint::spin_loop(),
            rounds if rounds < PATIENCE => std::thread::yield_now(),
            _ => std::thread::sleep(NAP),
        }
    }
}
