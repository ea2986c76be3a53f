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

/// The autocorrelation time τ ≥ 1 of `series`: the variance of its mean is τ times what independent
/// values of the same spread would give.
///
/// The larger of two estimates, because each is too small where the other is right:
/// * a first-order model, (1 + ρ) / (1 − ρ), whose ρ is the lag-1 autocorrelation and (1 + 3ρ) / n,
///   its small-sample bias (Marriott & Pope 1954; Zwiers & von Storch 1995): good for few slices;
/// * the initial monotone sequence, 2 Σ (ρ₂ₘ + ρ₂ₘ₊₁) − 1 while the sums stay positive and fall
///   (Geyer 1992), over at most half of the lags: sees slow waves once there are many slices.
///
/// Negative autocorrelation, which would shorten an interval, is not believed: τ is never below 1.
pub fn autocorrelation_time(series: &[f64]) -> f64 {
    time_of_noisy(series, 0.0)
}

/// The number of independent slices that carry as much as `series` does, n / τ, at least 3: with
/// fewer, Student's t would say nothing at all, and τ of a dozen slices is too rough to claim so.
pub fn effective_size(series: &[f64]) -> f64 {
    effective_size_of_noisy(series, 0.0)
}

/// The same for a series that is only known with independent noise on top, of `noise` times its
/// variance: that noise lowers every autocorrelation by 1 / (1 + `noise`).
pub(super) fn effective_size_of_noisy(series: &[f64], noise: f64) -> f64 {
    (series.len() as f64 / time_of_noisy(series, noise)).max(3.0)
}

fn time_of_noisy(series: &[f64], noise: f64) -> f64 {
    let rho = |lag: usize| match lag {
        0 => Some(1.0),
        _ => Some(autocorrelation(series, lag)? * (1.0 + noise)),
    };
    let Some(first) = rho(1) else {
        return 1.0;
    };
    first_order_time(first, series.len()).max(initial_monotone_time(rho, series.len()))
}

fn first_order_time(rho: f64, n: usize) -> f64 {
    const MOST: f64 = 0.95;
    let rho = (rho + (1.0 + 3.0 * rho) / n as f64).clamp(0.0, MOST);
    (1.0 + rho) / (1.0 - rho)
}

fn initial_monotone_time(rho: impl Fn(usize) -> Option<f64>, n: usize) -> f64 {
    let (mut sum, mut smallest) = (0.0, f64::INFINITY);
    for pair in 0..=n / 4 {
        let Some((even, odd)) = rho(2 * pair).zip(rho(2 * pair + 1)) else { break };
        if even + odd <= 0.0 {
            break;
        }
        smallest = f64::min(smallest, even + odd);
        sum += smallest;
    }
    f64::max(1.0, 2.0 * sum - 1.0)
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
        assert!(effective_size(&first_order(0.0, 400)) > 330.0);
    }

    #[test]
    fn correlated_values_count_less() {
        let tau = autocorrelation_time(&first_order(0.6, 4000));
        assert!((3.4..5.0).contains(&tau), "(1 + 0.6) / (1 - 0.6) = 4, got {tau}");
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
