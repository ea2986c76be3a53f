//! The table on the terminal: a row per variant, the ratio, and what needs saying.

use std::fmt::Write;

use comfy_table::{Cell as Field, CellAlignment, ContentArrangement, Table, presets};

use super::{bandwidth, bytes, latency};
use crate::record::{Body, Cell, Record};
use crate::variant::{Path, SettingStatus};

/// What a run has found, for a terminal.
pub fn table(records: &[Record]) -> String {
    let cells: Vec<&Cell> = records.iter().filter_map(measured).collect();
    let mut text = String::new();
    if let Some(first) = cells.first() {
        let _ = writeln!(text, "{}\n\n{}\n", heading(first), rows(&cells));
        let _ = writeln!(text, "{}\n", setup(&cells));
    }
    for line in sentences(&cells).into_iter().chain(failures(records)).chain(notes(&cells)) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn measured(record: &Record) -> Option<&Cell> {
    match &record.body {
        Body::Cell(cell) => Some(cell),
        Body::Failure(_) => None,
    }
}

fn heading(cell: &Cell) -> String {
    let work = &cell.workload;
    let what = match &work.model {
        Some(model) => format!("{} of one prompt's KV cache, {model}", work.op),
        None => work.op.to_string(),
    };
    let tp = if work.tp == [1, 1] {
        String::new()
    } else {
        format!(", TP {} → {}", work.tp[0], work.tp[1])
    };
    let environment = &cell.environment;
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "?".to_owned());
    format!(
        "{what}: {} × {} = {}{tp}\nNIXL {} ({}), UCX {}, libfabric {} on {}",
        work.blocks,
        bytes(work.block_bytes),
        bytes(work.bytes),
        version(&environment.nixl),
        environment.nixl_origin,
        version(&environment.ucx),
        version(&environment.libfabric),
        environment.host,
    )
}

fn rows(cells: &[&Cell]) -> Table {
    let mut table = plain_table(&[
        "variant",
        "carried by",
        "completed p50",
        "delivered p50",
        "p99",
        "p99.9",
        "bandwidth",
        "ratio",
        "requests",
        "data",
    ]);
    for cell in cells {
        let (completed, delivered) = (&cell.latency_ns.completed, &cell.latency_ns.delivered);
        let starred = |value: u64, is_max: bool| {
            format!("{}{}", latency(value as f64), if is_max { "*" } else { "" })
        };
        table.add_row([
            Field::new(cell.variant.label()),
            Field::new(carrier(cell)),
            right(latency(completed.p50 as f64)),
            right(latency(delivered.p50 as f64)),
            right(starred(delivered.p99, delivered.p99_is_max())),
            right(starred(delivered.p999, delivered.p999_is_max())),
            right(bandwidth(cell.bandwidth_bytes_per_s.value)),
            right(ratio(cell, cells[0])),
            right(delivered.count.to_string()),
            Field::new(if cell.verified { "verified" } else { "not checked" }),
        ]);
    }
    table
}

pub(super) fn carrier(cell: &Cell) -> String {
    let seen = &cell.observed;
    match seen.path {
        Path::Unproved => "unproved".to_owned(),
        Path::SharedMemory => "shared memory".to_owned(),
        Path::Nic => {
            let used = seen.nic_bytes.keys().cloned().collect::<Vec<_>>();
            let on_nics =
                |name: &&String| used.iter().any(|nic| name.ends_with(&format!("/{nic}")));
            let names: Vec<_> = seen.transports.iter().filter(on_nics).cloned().collect();
            if names.is_empty() { used.join(" ") } else { names.join(" ") }
        }
    }
}

/// The median delivered latency against the first variant's.
fn ratio(cell: &Cell, base: &Cell) -> String {
    let (own, base) = (cell.latency_ns.delivered.p50, base.latency_ns.delivered.p50);
    if base == 0 { "–".to_owned() } else { format!("{:.2}", own as f64 / base as f64) }
}

fn setup(cells: &[&Cell]) -> Table {
    let mut table = plain_table(&[
        "set-up",
        "load",
        "agent",
        "backend",
        "register",
        "metadata",
        "first transfer",
        "memory",
        "fds",
        "threads",
        "CPU s/GB",
    ]);
    for cell in cells {
        let times = &cell.setup_ns;
        let mut row = vec![Field::new(cell.variant.label())];
        let steps = [
            times.load,
            times.agent,
            times.backend,
            times.register,
            times.metadata,
            times.first_transfer,
        ];
        row.extend(steps.map(|ns| right(latency(ns as f64))));
        let initiator = &cell.resources.initiator;
        row.push(right(bytes(initiator.rss_bytes)));
        row.push(right(initiator.fds.to_string()));
        row.push(right(initiator.threads.to_string()));
        row.push(right(format!("{:.2}", cell.resources.cpu_s_per_gb)));
        table.add_row(row);
    }
    table
}

pub(super) fn sentences(cells: &[&Cell]) -> Vec<String> {
    let Some(base) = cells.first().map(|cell| cell.variant.label()) else { return Vec::new() };
    let mut lines = Vec::new();
    for cell in cells {
        if let Some(comparison) = &cell.comparison {
            let other = cell.variant.label();
            lines.push(format!("Verdict: {}.", comparison.verdict.sentence(&base, &other)));
        }
    }
    lines
}

fn failures(records: &[Record]) -> Vec<String> {
    let failed = records.iter().filter_map(|record| match &record.body {
        Body::Failure(failure) => Some(format!("Failed: {}", failure.error)),
        Body::Cell(_) => None,
    });
    failed.collect()
}

/// What a reader could take wrongly if it were not said.
fn notes(cells: &[&Cell]) -> Vec<String> {
    let mut lines = Vec::new();
    for cell in cells {
        let label = cell.variant.label();
        match cell.observed.path {
            Path::Nic => {}
            Path::SharedMemory => lines.push(format!(
                "Note: {label} crossed no NIC ({}). To measure a network path, give --ucx-tls tcp.",
                cell.observed.path_evidence
            )),
            Path::Unproved => lines.push(format!(
                "Note: what carried the bytes of {label} is not proved: {}.",
                cell.observed.path_evidence
            )),
        }
        for (name, setting) in &cell.observed.settings {
            if setting.status == SettingStatus::Ignored {
                lines.push(format!("Note: {label}: {name} was ignored: {}.", setting.evidence));
            }
        }
        if !cell.warm_up.steady {
            lines.push(format!("Note: {label} was not steady after its warm-up."));
        }
    }
    if cells.iter().any(|cell| cell.latency_ns.delivered.p999_is_max()) {
        lines.push("* too few requests for this percentile: it is the maximum.".to_owned());
    }
    lines
}

pub(super) fn plain_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().enumerate().map(|(column, title)| {
        let field = Field::new(title);
        if column == 0 { field } else { field.set_alignment(CellAlignment::Right) }
    }));
    table
}

pub(super) fn right(text: String) -> Field {
    Field::new(text).set_alignment(CellAlignment::Right)
}
