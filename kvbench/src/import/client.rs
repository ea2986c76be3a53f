//! Was the client itself in the way?

use super::Run;
use crate::stats::{median, quantile_f64};

/// A client that sends requests later than this share of the time to first token after they were due is
/// a part of what it measures: its load is lighter than was asked for.
const LIMIT: f64 = 0.05;

/// How long requests that were due waited in the client, before they were sent. No latency holds this
/// time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClientWait {
    /// The median, ns.
    pub median_ns: f64,
    /// The 99th percentile, ns.
    pub p99_ns: f64,
    /// The sum over requests, over the sum of their times to first token (to their ends, without
    /// streaming).
    pub share: f64,
}

impl ClientWait {
    /// Of a run; `None` where the client does not tell.
    pub fn of(run: &Run) -> Option<Self> {
        let told = run.requests.iter().filter_map(|request| {
            let wait = request.start_ns.saturating_sub(request.due_ns?);
            Some((wait as f64, request.ttft_ns.unwrap_or(request.latency_ns) as f64))
        });
        let (mut waits, measured): (Vec<f64>, Vec<f64>) = told.unzip();
        waits.sort_unstable_by(f64::total_cmp);
        Some(Self {
            median_ns: median(&waits)?,
            p99_ns: quantile_f64(&waits, 0.99)?,
            share: waits.iter().sum::<f64>() / measured.iter().sum::<f64>().max(1.0),
        })
    }

    /// Whether the client was the bottleneck.
    pub fn is_bottleneck(&self) -> bool {
        self.share > LIMIT
    }
}
