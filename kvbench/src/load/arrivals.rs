//! When requests arrive: drawn from a seeded generator, before they are due.
//!
//! The gaps of a pattern are drawn with a mean of one request and stretched by the rate, so that a rate
//! that grows changes nothing of their distribution, and what arrived can be tested against it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ramp::RateRamp;
use crate::stats::rng::Rng;
use crate::stats::{KolmogorovSmirnov, gamma_below, kolmogorov_smirnov};

/// How requests follow each other, by AIPerf's names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Equal gaps.
    Constant,
    /// Independent of each other: exponential gaps.
    Poisson,
    /// Gaps of a gamma distribution, burstier or smoother than those of Poisson.
    Gamma,
    /// As soon as one has ended: no schedule at all, only a number at a time.
    ConcurrencyBurst,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Poisson, Self::Gamma, Self::ConcurrencyBurst];

    fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
            Self::Gamma => "gamma",
            Self::ConcurrencyBurst => "concurrency_burst",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|one| one.name() == text);
        known.ok_or_else(|| format!("{text:?}: give constant, poisson, gamma or concurrency_burst"))
    }
}

/// Intended arrivals without end, in nanoseconds from the start.
#[derive(Clone, Debug)]
pub struct Arrivals {
    pattern: Pattern,
    smoothness: f64,
    ramp: RateRamp,
    rng: Rng,
    /// Requests that are expected until the last arrival.
    expected: f64,
}

impl Arrivals {
    /// Arrivals of `pattern`, which is not [`Pattern::ConcurrencyBurst`]; `smoothness`, the shape of the
    /// gamma distribution, is above 0 and counts for [`Pattern::Gamma`] only.
    pub fn new(pattern: Pattern, smoothness: f64, ramp: RateRamp, seed: u64) -> Self {
        Self { pattern, smoothness, ramp, rng: Rng::new(seed), expected: 0.0 }
    }

    /// A gap, in expected requests; its mean is 1.
    fn gap(&mut self) -> f64 {
        match self.pattern {
            Pattern::Constant | Pattern::ConcurrencyBurst => 1.0,
            Pattern::Poisson => exponential(&mut self.rng),
            Pattern::Gamma => gamma(&mut self.rng, self.smoothness) / self.smoothness,
        }
    }

    /// What `handed_ns`, ascending times from the start at which requests were truly handed in, are like.
    pub fn fit(&self, handed_ns: &[u64]) -> Option<ArrivalFit> {
        let at_s = handed_ns.iter().map(|ns| *ns as f64 / 1e9);
        let expected: Vec<f64> = at_s.map(|at_s| self.ramp.expected(at_s)).collect();
        let before = std::iter::once(0.0).chain(expected.iter().copied());
        let gaps: Vec<f64> = expected.iter().zip(before).map(|(at, before)| at - before).collect();
        let n = gaps.len() as f64;
        let mean_gap = gaps.iter().sum::<f64>() / n;
        let variance = gaps.iter().map(|gap| (gap - mean_gap).powi(2)).sum::<f64>() / (n - 1.0);
        let shape = self.smoothness;
        let test = match self.pattern {
            Pattern::Poisson => kolmogorov_smirnov(&gaps, |gap| gamma_below(1.0, gap)),
            Pattern::Gamma => kolmogorov_smirnov(&gaps, |gap| gamma_below(shape, shape * gap)),
            // Equal gaps are no distribution that a test could tell from another.
            Pattern::Constant | Pattern::ConcurrencyBurst => None,
        };
        (gaps.len() > 1).then(|| ArrivalFit {
            mean_gap,
            variation: variance.sqrt() / mean_gap,
            test,
        })
    }
}

impl Iterator for Arrivals {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.expected += self.gap();
        Some((self.ramp.when(self.expected) * 1e9).round() as u64)
    }
}

/// What the times are like at which requests were handed in.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArrivalFit {
    /// The mean gap by the one that was asked for.
    pub mean_gap: f64,
    /// The standard deviation of gaps by their mean: 0 for constant, 1 for poisson.
    pub variation: f64,
    /// Whether they follow the distribution that was asked for, at the rate that was asked for; absent
    /// for equal gaps.
    pub test: Option<KolmogorovSmirnov>,
}

