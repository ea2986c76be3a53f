//! How much more measuring an answer needs.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a comparison has taken so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Pairs of slices measured.
    pub pairs: usize,
    /// Time spent on them.
    pub elapsed: Duration,
}

/// A forecast of what is still to measure. It supposes that noise goes on as it was, so take it as
/// a magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Needs {
    /// Further pairs of slices.
    pub pairs: u64,
    /// Further time, s.
    pub time_s: f64,
}

impl Needs {
    /// What brings an interval of half width `have` down to `want`: widths fall as one over the
    /// root of the time. At least one pair.
    pub fn to_narrow(have: f64, want: f64, so_far: Progress) -> Self {
        let growth = (have / want).powi(2) - 1.0;
        Self::pairs((growth * so_far.pairs as f64).ceil().max(1.0), so_far)
    }

    /// What brings the number of pairs up to `wanted`. At least one pair.
    pub fn to_reach(wanted: f64, so_far: Progress) -> Self {
        Self::pairs((wanted - so_far.pairs as f64).ceil().max(1.0), so_far)
    }

    fn pairs(pairs: f64, so_far: Progress) -> Self {
        let each_s = so_far.elapsed.as_secs_f64() / so_far.pairs.max(1) as f64;
        Self { pairs: pairs as u64, time_s: pairs * each_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_width_takes_four_times_the_slices() {
        let so_far = Progress { pairs: 20, elapsed: Duration::from_secs(4) };
        let needs = Needs::to_narrow(0.04, 0.02, so_far);
        assert_eq!(needs, Needs { pairs: 60, time_s: 12.0 });
        assert_eq!(Needs::to_reach(25.0, so_far), Needs { pairs: 5, time_s: 1.0 });
    }
}
