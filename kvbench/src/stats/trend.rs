//! Does a series drift: the Mann–Kendall test and the Theil–Sen slope.

use super::distribution::normal_two_sided;
use super::quantile::median;

/// The result of a Mann–Kendall test against a monotone trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// S: rising pairs less falling pairs.
    pub s: i64,
    /// Kendall's τ-b of value against time, −1 (always falling) to 1 (always rising).
    pub tau: f64,
    /// Two-sided p-value, normal approximation with the tie and the continuity correction; rough
    /// below 8 values.
    pub p: f64,
}

/// Tests `series` against a monotone trend (Mann 1945; Kendall 1975). It takes any distribution,
/// but supposes independent values. `None` below 3 values or when all are equal. Takes n² / 2
/// steps.
pub fn mann_kendall(series: &[f64]) -> Option<MannKendall> {
    let n = series.len();
    if n < 3 {
        return None;
    }
    let s: i64 = pairs(series).map(|(_, change)| sign(change)).sum();
    let (tied_pairs, tie_variance) = ties(series);
    let all_pairs = (n * (n - 1) / 2) as f64;
    if tied_pairs >= all_pairs {
        return None;
    }
    let variance = (n as f64 * (n as f64 - 1.0) * (2.0 * n as f64 + 5.0) - tie_variance) / 18.0;
    let z = (s.abs() - 1).max(0) as f64 / variance.sqrt();
    Some(MannKendall {
        s,
        tau: s as f64 / (all_pairs * (all_pairs - tied_pairs)).sqrt(),
        p: normal_two_sided(z),
    })
}

/// The Theil–Sen slope of `series` per step: the median of the slopes of all pairs (Theil 1950; Sen
/// 1968). Outliers in fewer than 29 % of the values do not move it far. `None` below 2 values.
pub fn theil_sen(series: &[f64]) -> Option<f64> {
    let slopes: Vec<f64> = pairs(series).map(|(steps, change)| change / steps as f64).collect();
    median(&slopes)
}

/// How far `series` drifted from start to end, relative to its median: 0.05 is a rise of 5 %. The
/// Theil–Sen slope times the length, over the median. `None` below 2 values or for a median of 0.
pub fn drift(series: &[f64]) -> Option<f64> {
    let middle = median(series).filter(|&m| m != 0.0)?;
    Some(theil_sen(series)? * (series.len() - 1) as f64 / middle)
}

/// All pairs, the later less the earlier: (steps apart, change).
fn pairs(series: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    let from = move |i: usize| (i + 1..series.len()).map(move |j| (j - i, series[j] - series[i]));
    (0..series.len()).flat_map(from)
}

fn sign(change: f64) -> i64 {
    i64::from(change > 0.0) - i64::from(change < 0.0)
}

/// Tied pairs, and Σ t (t − 1)(2t + 5) over the groups of t equal values.
fn ties(series: &[f64]) -> (f64, f64) {
    let mut sorted = series.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).fold(
        (0.0, 0.0),
        |(pairs, variance), t| {
            (pairs + t * (t - 1.0) / 2.0, variance + t * (t - 1.0) * (2.0 * t + 5.0))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_a_trend_and_a_zigzag_is_not() {
        let rise: Vec<f64> = (0..12).map(f64::from).collect();
        let test = mann_kendall(&rise).unwrap();
        assert_eq!((test.s, test.tau), (66, 1.0));
        assert!(test.p < 1e-4);
        let zigzag: Vec<f64> = (0..12).map(|i| f64::from(i % 3)).collect();
        assert!(mann_kendall(&zigzag).unwrap().p > 0.3);
    }

    #[test]
    fn equal_values_have_no_trend() {
        assert_eq!(mann_kendall(&[5.0; 10]), None);
        assert_eq!(mann_kendall(&[1.0, 2.0]), None);
    }

    #[test]
    fn drift_ignores_a_spike() {
        let mut series: Vec<f64> = (0..21).map(|i| 100.0 + f64::from(i)).collect();
        assert!((drift(&series).unwrap() - 20.0 / 110.0).abs() < 1e-12);
        series[4] = 1e6;
        assert!((drift(&series).unwrap() - 20.0 / 111.0).abs() < 0.01);
    }
}