/// A number of the exponential distribution with mean 1.
fn exponential(rng: &mut Rng) -> f64 {
    -(1.0 - rng.unit()).ln()
}

/// A number of the standard normal distribution (Box & Muller 1958).
pub(super) fn normal(rng: &mut Rng) -> f64 {
    let radius = (2.0 * exponential(rng)).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}

/// A number of the gamma distribution with this shape and scale 1 (Marsaglia & Tsang 2000).
fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = (1.0 - rng.unit()).powf(1.0 / shape);
        return boost * gamma(rng, shape + 1.0);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn arrivals(pattern: Pattern, smoothness: f64, ramp_s: u64, seed: u64) -> Arrivals {
        let ramp = RateRamp::new(20.0, Duration::from_secs(ramp_s));
        Arrivals::new(pattern, smoothness, ramp, seed)
    }

    /// The share of runs of 500 requests that a test at 5 % refuses.
    fn refused(made: (Pattern, f64), tested: (Pattern, f64), ramp_s: u64) -> f64 {
        let refuse = |seed: &u64| {
            let times: Vec<u64> = arrivals(made.0, made.1, ramp_s, *seed).take(500).collect();
            let fit = arrivals(tested.0, tested.1, ramp_s, 0).fit(&times).unwrap();
            fit.test.unwrap().p < 0.05
        };
        (1..=100).filter(refuse).count() as f64 / 100.0
    }

    #[test]
    fn what_was_asked_for_is_recognised() {
        let all = [(Pattern::Poisson, 1.0), (Pattern::Gamma, 0.3), (Pattern::Gamma, 4.0)];
        for made in all {
            for ramp_s in [0, 15] {
                let share = refused(made, made, ramp_s);
                assert!(share <= 0.13, "{made:?}: {share} refused");
            }
        }
    }

    #[test]
    fn other_arrivals_than_asked_for_are_refused() {
        let poisson = (Pattern::Poisson, 1.0);
        for made in [(Pattern::Constant, 1.0), (Pattern::Gamma, 0.3), (Pattern::Gamma, 4.0)] {
            assert_eq!(refused(made, poisson, 0), 1.0, "{made:?} passed for Poisson");
        }
    }

    #[test]
    fn constant_arrivals_are_constant_and_have_no_test() {
        let arrivals = arrivals(Pattern::Constant, 1.0, 0, 1);
        let times: Vec<u64> = arrivals.clone().take(4).collect();
        assert_eq!(times, [50_000_000, 100_000_000, 150_000_000, 200_000_000]);
        let fit = arrivals.fit(&times).unwrap();
        assert!(fit.test.is_none() && fit.variation < 1e-9 && (fit.mean_gap - 1.0).abs() < 1e-9);
        assert_eq!(arrivals.fit(&times[..1]), None);
    }

    #[test]
    fn the_variation_is_that_of_the_shape() {
        for (smoothness, variation) in [(0.25, 2.0), (1.0, 1.0), (4.0, 0.5)] {
            let arrivals = arrivals(Pattern::Gamma, smoothness, 0, 5);
            let times: Vec<u64> = arrivals.clone().take(50_000).collect();
            let fit = arrivals.fit(&times).unwrap();
            assert!((fit.variation / variation - 1.0).abs() < 0.03, "{smoothness}: {fit:?}");
            assert!((fit.mean_gap - 1.0).abs() < 0.03, "{smoothness}: {fit:?}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_arrivals_again() {
        let of = |seed| arrivals(Pattern::Poisson, 1.0, 0, seed).take(50).collect::<Vec<_>>();
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!(of(7).is_sorted());
    }

    #[test]
    fn patterns_have_their_names() {
        for pattern in Pattern::ALL {
            assert_eq!(pattern.to_string().parse(), Ok(pattern));
            assert_eq!(serde_json::to_value(pattern).unwrap(), pattern.to_string());
        }
        assert!("uniform".parse::<Pattern>().is_err());
    }
}
