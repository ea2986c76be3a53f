//! What a load came to: a row per point, and what needs saying.

use std::fmt::Write;

use super::grid::{Column, Field, Grid};
use super::notes::EMULATED;
use super::table::plain;
use super::units::{bandwidth, digits, latency, printable};
use crate::load::{Figures, Loaded, PointEntry, Schedule, Spread};
use crate::serving::Status;
use crate::stats::Interval;
use crate::variant::SettingStatus;

/// Below this p-value, arrivals are told not to be what was asked for.
const SIGNIFICANT: f64 = 0.01;

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

/// What a reader could take wrongly if it were not said.
pub(super) fn notes(loaded: &[Loaded]) -> Vec<String> {
    let mut notes = Vec::new();
    for one in loaded {
        notes.extend(searched(one));
        for point in &one.points {
            let name = format!("{}, {}", point.backend, point.load);
            notes.extend(
                of_point(point).into_iter().map(|(kind, note)| format!("{kind}: {name}: {note}")),
            );
        }
        notes.extend(path(one));
    }
    let few = loaded.iter().flat_map(|one| &one.points);
    if few.filter_map(|point| point.figures.kv_delivered_ms.as_ref()).any(|one| one.count < MIN_P99)
    {
        notes.push("* too few requests for this percentile: it is near the maximum.".to_owned());
    }
    if loaded.iter().any(|one| one.serve.emulated) {
        notes.push(EMULATED.to_owned());
    }
    if loaded.len() > 1 {
        notes.push(
            "Note: deployments were loaded one after the other, each by one start of its processes; `kvbench run` \
             compares in turns."
                .to_owned(),
        );
    }
    notes
}

fn searched(one: &Loaded) -> Option<String> {
    let found = one.search?;
    let goals = one.points.first()?.figures.goodput.as_ref()?.slos.to_string();
    let (backend, share) = (&one.points.first()?.backend, percent(found.attainment));
    Some(match found.rate {
        Some(found) => format!(
            "Found: {backend}: up to {} meet {goals} in {share} of requests, measured twice.",
            rate(found)
        ),
        None => format!(
            "Found: {backend}: no rate that was tried meets {goals} in {share} of requests."
        ),
    })
}

/// What is to be said of a point, by its kind.
fn of_point(point: &PointEntry) -> Vec<(&'static str, String)> {
    let figures = &point.figures;
    let mut notes = Vec::new();
    for (error, count) in &figures.errors {
        notes.push(("Failed", format!("{count} × {error}")));
    }
    if figures.count(Status::Cancelled) > 0 {
        let count = figures.count(Status::Cancelled);
        notes.push(("Note", format!("{count} requests had not ended when it was over.")));
    }
    if point.interrupted {
        notes.push((
            "Note",
            "it was interrupted; these are the requests that had ended.".to_owned(),
        ));
    }
    if let Some([after_s, span_s]) = point.stall_s {
        let note = format!(
            "the worker that receives stood still for {span_s} s after {after_s} s, on purpose."
        );
        notes.push(("Note", note));
    }
    notes.extend(arrivals(point));
    notes.extend(generator(figures));
    if figures.reused_blocks > 0 {
        let (reused, moved) = (figures.reused_blocks, figures.moved_blocks);
        notes.push((
            "Note",
            format!("{reused} blocks were there already and did not move; {moved} did."),
        ));
    }
    notes
}

/// Whether requests arrived as they should.
fn arrivals(point: &PointEntry) -> Option<(&'static str, String)> {
    let Schedule::Open { arrival_pattern, request_rate, .. } = point.load.schedule else {
        return None;
    };
    let fit = point.figures.arrivals?;
    let gaps = format!(
        "gaps of {:.3} times what was asked on average, with a variation of {:.3}",
        fit.mean_gap, fit.variation
    );
    Some(match fit.test {
        None => ("Arrivals", format!("{gaps}.")),
        Some(test) => {
            let what = format!("{arrival_pattern} at {}", rate(request_rate));
            let verdict =
                if test.p < SIGNIFICANT { format!("not {what}") } else { format!("{what}") };
            let (distance, p) = (test.distance, test.p);
            let kind = if test.p < SIGNIFICANT { "Warning" } else { "Arrivals" };
            (
                kind,
                format!(
                    "{verdict} (Kolmogorov–Smirnov distance {distance:.3}, p = {p:.3}); {gaps}."
                ),
            )
        }
    })
}

/// How well the generator kept to its schedule.
fn generator(figures: &Figures) -> Option<(&'static str, String)> {
    let late = figures.late_ms.as_ref()?;
    let told =
        format!("late by {} (p50), {} (p99), {} at most", ms(late.p50), ms(late.p99), ms(late.max));
    Some(match figures.is_generator_bottleneck() {
        true => {
            let share = percent(figures.late_share);
            (
                "Warning",
                format!("the generator is a bottleneck: {told}, which is {share} of all latency."),
            )
        }
        false => ("Generator", format!("{told}.")),
    })
}

/// What carried the bytes, and which settings did nothing.
fn path(one: &Loaded) -> Vec<String> {
    let backend = &one.summary.observed;
    let name = one.serve.variant.label();
    let mut notes = vec![format!("Path: {name}: {} ({}).", backend.path, backend.path_evidence)];
    for (setting, report) in &backend.settings {
        if report.status == SettingStatus::Ignored {
            notes.push(format!("Warning: {name}: {setting} was ignored: {}", report.evidence));
        }
    }
    notes
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
    let quantiles: [(&str, fn(&Spread) -> f64); 2] =
        [("p50", |spread| spread.p50), ("p99", |spread| spread.p99)];
    let curve = |one: &Loaded, name: &str, of: fn(&Spread) -> f64| {
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

fn ends(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "–".to_owned(),
        |interval| format!("{} to {}", ms(interval.low), ms(interval.high)),
    )
}
