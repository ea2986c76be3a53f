//! `compare` on the terminal: before, after and gain.

use std::fmt::Write;

use super::table::{plain_table, right};
use super::{bandwidth, latency};
use crate::compare::{Comparison, Figure, Gate, Row};
use crate::stats::Metric;

/// What a comparison has found, for a terminal.
pub fn comparison(found: &Comparison, gate: Gate) -> String {
    let mut text = String::new();
    for difference in &found.differences {
        let _ = writeln!(text, "Changed: {difference}");
    }
    for row in &found.rows {
        let _ = writeln!(text, "\n{}\n{}", row.cell, figures(row));
        let _ = writeln!(text, "{}", outcome(row, gate));
    }
    let _ = writeln!(text);
    for name in &found.unmatched {
        let _ = writeln!(text, "Not compared, {name}");
    }
    text
}

fn figures(row: &Row) -> comfy_table::Table {
    let mut table = plain_table(&["metric", "before", "after", "gain", "95 % interval"]);
    for figure in &row.figures {
        let show = |value| match figure.metric {
            Metric::Bandwidth => bandwidth(value),
            _ => latency(value),
        };
        table.add_row([
            comfy_table::Cell::new(metric(figure.metric)),
            right(show(figure.before)),
            right(show(figure.after)),
            right(format!("{:+.1} %", 100.0 * figure.gain())),
            right(interval(figure)),
        ]);
    }
    table
}

fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Median => "delivered p50",
        Metric::P99 => "delivered p99",
        Metric::Mean => "delivered mean",
        Metric::Bandwidth => "bandwidth",
    }
}

/// The interval of the gain.
fn interval(figure: &Figure) -> String {
    let Some(ratio) = &figure.ratio else { return "too few slices".to_owned() };
    let sign = if figure.metric == Metric::Bandwidth { 1.0 } else { -1.0 };
    let ends = [ratio.low, ratio.high].map(|end| 100.0 * sign * (end - 1.0));
    format!("{:+.1} to {:+.1} %", ends[0].min(ends[1]), ends[0].max(ends[1]))
}

fn outcome(row: &Row, gate: Gate) -> String {
    let verdict = row.verdict.sentence("before", "after");
    match (row.failed, gate.fail_if_slower) {
        (true, Some(limit)) => {
            format!("FAILED: {verdict}; the gate allows {:.1} %.", 100.0 * limit)
        }
        _ => format!("Verdict: {verdict}."),
    }
}
