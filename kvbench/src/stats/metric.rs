//! The figures that two variants are compared by.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One figure of a variant, pooled over all its slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Median latency, ns: the type-7 quantile of all samples together.
    Median,
    /// 99th percentile of latency, ns, in the same way. Close to the maximum below a few hundred
    /// samples.
    P99,
    /// Mean latency, ns: all samples weigh the same.
    Mean,
    /// Bytes per second: all bytes over all elapsed time.
    Bandwidth,
}

impl Metric {
    /// The quantile that the metric is, if it is one.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::Median => Some(0.5),
            Self::P99 => Some(0.99),
            Self::Mean | Self::Bandwidth => None,
        }
    }

    /// Whether a larger value is the faster one.
    pub fn larger_is_faster(self) -> bool {
        self == Self::Bandwidth
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Median => "median latency",
            Self::P99 => "p99 latency",
            Self::Mean => "mean latency",
            Self::Bandwidth => "bandwidth",
        })
    }
}
