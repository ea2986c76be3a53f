//! The price of enumeration as figures for people, and what needs saying about them.

use super::grid::{Column, Field, Grid, Tone};
use super::sweep::{Sweep, of_workshop, setting};
use super::{bytes, latency};
use crate::price::{Price, Spread};
use crate::record::Enumeration;

/// A row per point: medians over its processes.
pub(super) fn prices(sweep: &Sweep<'_>) -> Grid {
    let columns = vec![
        Column::Text("setting"),
        Column::Figure("NICs"),
        Column::Figure("rails"),
        Column::Figure("creation"),
        Column::Figure("range"),
        Column::Figure("register"),
        Column::Figure("memory"),
        Column::Figure("added"),
        Column::Figure("node"),
        Column::Figure("of 128 GiB"),
        Column::Figure("fds"),
        Column::Figure("added"),
        Column::Figure("threads"),
        Column::Figure("locked"),
        Column::Figure("registered"),
    ];
    let row = |point: &&Enumeration| {
        let mut row: Vec<Field> = vec![setting(point).into(), point.nics.to_string().into()];
        match &point.price {
            Some(price) => row.extend(figures(point, price).map(Field::from)),
            None => {
                row.push(Field { text: "failed".to_owned(), tone: Tone::Bad });
                row.resize_with(columns.len(), || "–".into());
            }
        }
        row
    };
    let rows = sweep.points.iter().map(row).collect();
    Grid { columns, rows }
}

fn figures(point: &Enumeration, price: &Price) -> [String; 13] {
    let (used, added) = (&price.used, &price.added);
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    [
        or_unknown(point.rails_created.map(|rails| rails.to_string())),
        latency(price.backend_ns.median as f64),
        range(&price.backend_ns),
        latency(price.register_ns.median as f64),
        bytes(used.rss_bytes.median),
        bytes(added.rss_bytes.median),
        bytes(price.node_bytes),
        of_workshop(price.node_bytes),
        used.fds.median.to_string(),
        added.fds.median.to_string(),
        used.threads.median.to_string(),
        bytes(used.locked_bytes.median),
        or_unknown(price.registered_bytes.map(|spread| bytes(spread.median))),
    ]
}

fn range(spread: &Spread) -> String {
    format!("{} to {}", latency(spread.low as f64), latency(spread.high as f64))
}

/// How to read the figures.
pub(super) fn notes(sweep: &Sweep<'_>) -> Vec<String> {
    let Some(first) = sweep.points.first() else { return Vec::new() };
    let mut lines = vec![
        "Medians. Memory is resident, and what is registered is not in it; added is what a process \
         uses more than with NIXL loaded and nothing created."
            .to_owned(),
        format!(
            "Node: {} times the memory of a worker, at most, since they share pages. 128 GiB is what \
             the workshop asks for, at least, per worker on a P5.",
            first.workers
        ),
    ];
    if sweep.points.iter().any(|point| point.failure.is_some()) {
        lines.push(
            "Where a limit fails a point, --enumerate rails opens fewer NICs; `kvbench doctor` looks \
             at the limits of this machine."
                .to_owned(),
        );
    }
    for point in &sweep.points {
        let backend = point.variant.backend;
        let line = format!("Registered, {backend}: {}.", point.registered_evidence);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
