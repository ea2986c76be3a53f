//! A figure with what it may be instead.

use serde::{Deserialize, Serialize};

/// A value and the interval that holds the true one with the given confidence. `low <= value <=
/// high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate, in the unit of its metric; for a ratio, 1 means equal.
    pub value: f64,
    /// Lower end, same unit.
    pub low: f64,
    /// Upper end, same unit.
    pub high: f64,
    /// The share of such intervals that hold the true value, e.g. 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Half the width, relative to the value: 0.02 is ± 2 %.
    pub fn relative_half_width(&self) -> f64 {
        (self.high - self.low) / (2.0 * self.value)
    }

    /// Half the width on the log scale: √(high / low) less 1 is about the relative half width.
    pub(super) fn log_half_width(&self) -> f64 {
        (self.high / self.low).ln() / 2.0
    }

    /// Whether `value` lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
