//! The one clock: `CLOCK_MONOTONIC`, the same for all processes of a host.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since an arbitrary start, never going back.
pub fn now_ns() -> u64 {
    // The call cannot fail: every Linux has this clock.
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)
        .unwrap_or_else(|_| nix::sys::time::TimeSpec::new(0, 0));
    now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64
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
}
