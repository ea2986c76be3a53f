//! The one clock: `CLOCK_MONOTONIC`, the same for all processes of a host.

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::stats::median;

/// Nanoseconds since an arbitrary start, never going back.
pub fn now_ns() -> u64 {
    // The call cannot fail: every Linux has this clock.
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)
        .unwrap_or_else(|_| nix::sys::time::TimeSpec::new(0, 0));
    now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64
}

/// What reading the clock costs, and how fine it is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Timer {
    /// Nanoseconds that one reading takes: the median of batches.
    pub cost_ns: f64,
    /// Nanoseconds of which all steps between readings are multiples.
    pub resolution_ns: u64,
}

impl Timer {
    /// Measures the clock, in some milliseconds.
    pub fn measure() -> Self {
        const BATCHES: usize = 51;
        const READINGS: usize = 1000;
        let mut readings = [0; READINGS];
        let (mut costs_ns, mut resolution_ns) = (Vec::with_capacity(BATCHES), 0);
        for _ in 0..BATCHES {
            readings.fill_with(now_ns);
            let spent_ns = readings[READINGS - 1] - readings[0];
            costs_ns.push(spent_ns as f64 / (READINGS - 1) as f64);
            let steps_ns = readings.windows(2).map(|pair| pair[1] - pair[0]);
            resolution_ns = steps_ns.fold(resolution_ns, common_divisor);
        }
        Self { cost_ns: median(&costs_ns).unwrap_or(0.0), resolution_ns }
    }
}

/// The greatest common divisor; of zero and a number, the number.
fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_go_back() {
        let readings: Vec<u64> = (0..1000).map(|_| now_ns()).collect();
        assert!(readings.is_sorted());
        assert!(readings[0] > 0);
    }

    #[test]
    fn a_reading_takes_time_and_steps_have_a_length() {
        let timer = Timer::measure();
        assert!(timer.cost_ns > 0.0);
        assert!((1..1_000_000_000).contains(&timer.resolution_ns));
        assert_eq!([40, 0, 100, 60].into_iter().fold(0, common_divisor), 20);
    }
}
