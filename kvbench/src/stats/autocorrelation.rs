//! Autocorrelation: how much neighbouring slices repeat each other, and how many then count.

/// The lag-`lag` autocorrelation of `series`: cₖ / c₀ with cₖ = Σ (xᵢ − x̄)(xᵢ₊ₖ − x̄) / n (Box &
/// Jenkins 1976). `None` when the series is constant or not longer than `lag`.
pub fn autocorrelation(series: &[f64], lag: usize) -> Option<f64> {
    if lag >= series.len() {
        return None;
    }
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let product = |k: usize| -> f64 {
        series.iter().zip(&series[k..]).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let variance = product(0);
    // Rounding leaves a trace of variance in a constant series.
    if variance <= series.len() as f64 * (mean * 1e-15).powi(2) {
        return None;
    }
    Some(product(lag) / variance)
}

/// The fewest independent values that a series counts for: with fewer, Student's t would say nothing
/// at all, and an autocorrelation time found in a dozen slices is too rough to claim so.
pub(super) const MIN_EFFECTIVE: f64 = 3.0;

/// The fewest blocks whose variance is believed; of many values n, √n.
const MIN_BLOCKS: usize = 12;

/// The autocorrelation time τ ≥ 1 of `series`: the variance of its mean is τ times what independent
/// values of the same spread would give.
///
/// Means of blocks of 1, 2, 4, … values are taken, as long as 12 (and √n) of them remain; the
/// longer the blocks, the less they hang together and the more their spread says of the mean
/// (Flyvbjerg & Petersen 1989). What hangs together still is taken to be of first order: (1 + ρ) /
/// (1 − ρ), whose ρ is the lag-1 autocorrelation of the m block means and (1 + 3ρ) / m, its
/// small-sample bias (Marriott & Pope 1954; Zwiers & von Storch 1995). The largest τ of all lengths
/// counts: too long rather than too short, for an interval that is too narrow finds differences in
/// A/A runs.
///
/// Negative autocorrelation, which would shorten an interval, is not believed: τ is never below 1.
pub fn autocorrelation_time(series: &[f64]) -> f64 {
    time_of_noisy(series, 0.0)
}

/// The number of independent slices that carry as much as `series` does, n / τ, at least 3.
pub fn effective_size(series: &[f64]) -> f64 {
    effective_size_of_noisy(series, 0.0)
}

/// The same for a series that is only known with independent noise on top, of `noise` times its
/// variance, which hides autocorrelation.
pub(super) fn effective_size_of_noisy(series: &[f64], noise: f64) -> f64 {
    (series.len() as f64 / time_of_noisy(series, noise)).max(MIN_EFFECTIVE)
}

fn time_of_noisy(series: &[f64], noise: f64) -> f64 {
    let all = variance(series);
    let fewest = MIN_BLOCKS.max(series.len().isqrt());
    let (mut blocks, mut length, mut longest) = (series.to_vec(), 1.0, 1.0_f64);
    while let Some(rho) = autocorrelation(&blocks, 1) {
        // The noise adds `noise` to the blocked variance and to the variance of single values.
        let blocked = length * variance(&blocks) / all * (1.0 + noise) - noise;
        if blocked > 0.0 {
            let rho = rho * (1.0 + noise / blocked);
            longest = longest.max(blocked * first_order_time(rho, blocks.len()));
        }
        if blocks.len() / 2 < fewest {
            break;
        }
        blocks = blocks.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        length *= 2.0;
    }
    longest
}

fn first_order_time(rho: f64, n: usize) -> f64 {
    const MOST: f64 = 0.95;
    let rho = (rho + (1.0 + 3.0 * rho) / n as f64).clamp(0.0, MOST);
    (1.0 + rho) / (1.0 - rho)
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    fn first_order(rho: f64, n: usize) -> Vec<f64> {
        let mut rng = Rng::new(3);
        let mut x = 0.0;
        let mut step = || {
            x = rho * x + rng.unit() - 0.5;
            x
        };
        (0..n).map(|_| step()).collect()
    }

    #[test]
    fn independent_values_count_in_full() {
        assert!(effective_size(&first_order(0.0, 400)) > 270.0);
    }

    #[test]
    fn correlated_values_count_less() {
        let tau = autocorrelation_time(&first_order(0.6, 4000));
        assert!((3.5..6.5).contains(&tau), "(1 + 0.6) / (1 - 0.6) = 4, got {tau}");
    }

    #[test]
    fn a_slow_wave_under_noise_is_seen() {
        let wave = first_order(0.9, 200);
        let hidden: Vec<f64> =
            wave.iter().zip(first_order(0.0, 400).split_off(200)).map(|(w, n)| w + n).collect();
        assert!(autocorrelation_time(&hidden) > 6.0);
        assert!(effective_size_of_noisy(&hidden, 0.2) < effective_size(&hidden));
    }

    #[test]
    fn alternation_is_not_believed() {
        let alternating: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        assert!(autocorrelation(&alternating, 1) < Some(-0.9));
        assert_eq!(autocorrelation_time(&alternating), 1.0);
    }

    #[test]
    fn a_constant_series_has_none() {
        assert_eq!(autocorrelation(&[0.1; 9], 1), None);
        assert_eq!(autocorrelation(&[1.0, 2.0], 2), None);
        assert_eq!(effective_size(&[0.1; 9]), 9.0);
    }
}
