//! Latencies far from the rest, kept to be reported.

use super::quantile::quantile;

/// At most this many are listed; all are counted.
const LISTED: usize = 16;

/// Latencies above Q3 + 3 (Q3 − Q1) of a reference: "far out" in Tukey (1977).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outliers {
    /// How many there are.
    pub count: usize,
    /// The largest of them, at most 16, largest first.
    pub largest: Vec<Outlier>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlier {
    /// Its place in the series, from 0.
    pub index: usize,
    /// The latency, ns.
    pub latency_ns: u64,
}

impl Outliers {
    /// The outliers of `series` by the quartiles of `reference`, usually its steady part.
    pub fn of(series: &[u64], reference: &[u64]) -> Self {
        let mut sorted = reference.to_vec();
        sorted.sort_unstable();
        let Some((q1, q3)) = quantile(&sorted, 0.25).zip(quantile(&sorted, 0.75)) else {
            return Self::default();
        };
        let fence = q3 + 3.0 * (q3 - q1);
        let beyond = series.iter().enumerate().filter(|&(_, &ns)| ns as f64 > fence);
        let mut largest: Vec<Outlier> =
            beyond.map(|(index, &latency_ns)| Outlier { index, latency_ns }).collect();
        largest.sort_by_key(|outlier| std::cmp::Reverse(outlier.latency_ns));
        let count = largest.len();
        largest.truncate(LISTED);
        Self { count, largest }
    }

    /// Adds those of another series.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.largest.extend(other.largest);
        self.largest.sort_by_key(|outlier| std::cmp::Reverse(outlier.latency_ns));
        self.largest.truncate(LISTED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_far_ones() {
        let mut series: Vec<u64> = (100..140).collect();
        series[0] = 5_000;
        series[30] = 900;
        let outliers = Outliers::of(&series, &series[1..]);
        assert_eq!(outliers.count, 2);
        assert_eq!(outliers.largest[0], Outlier { index: 0, latency_ns: 5_000 });
        assert_eq!(outliers.largest[1], Outlier { index: 30, latency_ns: 900 });
        assert_eq!(Outliers::of(&series, &[]), Outliers::default());
    }
}
