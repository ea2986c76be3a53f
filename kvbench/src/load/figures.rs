//! What a phase comes to: rates, latencies, and how well it was driven.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arrivals::{ArrivalFit, Arrivals};
use super::goodput::{Goodput, Slos};
use super::outcome::{Driven, Outcome};
use crate::serving::Status;
use crate::stats::{Interval, Metric, Series, Slice, interval, quantile_f64};

/// Neighbours share a queue: they are drawn together, in at most so many slices.
const SLICES: usize = 200;
const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 1;

/// A generator that hands requests in later than they were due, by this share of their latency, is a
/// part of what it measures.
const BOTTLENECK: f64 = 0.05;

/// The figures of a phase. Times are in milliseconds; those of requests are of requests that got all of
/// their tokens, and count from the intended arrival.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Requests by how they ended.
    pub requests: BTreeMap<String, u64>,
    /// Why some failed or were rejected.
    pub errors: BTreeMap<String, u64>,
    /// From the start to the last end, in seconds.
    pub duration_s: f64,
    /// Requests handed in per second, until the last one was.
    pub request_rate: f64,
    /// Requests that got all of their tokens, per second.
    pub request_throughput: f64,
    /// What the times are like at which requests were handed in, where a pattern was asked for.
    pub arrivals: Option<ArrivalFit>,
    /// How much later than they could be requests were handed in.
    pub late_ms: Option<Spread>,
    /// The same, all together, by all latencies together.
    pub late_share: f64,
    /// Until the decode worker had the blocks.
    pub kv_delivered_ms: Option<Spread>,
    /// The part of it until the prefill began: waiting for room, for blocks and for the prefill worker.
    pub queue_ms: Option<Spread>,
    /// The part of that which was waiting for room below the limit of requests at a time.
    pub slot_ms: Option<Spread>,
    /// The part of it from the end of the prefill on.
    pub transfer_ms: Option<Spread>,
    /// Until the last token.
    pub request_latency_ms: Option<Spread>,
    /// Bytes delivered.
    pub bytes: u64,
    /// The same per second.
    pub bytes_per_s: f64,
    /// Blocks that moved.
    pub moved_blocks: u64,
    /// Blocks of prompts that were at the decode worker already, and did not move.
    pub reused_blocks: u64,
    /// How many requests met the goals, where there are any.
    pub goodput: Option<Goodput>,
}

/// How a figure spreads over requests. Quantiles are of type 7.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// Requests.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile; near the maximum below a few hundred requests.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// The interval of the median, where there are requests enough and it is asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p50_interval: Option<Interval>,
    /// The interval of the 99th percentile, likewise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p99_interval: Option<Interval>,
}

impl Spread {
    /// Of values in milliseconds; `None` without any.
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| quantile_f64(&sorted, p);
        Some(Self {
            count: sorted.len() as u64,
            mean: sorted.iter().sum::<f64>() / sorted.len() as f64,
            p50: at(0.5)?,
            p90: at(0.9)?,
            p95: at(0.95)?,
            p99: at(0.99)?,
            max: at(1.0)?,
            p50_interval: None,
            p99_interval: None,
        })
    }

    /// The same of values in the order of time, with intervals.
    fn with_intervals(values: &[f64]) -> Option<Self> {
        let ns: Vec<u64> = values.iter().map(|ms| (ms * 1e6).round() as u64).collect();
        let series = Series::sliced(&ns, SLICES, |few| Slice {
            latencies_ns: few.to_vec(),
            ..Slice::default()
        });
        let of = |metric| {
            let Interval { value, low, high, confidence } =
                interval(&series, metric, CONFIDENCE, SEED)?;
            let [value, low, high] = [value, low, high].map(|ns| ns / 1e6);
            Some(Interval { value, low, high, confidence })
        };
        let spread = Self::of(values.iter().copied())?;
        Some(Self { p50_interval: of(Metric::Median), p99_interval: of(Metric::P99), ..spread })
    }
}

impl Figures {
    /// Of a phase that is over; `arrivals` are those that were asked for, `slos` the goals.
    pub fn of(driven: &Driven, arrivals: Option<&Arrivals>, slos: Option<&Slos>) -> Self {
        let all = &driven.outcomes;
        let ok: Vec<&Outcome> = all.iter().filter(|outcome| outcome.is_ok()).collect();
        let duration_s = driven.duration_s();
        let per_second = |number: f64| if duration_s > 0.0 { number / duration_s } else { 0.0 };
        let mut handed_ns: Vec<u64> = all.iter().map(|outcome| outcome.handed_ns).collect();
        handed_ns.sort_unstable();
        let handing_s = handed_ns.last().map_or(0.0, |last| *last as f64 / 1e9);
        let delivered: Vec<f64> = ok.iter().filter_map(|one| one.kv_delivered_ms()).collect();
        let late: f64 = ok.iter().map(|one| one.late_ms()).sum();
        let moved = || ok.iter().filter_map(|one| one.entry.transfer);
        let bytes = moved().map(|transfer| transfer.bytes).sum();
        let spread =
            |of: fn(&Outcome) -> Option<f64>| Spread::of(ok.iter().filter_map(|one| of(one)));
        Self {
            requests: requests(driven),
            errors: errors(all),
            duration_s,
            request_rate: if handing_s > 0.0 { all.len() as f64 / handing_s } else { 0.0 },
            request_throughput: per_second(ok.len() as f64),
            arrivals: arrivals.and_then(|arrivals| arrivals.fit(&handed_ns)),
            late_ms: spread(|one| Some(one.late_ms())),
            late_share: late / delivered.iter().sum::<f64>().max(f64::MIN_POSITIVE),
            kv_delivered_ms: Spread::with_intervals(&delivered),
            queue_ms: spread(|one| one.entry.queue_ms),
            slot_ms: spread(|one| Some(one.slot_ms())),
            transfer_ms: spread(|one| one.entry.transfer_ms),
            request_latency_ms: spread(|one| one.entry.total_ms),
            bytes,
            bytes_per_s: per_second(bytes as f64),
            moved_blocks: moved().map(|transfer| transfer.blocks).sum(),
            reused_blocks: ok.iter().map(|one| one.entry.reused_blocks).sum(),
            goodput: slos.map(|slos| {
                let good = all.iter().filter(|one| slos.met(one)).count() as u64;
                Goodput {
                    slos: slos.clone(),
                    good,
                    good_request_fraction: good as f64
                        / (all.len() as u64 + driven.unended).max(1) as f64,
                    goodput: per_second(good as f64),
                }
            }),
        }
    }

