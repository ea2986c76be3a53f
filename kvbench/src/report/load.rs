//! What a load came to: a row per point, and what needs saying.

mod notes;

use std::fmt::Write;

use super::grid::{Column, Field, Grid};
use super::table::plain;
use super::units::{bandwidth, digits, latency, printable};
use crate::load::{Loaded, PointEntry, Schedule, Spread};
use crate::stats::Interval;

pub(super) use notes::notes;

/// Fewer requests have no 99th percentile of their own.
const MIN_P99: u64 = 100;

/// What was found, for a terminal.
pub fn load(loaded: &[Loaded]) -> String {
    let mut text = format!("{}\n", headline(loaded));
    if let Some(versions) = versions(loaded) {
        let _ = writeln!(text, "{versions}");
    }
    let _ = writeln!(text, "\n{}\n", plain(&points(loaded)));
    notes(loaded).iter().for_each(|note| _ = writeln!(text, "{note}"));
    text.lines().map(|line| printable(line.trim_end()) + "\n").collect()
}

/// What was loaded.
pub(super) fn headline(loaded: &[Loaded]) -> String {
    let Some(Loaded { serve, .. }) = loaded.first() else { return "Nothing was loaded".to_owned() };
    format!(
        "KV transfers as load: {}, {}, {} prefill and {} decode workers with {} blocks of {} tokens each",
        serve.model,
        serve.op,
        serve.prefill_workers,
        serve.decode_workers,
        serve.blocks,
        serve.block_tokens
    )
}

/// The software.
pub(super) fn versions(loaded: &[Loaded]) -> Option<String> {
    let versions = &loaded.first()?.serve.versions;
    let versions: Vec<_> =
        versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    Some(versions.join(", "))
}

/// A row per point.
pub(super) fn points(loaded: &[Loaded]) -> Grid {
    use Column::{Figure, Text};
    let all = || loaded.iter().flat_map(|one| &one.points);
    let goals = all().any(|point| point.figures.goodput.is_some());
    let mut columns = vec![
        Text("backend"),
        Text("load"),
        Figure("requests"),
        Figure("handed in"),
        Figure("kv_delivered p50"),
        Figure("95 %"),
        Figure("p90"),
        Figure("p95"),
        Figure("p99"),
        Figure("95 %"),
        Figure("queue p50"),
        Figure("p99"),
        Figure("transfer p50"),
        Figure("p99"),
        Figure("bandwidth"),
    ];
    if goals {
        columns.extend([Figure("good"), Figure("goodput")]);
    }
    Grid { columns, rows: all().map(|point| row(point, goals)).collect() }
}

fn row(point: &PointEntry, goals: bool) -> Vec<Field> {
    let figures = &point.figures;
    let of = |spread: &Option<Spread>, part: fn(&Spread) -> f64| {
        spread.as_ref().map_or_else(|| "–".to_owned(), |spread| ms(part(spread)))
    };
    let delivered = &figures.kv_delivered_ms;
    let ends = |part: fn(&Spread) -> Option<Interval>| ends(delivered.as_ref().and_then(part));
    let mut row = vec![
        point.backend.clone(),
        point.load.to_string(),
        figures.ok().to_string(),
        rate(figures.request_rate),
        of(delivered, |one| one.p50),
        ends(|one| one.p50_interval),
        of(delivered, |one| one.p90),
        of(delivered, |one| one.p95),
        starred(delivered, of(delivered, |one| one.p99)),
        ends(|one| one.p99_interval),
        of(&figures.queue_ms, |one| one.p50),
        of(&figures.queue_ms, |one| one.p99),
        of(&figures.transfer_ms, |one| one.p50),
        of(&figures.transfer_ms, |one| one.p99),
        bandwidth(figures.bytes_per_s),
    ];
    if goals {
        let goodput = figures.goodput.as_ref();
        let dash = || "–".to_owned();
        row.push(goodput.map_or_else(dash, |one| percent(one.good_request_fraction)));
        row.push(goodput.map_or_else(dash, |one| rate(one.goodput)));
    }
    row.into_iter().map(Field::from).collect()
}

/// Latency against rate, by backend.
pub(super) struct Curve {
    /// What it is of.
    pub name: String,
    /// Requests per second, and nanoseconds; ascending.
    pub points: Vec<(f64, f64)>,
}

/// Of each deployment, the median and the 99th percentile of delivery by the rate that was reached.
pub(super) fn curves(loaded: &[Loaded]) -> Vec<Curve> {
    type Quantile = fn(&Spread) -> f64;
    let quantiles: [(&str, Quantile); 2] =
        [("p50", |spread| spread.p50), ("p99", |spread| spread.p99)];
    let curve = |one: &Loaded, name: &str, of: Quantile| {
        let point = |point: &PointEntry| {
            let figures = &point.figures;
            Some((reached(point), 1e6 * of(figures.kv_delivered_ms.as_ref()?)))
        };
        let mut points: Vec<_> = one.points.iter().filter_map(point).collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        Curve { name: format!("{} {name}", one.serve.variant.label()), points }
    };
    let all = loaded.iter().flat_map(|one| quantiles.map(|(name, of)| curve(one, name, of)));
    all.filter(|curve| !curve.points.is_empty()).collect()
}

/// The rate of arrivals; where these wait for ends, that of ends.
fn reached(point: &PointEntry) -> f64 {
    match point.load.schedule {
        Schedule::Closed => point.figures.request_throughput,
        Schedule::Open { .. } | Schedule::Trace => point.figures.request_rate,
    }
}

fn ms(ms: f64) -> String {
    latency(1e6 * ms)
}

fn rate(per_second: f64) -> String {
    format!("{}/s", digits(per_second))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn starred(spread: &Option<Spread>, text: String) -> String {
    let few = spread.as_ref().is_some_and(|spread| spread.count < MIN_P99);
    if few { format!("{text}*") } else { text }
}

/// How much wider than its lower end an interval may be to say something.
const WIDEST: f64 = 1000.0;

fn ends(interval: Option<Interval>) -> String {
    match interval {
        None => "–".to_owned(),
        // Times that hang together leave few that count.
        Some(Interval { low, high, .. }) if high > WIDEST * low => "unknown".to_owned(),
        Some(Interval { low, high, .. }) => format!("{} to {}", ms(low), ms(high)),
    }
}
