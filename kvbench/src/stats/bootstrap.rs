//! The spread of an estimate and what each slice does to it, by resampling whole slices.

use super::rng::Rng;

/// Resamples for up to 200 slices: the width of an interval is then itself uncertain by about 2 %,
/// 1 / √(2 · 1000).
const RESAMPLES: usize = 1000;
/// More slices take more, five each, up to this.
const MOST_RESAMPLES: usize = 4000;

/// What resampling says of a statistic.
pub(super) struct Resampled {
    /// Its standard deviation over the resamples.
    pub(super) spread: f64,
    /// Each slice's influence on it: the covariance of the statistic with how often the slice was
    /// drawn, which is the infinitesimal jackknife of Efron (2014). The squares sum to about
    /// `spread` squared.
    pub(super) influence: Vec<f64>,
    /// The variance that chance drawing adds to the influences, relative to their own: slices over
    /// resamples.
    pub(super) noise: f64,
}

/// Resamples `slices` slices and takes `statistic` of each resample.
///
/// A slice is the unit: `slices` of them are drawn with replacement, each with all its samples, so
/// that whatever ties samples of a slice together stays (the cluster bootstrap, Field & Welsh 2007;
/// blocks as in Künsch 1989). `statistic` receives how often each slice was drawn. Draws where it
/// is `None` are skipped; `None` if fewer than half remain.
pub(super) fn resample(
    slices: usize,
    seed: u64,
    statistic: impl Fn(&[u32]) -> Option<f64>,
) -> Option<Resampled> {
    if slices == 0 {
        return None;
    }
    let resamples = (5 * slices).clamp(RESAMPLES, MOST_RESAMPLES);
    let mut rng = Rng::new(seed);
    let mut times = vec![0u32; slices];
    let mut values = Vec::with_capacity(resamples);
    let mut influence = vec![0.0; slices];
    // Any fixed origin serves, as long as it is near: it keeps the sums free of cancellation.
    let origin = statistic(&vec![1; slices])?;
    for _ in 0..resamples {
        times.fill(0);
        for _ in 0..slices {
            times[rng.index(slices)] += 1;
        }
        if let Some(value) = statistic(&times) {
            values.push(value);
            for (influence, &times) in influence.iter_mut().zip(&times) {
                *influence += (value - origin) * (f64::from(times) - 1.0);
            }
        }
    }
    if values.len() < resamples / 2 {
        return None;
    }
    influence.iter_mut().for_each(|sum| *sum /= values.len() as f64);
    let noise = slices as f64 / values.len() as f64;
    Some(Resampled { spread: standard_deviation(&values), influence, noise })
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 8] = [3.0, 5.0, 8.0, 1.0, 9.0, 4.0, 4.0, 7.0];
    const MEAN: f64 = 5.125;

    fn of_the_mean() -> Resampled {
        let mean = |times: &[u32]| {
            VALUES.iter().zip(times).map(|(v, &t)| v * f64::from(t)).sum::<f64>() / 8.0
        };
        resample(8, 5, |times| Some(mean(times))).unwrap()
    }

    #[test]
    fn the_spread_of_a_mean_is_the_textbook_one() {
        let variance = VALUES.iter().map(|v| (v - MEAN).powi(2)).sum::<f64>() / 8.0;
        let (found, expected) = (of_the_mean().spread, (variance / 8.0).sqrt());
        assert!((found / expected - 1.0).abs() < 0.07, "{found} for {expected}");
    }

    #[test]
    fn the_influence_on_a_mean_is_the_deviation() {
        for (influence, value) in of_the_mean().influence.iter().zip(VALUES) {
            assert!((influence - (value - MEAN) / 8.0).abs() < 0.1, "{influence} for {value}");
        }
    }

    #[test]
    fn a_statistic_that_mostly_fails_has_no_spread() {
        assert!(resample(5, 1, |times| (times[0] > 3).then_some(1.0)).is_none());
        assert!(resample(0, 1, |_| Some(1.0)).is_none());
    }
}
