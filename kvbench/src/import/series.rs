//! The requests of a run as slices of time, which is what intervals are made of.
//!
//! A slice is a few requests that follow each other, at most [`SLICES`] of them: neighbours share the
//! endpoint's queue and batch, and the autocorrelation of slices widens the interval by as much.

use super::{KeyMetric, Request, Run};
use crate::stats::{Series, Slice};

pub(super) const SLICES: usize = 200;

/// What the run has of a metric: latencies in the order of starts; or, for a rate, what was done from
/// one end to the next. `None` where it was not measured.
pub(super) fn series(run: &Run, metric: KeyMetric) -> Option<Series> {
    let series = match metric {
        KeyMetric::TtftMean | KeyMetric::TtftMedian | KeyMetric::TtftP99 => {
            latencies(run, |request| request.ttft_ns)
        }
        KeyMetric::ItlMean => latencies(run, |request| request.itl_ns),
        KeyMetric::LatencyMean | KeyMetric::LatencyP99 => {
            latencies(run, |request| Some(request.latency_ns))
        }
        KeyMetric::TokenRate => rate(run, |request| request.tokens),
        KeyMetric::RequestRate => rate(run, |_| 1),
    };
    (!series.is_empty()).then_some(series)
}

fn latencies(run: &Run, of: impl Fn(&Request) -> Option<u64>) -> Series {
    let values: Vec<u64> = run.requests.iter().filter_map(of).collect();
    Series::sliced(&values, SLICES, |few| Slice { latencies_ns: few.to_vec(), ..Slice::default() })
}

/// What `of` counts takes the place of bytes.
fn rate(run: &Run, of: impl Fn(&Request) -> u64) -> Series {
    let mut by_end: Vec<&Request> = run.requests.iter().collect();
    by_end.sort_by_key(|request| request.end_ns);
    let mut since = run.requests.iter().map(|request| request.start_ns).min().unwrap_or(0);
    Series::sliced(&by_end, SLICES, |few| {
        let until = few.last().map_or(since, |last| last.end_ns);
        let elapsed_ns = until.saturating_sub(since);
        since = until;
        let bytes = few.iter().map(|request| of(request)).sum();
        Slice { bytes, elapsed_ns, ..Slice::default() }
    })
}
