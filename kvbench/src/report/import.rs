//! What clients measured of an endpoint, for a terminal: the key metrics run against run, and where the
//! time to first token went.

use std::fmt::Write;

use comfy_table::{Cell, Table};

use super::notes::EMULATED;
use super::table::{plain_table, right};
use super::units::{digits, latency, printable};
use crate::import::{ClientWait, Comparison, Joined, KeyMetric, Log, Row, Run, figures};
use crate::stats::Interval;

/// A note on every comparison.
const ONE_START: &str = "Note: a run is one start of the endpoint, and what chance gives a start is in no interval \
                         here; runs of fresh starts tell how much that is.";

/// What is known of the runs, the first being what others are compared with, and of their transfers from
/// the log.
pub fn import(runs: &[Run], log: &Log) -> String {
    let Some((base, others)) = runs.split_first() else { return String::new() };
    let mut text = format!("{}\n", clients(runs));
    for run in runs {
        for (reason, count) in &run.failures {
            let _ = writeln!(text, "Failed: {}: {count} × {reason}", run.name);
        }
    }
    if others.is_empty() {
        let _ = writeln!(text, "\n{}", one(base));
    }
    for other in others {
        let _ = write!(text, "\n{}", compared(base, other));
    }
    let joined: Vec<_> = runs.iter().filter_map(|run| Some((run, log.join(run)?))).collect();
    if !joined.is_empty() {
        let _ = write!(text, "\n{}", transfers(&joined));
    }
    let missing = runs.iter().filter(|run| joined.iter().all(|(found, _)| found.name != run.name));
    for run in missing.filter(|_| !log.is_empty()) {
        let _ = writeln!(text, "Note: the log has no request of {}.", run.name);
    }
    for run in runs {
        let _ = writeln!(text, "{}", client(run));
    }
    if !others.is_empty() {
        let _ = writeln!(text, "{ONE_START}");
    }
    text.lines().map(|line| printable(line.trim_end()) + "\n").collect()
}

fn clients(runs: &[Run]) -> Table {
    let mut table = plain_table(&[
        "run",
        "client",
        "requests",
        "failed",
        "duration",
        "waited in client p50",
        "p99",
    ]);
    for run in runs {
        let answered = (!run.requests.is_empty()).then_some(run.requests.len());
        let wait = ClientWait::of(run);
        table.add_row([
            Cell::new(&run.name),
            right(run.client.to_owned()),
            right(or_dash(answered.map(|number| number.to_string()))),
            right(run.failed().to_string()),
            right(or_dash(answered.map(|_| latency(run.duration_ns() as f64)))),
            right(or_dash(wait.map(|wait| latency(wait.median_ns)))),
            right(or_dash(wait.map(|wait| latency(wait.p99_ns)))),
        ]);
    }
    table
}

/// The metrics of the only run.
fn one(run: &Run) -> Table {
    let mut table = plain_table(&["metric", &run.name, "95 % interval"]);
    for figure in figures(run) {
        let metric = figure.metric;
        table.add_row([
            Cell::new(metric),
            right(value(metric, figure.value)),
            right(ends(figure.interval(), |end| value(metric, end))),
        ]);
    }
    table
}

fn compared(base: &Run, other: &Run) -> String {
    let found = Comparison::of(base, other);
    let header = ["metric", &base.name, "95 %", &other.name, "95 %", "ratio", "95 %", "gain"];
    let mut table = plain_table(&header);
    found.rows.iter().for_each(|row| _ = table.add_row(fields(row)));
    let mut text = String::new();
    for difference in &found.differences {
        let _ = writeln!(text, "Not alike: {difference}");
    }
    let _ = writeln!(text, "{table}");
    if let Some(verdict) = found.verdict {
        let _ =
            writeln!(text, "Verdict on TTFT p50: {}.", verdict.sentence(&base.name, &other.name));
    }
    text
}

fn fields(row: &Row) -> [Cell; 8] {
    let metric = row.before.metric;
    let show = |end| value(metric, end);
    [
        Cell::new(metric),
        right(show(row.before.value)),
        right(ends(row.before.interval(), show)),
        right(show(row.after.value)),
        right(ends(row.after.interval(), show)),
        right(format!("{:.2}", row.after.value / row.before.value)),
        right(ends(row.ratio, |end| format!("{end:.2}"))),
        right(format!("{:+.1} %", 100.0 * row.gain())),
    ]
}

/// Where the time to first token went.
fn transfers(joined: &[(&Run, Joined)]) -> String {
    let mut table = plain_table(&[
        "run",
        "in log",
        "TTFT",
        "queue",
        "prefill",
        "transfer",
        "first decode",
        "outside",
        "transfer is",
        "95 %",
        "of one request p10",
        "p50",
        "p90",
    ]);
    for (run, found) in joined {
        let times = [
            found.ttft_ns,
            found.queue_ns,
            found.prefill_ns,
            found.transfer_ns,
            found.first_decode_ns,
            found.outside_ns,
        ];
        let counted = [Cell::new(&run.name), right(found.requests.to_string())];
        let shares = found.share_quantiles.map(|share| right(percent(share)));
        let whole = right(percent(found.transfer_ns / found.ttft_ns));
        let row = counted.into_iter().chain(times.map(|ns| right(signed_latency(ns))));
        table.add_row(row.chain([whole, right(ends(found.share, percent))]).chain(shares));
    }
    let title = "Where the time to first token went, by the log of kvbench serve (means; prefill and decode modelled, \
                 transfers real)";
    let mut text = format!("{title}\n{table}\n");
    for (run, found) in joined {
        let (here, all) = (found.requests, run.requests.len());
        if here < all {
            let _ =
                writeln!(text, "Note: of {}, {here} of {all} requests are in the log.", run.name);
        }
        let name = run.name.to_uppercase();
        if ["UCX", "LIBFABRIC"].contains(&name.as_str()) && !found.backends.contains(&name) {
            let backends: Vec<_> = found.backends.iter().map(String::as_str).collect();
            let _ = writeln!(
                text,
                "Warning: the run named {} moved its blocks over {}, says the log.",
                run.name,
                backends.join(" and ")
            );
        }
    }
    if joined.iter().any(|(_, found)| found.emulated) {
        let _ = writeln!(text, "{EMULATED}");
    }
    text
}

/// Whether the client was in the way.
fn client(run: &Run) -> String {
    let name = &run.name;
    let Some(wait) = ClientWait::of(run) else {
        return format!(
            "Client: whether it was the bottleneck of {name} cannot be told from its export."
        );
    };
    let share = percent(wait.share);
    match wait.is_bottleneck() {
        true => format!(
            "Client: it was a bottleneck of {name}: requests waited in it for {share} of their TTFT before they \
             were sent, which no latency here holds; try: fewer at once, or more of its workers and processors"
        ),
        false => format!(
            "Client: not the bottleneck of {name}: requests waited in it for {share} of their TTFT."
        ),
    }
}

fn value(metric: KeyMetric, value: f64) -> String {
    match metric {
        KeyMetric::TokenRate => format!("{} tok/s", digits(value)),
        KeyMetric::RequestRate => format!("{} req/s", digits(value)),
        _ => latency(value),
    }
}

fn ends(interval: Option<Interval>, show: impl Fn(f64) -> String) -> String {
    interval.map_or_else(
        || "too few requests".to_owned(),
        |it| format!("{} to {}", show(it.low), show(it.high)),
    )
}

/// What lies outside of the log may be negative.
fn signed_latency(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "" };
    format!("{sign}{}", latency(ns.abs()))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
