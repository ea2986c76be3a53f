//! Requests of a client joined with the log of `kvbench serve`, by `X-Request-ID`.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::figure::CONFIDENCE;
use super::series::SLICES;
use super::{Request, Run, lines};
use crate::error::Result;
use crate::serving::{Entry, LOG_SCHEMA, LogLine, RequestEntry};
use crate::stats::{Interval, Metric, Series, Slice, interval, quantile_f64};

const SEED: u64 = 1;

/// The requests of one or more logs.
#[derive(Default)]
pub struct Log {
    requests: HashMap<String, Served>,
}

/// A request and whether the NICs of its deployment were emulated.
struct Served {
    entry: RequestEntry,
    emulated: bool,
}

/// Where the time to first token of a run went. Times are means over the joined requests, in
/// nanoseconds, and `queue + prefill + transfer + first_decode + outside = ttft`.
#[derive(Clone, PartialEq, Debug)]
pub struct Joined {
    /// Requests that were found in the log and reached their first token.
    pub requests: usize,
    /// The backends that moved their blocks.
    pub backends: BTreeSet<String>,
    /// Whether emulated NICs moved some of them.
    pub emulated: bool,
    /// As the client measured it.
    pub ttft_ns: f64,
    /// Until the prefill began.
    pub queue_ns: f64,
    /// Modelled.
    pub prefill_ns: f64,
    /// From the end of the prefill until delivery: real.
    pub transfer_ns: f64,
    /// Modelled.
    pub first_decode_ns: f64,
    /// Outside of the log: the network, HTTP, and the client. Negative if the client counts from later
    /// than the endpoint does.
    pub outside_ns: f64,
    /// All transfer time over all time to first token, with its 95 % interval; absent where there are too few
    /// requests.
    pub share: Option<Interval>,
    /// The transfer's share of the time to first token of single requests: p10, p50 and p90.
    pub share_quantiles: [f64; 3],
}

/// The times of one joined request, ns.
struct Times {
    ttft: f64,
    phases: [f64; 4],
}

impl Log {
    /// Adds the requests of a log.
    ///
    /// # Errors
    /// The file cannot be read; or some of its lines are none of a log of this version, which are told by
    /// number. Then none of its requests is added.
    pub fn add(&mut self, path: &Path) -> Result<()> {
        let lines: Vec<(usize, LogLine)> = lines::read(path)?;
        if let Some((number, other)) = lines.iter().find(|(_, line)| line.schema != LOG_SCHEMA) {
            let other = other.schema;
            let why = format!("line {number}: schema {other}; this kvbench reads {LOG_SCHEMA}");
            return Err(lines::damaged(path, &why));
        }
        let mut emulated = false;
        for (_, line) in lines {
            match line.entry {
                Entry::Serve(deployment) => emulated = deployment.emulated,
                Entry::Request(entry) => {
                    let served = Served { emulated, entry: *entry };
                    self.requests.insert(served.entry.request_id.clone(), served);
                }
            }
        }
        Ok(())
    }

    /// Whether no request was added.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// What the log has of a run; `None` if nothing.
    pub fn join(&self, run: &Run) -> Option<Joined> {
        let served = |request: &Request| {
            let served = self.requests.get(request.id.as_ref()?)?;
            Some((served, Times::of(request, &served.entry)?))
        };
        let (served, times): (Vec<_>, Vec<_>) = run.requests.iter().filter_map(served).unzip();
        if times.is_empty() {
            return None;
        }
        let mean =
            |of: &dyn Fn(&Times) -> f64| times.iter().map(of).sum::<f64>() / times.len() as f64;
        let [queue, prefill, transfer, first_decode] =
            [0, 1, 2, 3].map(|phase| mean(&|times: &Times| times.phases[phase]));
        let ttft = mean(&|times: &Times| times.ttft);
        Some(Joined {
            requests: times.len(),
            backends: served.iter().map(|served| served.entry.backend.clone()).collect(),
            emulated: served.iter().any(|served| served.emulated),
            ttft_ns: ttft,
            queue_ns: queue,
            prefill_ns: prefill,
            transfer_ns: transfer,
            first_decode_ns: first_decode,
            outside_ns: ttft - queue - prefill - transfer - first_decode,
            share: share(&times),
            share_quantiles: share_quantiles(&times),
        })
    }
}

impl Times {
    fn of(request: &Request, entry: &RequestEntry) -> Option<Self> {
        let phases =
            [entry.queue_ms?, entry.prefill_ms?, entry.transfer_ms?, entry.first_decode_ms?];
        let ttft = request.ttft_ns.filter(|ns| *ns > 0)? as f64;
        Some(Self { ttft, phases: phases.map(|ms| ms * 1e6) })
    }

    fn transfer(&self) -> f64 {
        self.phases[2]
    }
}

/// A rate like bytes over time: transfer takes the place of bytes, the time to first token that of time.
fn share(times: &[Times]) -> Option<Interval> {
    let series = Series::sliced(times, SLICES, |few| Slice {
        bytes: few.iter().map(Times::transfer).sum::<f64>() as u64,
        elapsed_ns: few.iter().map(|times| times.ttft).sum::<f64>() as u64,
        ..Slice::default()
    });
    let found = interval(&series, Metric::Bandwidth, CONFIDENCE, SEED)?;
    let of_time = |per_second: f64| per_second / 1e9;
    Some(Interval {
        value: of_time(found.value),
        low: of_time(found.low),
        // A transfer lies within its time to first token.
        high: of_time(found.high).min(1.0),
        ..found
    })
}

fn share_quantiles(times: &[Times]) -> [f64; 3] {
    let mut shares: Vec<f64> = times.iter().map(|times| times.transfer() / times.ttft).collect();
    shares.sort_unstable_by(f64::total_cmp);
    [0.1, 0.5, 0.9].map(|p| quantile_f64(&shares, p).unwrap_or(f64::NAN))
}
