//! Exact sample quantiles.

/// The `p`-quantile of `sorted`, interpolated between the two nearest samples: type 7 of Hyndman &
/// Fan (1996), the default of R and NumPy. `None` for no samples, or `p` outside `0..=1`.
///
/// Position (n − 1) p, counted from 0. It is the usual median at `p` = 0.5. A [`super::Histogram`]
/// instead gives the nearest rank (type 1), an observed value to three digits; the two meet as
/// samples grow.
pub fn quantile(sorted: &[u64], p: f64) -> Option<f64> {
    quantile_by(sorted.len() as u64, p, |rank| sorted[rank as usize] as f64)
}

/// The same over floating-point numbers in ascending order.
pub fn quantile_f64(sorted: &[f64], p: f64) -> Option<f64> {
    quantile_by(sorted.len() as u64, p, |rank| sorted[rank as usize])
}

/// The median of `values` in any order.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_f64(&sorted, 0.5)
}

/// Type 7 over `count` samples of which only the order statistics are known; `order(0)` is the
/// smallest.
pub(super) fn quantile_by(count: u64, p: f64, order: impl Fn(u64) -> f64) -> Option<f64> {
    if count == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let position = (count - 1) as f64 * p;
    let below = position.floor();
    let low = order(below as u64);
    let fraction = position - below;
    if fraction == 0.0 {
        return Some(low);
    }
    Some(low + fraction * (order(below as u64 + 1) - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_between_samples() {
        assert_eq!(quantile(&[10, 20, 30, 40], 0.5), Some(25.0));
        assert_eq!(quantile(&[10, 20, 30, 40], 0.25), Some(17.5));
        assert_eq!(quantile(&[10, 20, 30, 40], 1.0), Some(40.0));
        assert_eq!(quantile(&[7], 0.99), Some(7.0));
    }

    #[test]
    fn refuses_what_has_no_answer() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1], 1.5), None);
        assert_eq!(quantile(&[1], f64::NAN), None);
    }

    #[test]
    fn median_needs_no_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
    }
}
