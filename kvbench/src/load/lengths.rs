//! How long prompts and answers are.

use super::arrivals::normal;
use crate::stats::rng::Rng;

/// Lengths are within so many standard deviations, so that what fits is known beforehand.
const WIDEST: f64 = 4.0;

/// A normally distributed number of tokens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Length {
    /// Its mean, at least 1.
    pub mean: u64,
    /// Its standard deviation; with 0, all are alike.
    pub stddev: f64,
}

impl Length {
    /// The next one: at least 1, and within four standard deviations of the mean.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        if self.stddev == 0.0 {
            return self.mean;
        }
        let deviation = normal(rng).clamp(-WIDEST, WIDEST) * self.stddev;
        ((self.mean as f64 + deviation).round() as u64).max(1)
    }

    /// The longest that is drawn.
    pub fn longest(&self) -> u64 {
        (self.mean as f64 + WIDEST * self.stddev).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_mean_and_deviation() {
        let (length, mut rng) = (Length { mean: 512, stddev: 50.0 }, Rng::new(1));
        let all: Vec<f64> = (0..20_000).map(|_| length.draw(&mut rng) as f64).collect();
        let mean = all.iter().sum::<f64>() / 2e4;
        let deviation = (all.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 2e4).sqrt();
        assert!((mean - 512.0).abs() < 2.0 && (deviation - 50.0).abs() < 1.5, "{mean} {deviation}");
        assert!(all.iter().all(|one| *one <= length.longest() as f64));
    }

    #[test]
    fn none_is_empty_and_without_a_deviation_all_are_alike() {
        let mut rng = Rng::new(1);
        let wide = Length { mean: 2, stddev: 100.0 };
        let all: Vec<u64> = (0..1000).map(|_| wide.draw(&mut rng)).collect();
        assert!(all.contains(&1) && !all.contains(&0));
        assert_eq!(Length { mean: 7, stddev: 0.0 }.draw(&mut rng), 7);
        assert_eq!(Length { mean: 7, stddev: 0.0 }.longest(), 7);
    }
}
