//! What was measured, as figures for people: results, set-up and resources.

use super::grid::{Column, Field, Grid};
use super::group::Group;
use super::measured::Measured;
use super::{bandwidth, bytes, latency};
use crate::record::Cell;
use crate::variant::{Observed, Path};
use crate::worker::WorkerUsage;

/// Latencies, bandwidth, and the ratio to the base.
pub(super) fn results(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("carried by"),
        Column::Figure("completed p50"),
        Column::Figure("delivered p50"),
        Column::Figure("p99"),
        Column::Figure("p99.9"),
        Column::Figure("bandwidth"),
        Column::Figure("ratio"),
        Column::Figure("requests"),
        Column::Text("data"),
    ];
    let row = |cell: &Measured<'_>| {
        let (completed, delivered) = (&cell.latency_ns.completed, &cell.latency_ns.delivered);
        let starred = |value: u64, is_max: bool| {
            format!("{}{}", latency(value as f64), if is_max { "*" } else { "" })
        };
        let fields: [String; 10] = [
            cell.name.clone(),
            carrier(&cell.observed),
            latency(completed.p50 as f64),
            latency(delivered.p50 as f64),
            starred(delivered.p99, delivered.p99_is_max()),
            starred(delivered.p999, delivered.p999_is_max()),
            bandwidth(cell.bandwidth_bytes_per_s.value),
            ratio(cell, &group.cells[0]),
            delivered.count.to_string(),
            if cell.verified { "verified" } else { "not checked" }.to_owned(),
        ];
        fields.map(Field::from).into()
    };
    Grid { columns, rows: group.cells.iter().map(row).collect() }
}

/// The most NICs that a table names one by one.
const MOST_NAMES: usize = 2;

/// `efa on 8 NICs`.
fn several(names: &[&str]) -> String {
    let mut kinds: Vec<_> =
        names.iter().filter_map(|name| name.split_once('/')).map(|(kind, _)| kind).collect();
    kinds.dedup();
    let kinds = kinds.join(", ");
    let on = if kinds.is_empty() { String::new() } else { format!("{kinds} on ") };
    format!("{on}{} NICs", names.len())
}

/// The transports that carried the payload, as `transport/device` where that is known and they are few.
pub(super) fn carrier(seen: &Observed) -> String {
    match seen.path {
        Path::Unproved => "unproved".to_owned(),
        Path::SharedMemory => "shared memory".to_owned(),
        Path::Nic => {
            let carrying = seen.carrying();
            let names = if carrying.is_empty() { seen.carriers() } else { carrying };
            if names.len() > MOST_NAMES { several(&names) } else { names.join(" ") }
        }
    }
}

/// The median delivered latency against the base's.
fn ratio(cell: &Cell, base: &Cell) -> String {
    let (own, base) = (cell.latency_ns.delivered.p50, base.latency_ns.delivered.p50);
    if base == 0 { "–".to_owned() } else { format!("{:.2}", own as f64 / base as f64) }
}

/// A step of the set-up, and how long it took.
pub(super) fn setup_steps(cell: &Cell) -> [(&'static str, u64); 6] {
    let times = &cell.setup_ns;
    [
        ("load", times.load),
        ("agent", times.agent),
        ("backend", times.backend),
        ("register", times.register),
        ("metadata", times.metadata),
        ("first transfer", times.first_transfer),
    ]
}

/// What it took before the first request was delivered, and what an initiator uses.
pub(super) fn setup(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("set-up"),
        Column::Figure("load"),
        Column::Figure("agent"),
        Column::Figure("backend"),
        Column::Figure("register"),
        Column::Figure("metadata"),
        Column::Figure("first transfer"),
        Column::Figure("memory"),
        Column::Figure("fds"),
        Column::Figure("threads"),
        Column::Figure("CPU s/GB"),
    ];
    let row = |cell: &Measured<'_>| {
        let initiator = &cell.resources.initiator;
        let times = setup_steps(cell).map(|(_, ns)| latency(ns as f64));
        let used = [
            bytes(initiator.rss_bytes),
            initiator.fds.to_string(),
            initiator.threads.to_string(),
            format!("{:.2}", cell.resources.cpu_s_per_gb),
        ];
        let fields = [cell.name.clone()].into_iter().chain(times).chain(used);
        fields.map(Field::from).collect()
    };
    Grid { columns, rows: group.cells.iter().map(row).collect() }
}

/// What the workers of both sides use.
pub(super) fn resources(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("side"),
        Column::Figure("memory"),
        Column::Figure("huge pages"),
        Column::Figure("locked memory"),
        Column::Figure("CPU time"),
        Column::Figure("fds"),
        Column::Figure("threads"),
        Column::Text("processors"),
    ];
    let row = |cell: &Measured<'_>, side: &str, usage: &WorkerUsage| {
        let fields: [String; 9] = [
            cell.name.clone(),
            side.to_owned(),
            bytes(usage.rss_bytes),
            bytes(usage.huge_bytes),
            bytes(usage.locked_bytes),
            format!("{:.2} s", usage.cpu_s),
            usage.fds.to_string(),
            usage.threads.to_string(),
            if cell.pinned { "each its own" } else { "as the kernel chose" }.to_owned(),
        ];
        fields.map(Field::from).into()
    };
    let sides = |cell: &Measured<'_>| {
        let resources = &cell.resources;
        [row(cell, "initiator", &resources.initiator), row(cell, "target", &resources.target)]
    };
    Grid { columns, rows: group.cells.iter().flat_map(sides).collect() }
}
