//! The tables of runs of clients.

use super::curves::curves;
use crate::import::{ClientWait, Comparison, Figure, Joined, KeyMetric, Row, Run, figures};
use crate::report::grid::{Column, Field, Grid};
use crate::report::latency;
use crate::report::units::digits;
use crate::stats::Interval;

/// Who measured what, and how the client fared.
pub(in crate::report) fn clients(runs: &[Run]) -> Grid {
    let columns = vec![
        Column::Text("run"),
        Column::Text("client"),
        Column::Figure("concurrency"),
        Column::Figure("requests"),
        Column::Figure("failed"),
        Column::Figure("duration"),
        Column::Figure("waited in client p50"),
        Column::Figure("p99"),
    ];
    let row = |run: &Run| {
        let answered = (!run.requests.is_empty()).then_some(run.requests.len());
        let wait = ClientWait::of(run);
        let fields: [String; 8] = [
            run.name.clone(),
            run.client.to_owned(),
            or_dash(run.concurrency.map(|number| number.to_string())),
            or_dash(answered.map(|number| number.to_string())),
            run.failed().to_string(),
            or_dash(answered.map(|_| latency(run.duration_ns() as f64))),
            or_dash(wait.map(|wait| latency(wait.median_ns))),
            or_dash(wait.map(|wait| latency(wait.p99_ns))),
        ];
        fields.map(Field::from).into()
    };
    Grid { columns, rows: runs.iter().map(row).collect() }
}

/// The metrics of a run that is compared with none.
pub(in crate::report) fn one(run: &Run) -> Grid {
    let columns = vec![
        Column::Text("metric"),
        Column::Named(run.name.clone()),
        Column::Figure("95 % interval"),
    ];
    let row = |figure: Figure| {
        let metric = figure.metric;
        let interval = ends(figure.interval(), |end| value(metric, end));
        [metric.to_string(), value(metric, figure.value), interval].map(Field::from).into()
    };
    Grid { columns, rows: figures(run).into_iter().map(row).collect() }
}

/// The metrics of two runs: before, after, gain.
pub(in crate::report) fn compared(base: &Run, other: &Run) -> Grid {
    let columns = vec![
        Column::Text("metric"),
        Column::Named(base.name.clone()),
        Column::Figure("95 %"),
        Column::Named(other.name.clone()),
        Column::Figure("95 %"),
        Column::Figure("ratio"),
        Column::Figure("95 %"),
        Column::Figure("gain"),
    ];
    let row = |row: &Row| {
        let metric = row.before.metric;
        let show = |end| value(metric, end);
        let fields: [String; 8] = [
            metric.to_string(),
            show(row.before.value),
            ends(row.before.interval(), show),
            show(row.after.value),
            ends(row.after.interval(), show),
            format!("{:.2}", row.after.value / row.before.value),
            ends(row.ratio, |end| format!("{end:.2}")),
            format!("{:+.1} %", 100.0 * row.gain()),
        ];
        fields.map(Field::from).into()
    };
    Grid { columns, rows: Comparison::of(base, other).rows.iter().map(row).collect() }
}

/// Where the time to first token went.
pub(in crate::report) fn transfers(joined: &[(&Run, Joined)]) -> Grid {
    let columns = vec![
        Column::Text("run"),
        Column::Figure("in log"),
        Column::Figure("TTFT"),
        Column::Figure("queue"),
        Column::Figure("prefill"),
        Column::Figure("transfer"),
        Column::Figure("first decode"),
        Column::Figure("outside"),
        Column::Figure("transfer is"),
        Column::Figure("95 %"),
        Column::Figure("of one request p10"),
        Column::Figure("p50"),
        Column::Figure("p90"),
    ];
    let row = |(run, found): &(&Run, Joined)| {
        let times = [
            found.ttft_ns,
            found.queue_ns,
            found.prefill_ns,
            found.transfer_ns,
            found.first_decode_ns,
            found.outside_ns,
        ];
        let counted = [run.name.clone(), found.requests.to_string()];
        let whole = percent(found.transfer_ns / found.ttft_ns);
        let shares = found.share_quantiles.map(percent);
        let fields = counted.into_iter().chain(times.map(signed_latency));
        let fields = fields.chain([whole, ends(found.share, percent)]).chain(shares);
        fields.map(Field::from).collect()
    };
    Grid { columns, rows: joined.iter().map(row).collect() }
}

/// Time to first token by concurrency.
pub(in crate::report) fn sweep(runs: &[Run]) -> Grid {
    let columns = vec![
        Column::Text("run"),
        Column::Figure("concurrency"),
        Column::Figure("TTFT p50"),
        Column::Figure("95 %"),
        Column::Figure("output throughput"),
        Column::Figure("95 %"),
    ];
    let curves = curves(runs);
    let points = curves.iter().flat_map(|curve| curve.points.iter().map(move |one| (curve, one)));
    let rows = points.map(|(curve, point)| {
        let shown = |figure: Option<&Figure>| match figure {
            Some(figure) => [
                value(figure.metric, figure.value),
                ends(figure.interval(), |end| value(figure.metric, end)),
            ],
            None => ["–", "–"].map(str::to_owned),
        };
        let counted = [curve.name.to_owned(), point.concurrency.to_string()];
        let figures = [shown(Some(&point.ttft)), shown(point.tokens.as_ref())];
        counted.into_iter().chain(figures.into_iter().flatten()).map(Field::from).collect()
    });
    Grid { columns, rows: rows.collect() }
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

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