    /// Requests that got all of their tokens.
    pub fn ok(&self) -> u64 {
        self.count(Status::Ok)
    }

    /// Requests that ended so.
    pub fn count(&self, status: Status) -> u64 {
        self.requests.get(status.name()).copied().unwrap_or(0)
    }

    /// Whether the generator was a part of what it measured.
    pub fn is_generator_bottleneck(&self) -> bool {
        self.late_share > BOTTLENECK
    }
}

fn requests(driven: &Driven) -> BTreeMap<String, u64> {
    let mut requests: BTreeMap<String, u64> =
        Status::ALL.iter().map(|status| (status.name().to_owned(), 0)).collect();
    let ended = driven.outcomes.iter().map(|outcome| (outcome.entry.status, 1));
    for (status, number) in ended.chain([(Status::Cancelled, driven.unended)]) {
        *requests.entry(status.name().to_owned()).or_default() += number;
    }
    requests
}

fn errors(outcomes: &[Outcome]) -> BTreeMap<String, u64> {
    let mut errors = BTreeMap::new();
    for error in outcomes.iter().filter_map(|outcome| outcome.entry.error.clone()) {
        *errors.entry(error).or_default() += 1;
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::super::outcome::tests::outcome;
    use super::*;

    fn driven(outcomes: Vec<Outcome>) -> Driven {
        Driven { begun_ns: 0, outcomes, unended: 0, interrupted: false, gone: false }
    }

    #[test]
    fn rates_count_from_the_start_to_the_last_end() {
        let outcomes = (1..=100).map(|at| outcome(10 * at, 5.0, 15.0)).collect();
        let figures = Figures::of(&driven(outcomes), None, None);
        assert_eq!((figures.ok(), figures.duration_s), (100, 1.02));
        assert_eq!(figures.request_rate, 100.0);
        assert!((figures.request_throughput - 100.0 / 1.02).abs() < 1e-9);
        assert_eq!(figures.bytes, 100_000);
        let delivered = figures.kv_delivered_ms.unwrap();
        assert_eq!((delivered.count, delivered.p50, delivered.max), (100, 20.0, 20.0));
        let interval = delivered.p50_interval.unwrap();
        assert!(
            (interval.high - interval.low).abs() < 1e-9 && interval.contains(20.0),
            "{interval:?}"
        );
        let parts = figures.queue_ms.unwrap().mean + figures.transfer_ms.unwrap().mean;
        assert_eq!(parts, 20.0);
    }

    #[test]
    fn what_failed_is_in_no_latency_and_is_not_good() {
        let mut failed = outcome(20, 1.0, 1.0);
        failed.entry.status = Status::Failed;
        failed.entry.error = Some("decode 0 is gone".to_owned());
        let driven = Driven {
            unended: 1,
            ..driven(vec![outcome(10, 1.0, 1.0), failed, outcome(30, 1.0, 90.0)])
        };
        let slos: Slos = "kv_delivered:50".parse().unwrap();
        let figures = Figures::of(&driven, None, Some(&slos));
        assert_eq!((figures.ok(), figures.count(Status::Failed)), (2, 1));
        assert_eq!(figures.count(Status::Cancelled), 1);
        assert_eq!(figures.errors["decode 0 is gone"], 1);
        let goodput = figures.goodput.unwrap();
        assert_eq!((goodput.good, goodput.good_request_fraction), (1, 0.25));
        assert_eq!(figures.kv_delivered_ms.unwrap().p50_interval, None, "two are too few");
    }

    #[test]
    fn a_late_generator_is_a_bottleneck() {
        let mut late = outcome(10, 5.0, 5.0);
        late.handed_ns += 400_000;
        assert!(!Figures::of(&driven(vec![late.clone()]), None, None).is_generator_bottleneck());
        late.handed_ns += 200_000;
        let figures = Figures::of(&driven(vec![late]), None, None);
        assert!(figures.is_generator_bottleneck() && figures.late_ms.unwrap().max > 0.59);
    }

    #[test]
    fn without_requests_there_are_no_figures() {
        let figures = Figures::of(&driven(Vec::new()), None, None);
        assert_eq!((figures.ok(), figures.request_rate, figures.late_share), (0, 0.0, 0.0));
        assert!(figures.kv_delivered_ms.is_none() && !figures.is_generator_bottleneck());
    }
}
