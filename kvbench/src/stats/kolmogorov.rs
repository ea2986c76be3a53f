//! Do samples follow a distribution? The test of Kolmogorov and Smirnov, against one that is fully
//! known beforehand.

use serde::{Deserialize, Serialize};

/// Terms of the series of [`tail`]; the last is below 1e-300 wherever the series is used.
const TERMS: i32 = 100;

/// How far samples are from a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KolmogorovSmirnov {
    /// Samples.
    pub count: u64,
    /// The largest distance between their distribution function and the one that is asked for, in
    /// `0..=1`.
    pub distance: f64,
    /// The chance that samples of that distribution are so far from it, or further.
    pub p: f64,
}

/// The two-sided test of `samples`, in any order, against the distribution function `cdf`. `None`
/// without samples.
///
/// The p-value is that of Kolmogorov's limit with the correction of Stephens (1970) for few samples,
/// λ = (√n + 0.12 + 0.11/√n) · distance, good to about 0.01 from five samples on.
pub fn kolmogorov_smirnov(samples: &[f64], cdf: impl Fn(f64) -> f64) -> Option<KolmogorovSmirnov> {
    if samples.is_empty() {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(index, sample)| {
        let (expected, below) = (cdf(*sample), index as f64);
        (expected - below / n).max((below + 1.0) / n - expected)
    });
    let distance = distances.fold(0.0, f64::max);
    let root = n.sqrt();
    let p = tail((root + 0.12 + 0.11 / root) * distance);
    Some(KolmogorovSmirnov { count: sorted.len() as u64, distance, p })
}

/// Kolmogorov's limit: 2 Σ (−1)^(k−1) exp(−2 k² λ²).
fn tail(lambda: f64) -> f64 {
    // Below this the sum is 1 to nine digits, and converges slowly.
    if lambda < 0.2 {
        return 1.0;
    }
    let terms = (1..=TERMS).map(|k| {
        let term = (-2.0 * f64::from(k * k) * lambda * lambda).exp();
        if k % 2 == 1 { term } else { -term }
    });
    (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    fn exponential(x: f64) -> f64 {
        1.0 - (-x).exp()
    }

    #[test]
    fn critical_values_are_the_published_ones() {
        for (lambda, p) in [(1.2238, 0.10), (1.3581, 0.05), (1.6276, 0.01), (1.9495, 0.001)] {
            assert!((tail(lambda) - p).abs() < 5e-5, "{lambda}: {}", tail(lambda));
        }
        assert!((tail(0.2) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_distance_is_that_of_the_definition() {
        // Against the uniform distribution: 0.9 − 1/3 at the second sample's lower side.
        let test = kolmogorov_smirnov(&[0.9, 0.2, 0.95], |x| x).unwrap();
        assert!((test.distance - (0.9 - 1.0 / 3.0)).abs() < 1e-12, "{test:?}");
        assert_eq!(kolmogorov_smirnov(&[], |x| x), None);
    }

    #[test]
    fn samples_of_the_distribution_are_accepted_as_often_as_they_should() {
        let mut rng = Rng::new(3);
        let mut run = || {
            let samples: Vec<f64> = (0..500).map(|_| -(1.0 - rng.unit()).ln()).collect();
            kolmogorov_smirnov(&samples, exponential).unwrap().p
        };
        let refused = (0..400).filter(|_| run() < 0.05).count();
        // 20 are expected, with a standard deviation of 4.4.
        assert!((4..=36).contains(&refused), "{refused} of 400");
    }

    #[test]
    fn a_constant_schedule_is_not_taken_for_chance() {
        let test = kolmogorov_smirnov(&[1.0; 500], exponential).unwrap();
        assert!(test.p < 1e-9 && test.distance > 0.5, "{test:?}");
        // Nor is chance of another rate.
        let mut rng = Rng::new(4);
        let samples: Vec<f64> = (0..500).map(|_| -1.5 * (1.0 - rng.unit()).ln()).collect();
        assert!(kolmogorov_smirnov(&samples, exponential).unwrap().p < 1e-6);
    }
}
