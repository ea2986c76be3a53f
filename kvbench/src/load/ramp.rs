//! Loads that grow to their target: a rate, or a number of requests at a time.

use std::time::Duration;

/// A rate grows from what it reaches in this time, in seconds: from nothing it would take forever to the
/// first request.
const STEP_S: f64 = 0.1;

/// A rate that grows linearly, then stays.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RateRamp {
    rate: f64,
    over_s: f64,
}

impl RateRamp {
    /// `rate` requests per second, reached after `over`; zero is from the start.
    pub fn new(rate: f64, over: Duration) -> Self {
        Self { rate, over_s: over.as_secs_f64() }
    }

    /// The share of the rate that it begins with.
    fn start(&self) -> f64 {
        (STEP_S / self.over_s).min(1.0)
    }

    /// How many requests are expected until `at_s` seconds.
    pub fn expected(&self, at_s: f64) -> f64 {
        if self.over_s == 0.0 {
            return self.rate * at_s;
        }
        let start = self.start();
        let ramp_s = at_s.min(self.over_s);
        let grown = start * ramp_s + (1.0 - start) * ramp_s * ramp_s / (2.0 * self.over_s);
        self.rate * (grown + (at_s - ramp_s))
    }

    /// The second until which `requests` are expected: the inverse of [`Self::expected`].
    pub fn when(&self, requests: f64) -> f64 {
        let work = requests / self.rate;
        if self.over_s == 0.0 {
            return work;
        }
        let start = self.start();
        let of_ramp = self.over_s * (1.0 + start) / 2.0;
        if work >= of_ramp {
            return self.over_s + work - of_ramp;
        }
        // start · t + (1 − start) · t² / (2 · over) = work, in the form that also holds for start = 1.
        let root = (start * start + 2.0 * (1.0 - start) * work / self.over_s).sqrt();
        2.0 * work / (start + root)
    }
}

/// A number of requests at a time that grows from 1 in even steps, then stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConcurrencyRamp {
    target: u64,
    over_ns: u64,
}

impl ConcurrencyRamp {
    /// `target` at a time, at least one, reached after `over`; zero is from the start.
    pub fn new(target: u64, over: Duration) -> Self {
        Self { target: target.max(1), over_ns: over.as_nanos() as u64 }
    }

    /// How many at `at_ns`.
    pub fn limit(&self, at_ns: u64) -> u64 {
        if at_ns >= self.over_ns {
            return self.target;
        }
        let grown = u128::from(self.target - 1) * u128::from(at_ns) / u128::from(self.over_ns);
        1 + grown as u64
    }

    /// When it grows next after `at_ns`, if it does.
    pub fn next_step(&self, at_ns: u64) -> Option<u64> {
        let next = self.limit(at_ns);
        if next >= self.target {
            return None;
        }
        let steps = u128::from(self.target - 1);
        Some((u128::from(next) * u128::from(self.over_ns)).div_ceil(steps) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_grows_to_its_target() {
        let ramp = RateRamp::new(100.0, Duration::from_secs(10));
        // From 1 to 100 per second: the mean of both for ten seconds.
        assert!((ramp.expected(10.0) - 505.0).abs() < 1e-9);
        assert!((ramp.expected(12.0) - 705.0).abs() < 1e-9);
        let around = |at_s: f64| (ramp.expected(at_s + 1e-4) - ramp.expected(at_s - 1e-4)) / 2e-4;
        assert!((around(5.0) - 50.5).abs() < 1e-3 && (around(11.0) - 100.0).abs() < 1e-3);
    }

    #[test]
    fn when_is_the_inverse_of_expected() {
        for over_s in [0.0, 0.05, 2.0, 60.0] {
            let ramp = RateRamp::new(20.0, Duration::from_secs_f64(over_s));
            for requests in [0.0, 0.3, 1.0, 17.0, 400.0, 5000.0] {
                let back = ramp.expected(ramp.when(requests));
                assert!((back - requests).abs() < 1e-6, "{over_s} s: {back} for {requests}");
            }
        }
    }

    #[test]
    fn a_concurrency_grows_step_by_step() {
        let ramp = ConcurrencyRamp::new(5, Duration::from_nanos(100));
        assert_eq!([0, 24, 25, 99, 100].map(|at| ramp.limit(at)), [1, 1, 2, 4, 5]);
        let steps: Vec<u64> = std::iter::successors(Some(0), |at| ramp.next_step(*at)).collect();
        assert_eq!(steps, [0, 25, 50, 75, 100]);
        let steep = ConcurrencyRamp::new(7, Duration::from_nanos(100));
        for at in 0..100 {
            let next = steep.next_step(at).unwrap();
            assert!(next > at && steep.limit(next) > steep.limit(at), "{at} to {next}");
            assert_eq!(steep.limit(next - 1), steep.limit(at));
        }
        let none = ConcurrencyRamp::new(9, Duration::ZERO);
        assert_eq!((none.limit(0), none.next_step(0)), (9, None));
    }
}
