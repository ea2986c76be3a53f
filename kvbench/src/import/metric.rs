//! The metrics to compare an endpoint by.

use std::fmt;

use crate::stats::Metric;

/// A metric of an endpoint, as its clients see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyMetric {
    /// Mean time to first token.
    TtftMean,
    /// Its median.
    TtftMedian,
    /// Its 99th percentile.
    TtftP99,
    /// Mean over requests of the mean time between a request's tokens (what vLLM calls TPOT).
    ItlMean,
    /// Mean time from start to end of a request.
    LatencyMean,
    /// Its 99th percentile.
    LatencyP99,
    /// Tokens of answers per second.
    TokenRate,
    /// Answered requests per second.
    RequestRate,
}

impl KeyMetric {
    /// Every metric, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::TtftMean,
        Self::TtftMedian,
        Self::TtftP99,
        Self::ItlMean,
        Self::LatencyMean,
        Self::LatencyP99,
        Self::TokenRate,
        Self::RequestRate,
    ];

    /// What it is of many requests.
    pub fn statistic(self) -> Metric {
        match self {
            Self::TtftMean | Self::ItlMean | Self::LatencyMean => Metric::Mean,
            Self::TtftMedian => Metric::Median,
            Self::TtftP99 | Self::LatencyP99 => Metric::P99,
            Self::TokenRate | Self::RequestRate => Metric::Bandwidth,
        }
    }

    /// Whether it is one per second, and more is better; else it is a time in nanoseconds.
    pub fn is_rate(self) -> bool {
        self.statistic().larger_is_faster()
    }
}

impl fmt::Display for KeyMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::TtftMean => "TTFT mean",
            Self::TtftMedian => "TTFT p50",
            Self::TtftP99 => "TTFT p99",
            Self::ItlMean => "ITL mean",
            Self::LatencyMean => "latency mean",
            Self::LatencyP99 => "latency p99",
            Self::TokenRate => "output throughput",
            Self::RequestRate => "request throughput",
        })
    }
}
