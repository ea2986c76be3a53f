//! A plan on the terminal: its cells before a run, and its table after.

use std::fmt::Write;

use comfy_table::Cell as Field;

use super::ceilings::{self, shares};
use super::experiment::experiments;
use super::figures::carrier;
use super::measured::{Measured, tell_apart};
use super::notes::{EMULATED, sentences};
use super::sweep::sweeps;
use super::table::{of_experiment, of_sweep, plain_table, right};
use super::{bandwidth, bytes, latency};
use crate::error::Result;
use crate::plan::{Group, PlanCell, Work};
use crate::record::{Body, Cell, Record, WorkloadRecord};
use crate::variant::Variant;

/// The cells of a plan and what each moves; `|` marks those that are measured in turns.
///
/// # Errors
/// A workload makes no sense.
pub fn dry_run(name: &str, groups: &[Group]) -> Result<String> {
    let header = ["", "cell", "variant", "NIXL", "model", "op", "TP", "blocks", "block", "request"];
    let mut table = plain_table(&header);
    for group in groups {
        let asked = asked(group)?;
        for (index, (cell, variant)) in group.cells.iter().enumerate() {
            let together = if index == 0 { " " } else { "|" };
            let build = format!("{:?}", cell.spec.nixl.unwrap_or_default()).to_lowercase();
            let own = [together.to_owned(), cell.id.clone(), label(group, variant), build];
            table.add_row(own.iter().map(Field::new).chain(asked.clone()));
        }
    }
    let cells: usize = groups.iter().map(|group| group.cells.len()).sum();
    Ok(format!("{name}: {cells} cells\n\n{table}\n"))
}

/// What each cell of a group moves, or registers, from the model on.
fn asked(group: &Group) -> Result<Vec<Field>> {
    let workload = match &group.work {
        Work::Run { workload, .. } => workload,
        Work::Load(loading) => &loading.workload,
        Work::Enumerate { memory_bytes, .. } => {
            let none = || right("–".to_owned());
            let (what, registered) = (Field::new("enumerate"), right(bytes(*memory_bytes)));
            return Ok(vec![Field::new("–"), what, none(), none(), none(), registered]);
        }
    };
    let work = WorkloadRecord::new(&workload.traffic.plan()?, workload);
    let figures = [tp(&work), work.blocks.to_string(), bytes(work.block_bytes), bytes(work.bytes)];
    let words = [work.model.as_deref().unwrap_or("–"), &work.op.to_string()].map(Field::new);
    Ok(words.into_iter().chain(figures.map(right)).collect())
}

/// A variant's label; what is emulated is said to be.
fn label(group: &Group, variant: &Variant) -> String {
    let emulated = if group.emulation.is_some() { " (emulated)" } else { "" };
    format!("{}{emulated}", variant.label())
}

/// The plan's rows, filled from the records that there are.
pub fn plan_table(name: &str, groups: &[Group], records: &[Record]) -> String {
    let bounded = groups.iter().any(|group| has_ceilings(group, records));
    let mut header = vec![
        "cell",
        "model",
        "TP",
        "variant",
        "NIXL",
        "carried by",
        "delivered p50",
        "p99",
        "bandwidth",
        "data",
        "expected",
    ];
    if bounded {
        header.extend(["of raw transport", "of memcpy"]);
    }
    let mut table = plain_table(&header);
    let mut text = format!("{name}\n\n");
    let (mut verdicts, mut failures) = (Vec::new(), Vec::new());
    let is_run = |group: &&Group| matches!(group.work, Work::Run { .. });
    for group in groups.iter().filter(is_run) {
        let latest: Vec<&Record> =
            group.cells.iter().filter_map(|(cell, _)| latest(records, &cell.id)).collect();
        for (cell, variant) in &group.cells {
            let record = latest.iter().find(|record| record.cell == cell.id);
            match record.map(|record| &record.body) {
                Some(Body::Cell(measured)) => {
                    let mut row = row(cell, measured);
                    if bounded {
                        row.extend(shares(measured).map(right));
                    }
                    table.add_row(row);
                }
                Some(Body::Failure(failure)) => {
                    table.add_row(empty_row(cell, label(group, variant), "failed"));
                    failures.push(format!("Failed: {}: {}", cell.id, failure.error));
                }
                Some(Body::Enumeration(_) | Body::Load(_)) | None => {
                    table.add_row(empty_row(cell, label(group, variant), "not run"));
                }
            }
        }
        let mut cells: Vec<_> = latest.iter().filter_map(|record| Measured::of(record)).collect();
        tell_apart(&mut cells);
        verdicts.extend(sentences(&cells));
        verdicts.extend(ceilings::sentences(&cells));
    }
    if groups.iter().any(|group| is_run(&group)) {
        let _ = writeln!(text, "{table}\n");
    }
    let emulated = groups.iter().filter(is_run).any(|group| group.emulation.is_some());
    let emulated = emulated.then(|| EMULATED.to_owned());
    for line in verdicts.into_iter().chain(failures).chain(emulated) {
        let _ = writeln!(text, "{line}");
    }
    for group in groups.iter().filter(|group| matches!(group.work, Work::Enumerate { .. })) {
        text += &prices(group, records);
    }
    text + &loads(groups, records)
}

/// The points of loads as far as there are records, those that failed, and those that there are none of.
fn loads(groups: &[Group], records: &[Record]) -> String {
    let of_load = groups.iter().filter(|group| matches!(group.work, Work::Load(_)));
    let ids: Vec<_> =
        of_load.flat_map(|group| &group.cells).map(|(cell, _)| cell.id.as_str()).collect();
    let latest: Vec<Record> = ids.iter().filter_map(|id| latest(records, id)).cloned().collect();
    let texts: Vec<_> = experiments(&latest).iter().map(of_experiment).collect();
    let mut text = texts.join("\n");
    for record in &latest {
        if let Body::Failure(failure) = &record.body {
            let _ = writeln!(text, "Failed: {}: {}", record.cell, failure.error);
        }
    }
    let missing: Vec<_> =
        ids.into_iter().filter(|id| latest.iter().all(|one| one.cell != *id)).collect();
    if !missing.is_empty() {
        let _ = writeln!(text, "Not run: {}", missing.join(", "));
    }
    text
}

/// The points of a group as far as there are records, and those that there are none of.
fn prices(group: &Group, records: &[Record]) -> String {
    let ids = || group.cells.iter().map(|(cell, _)| cell.id.as_str());
    let latest: Vec<Record> = ids().filter_map(|id| latest(records, id)).cloned().collect();
    let sweeps: Vec<_> = sweeps(&latest).iter().map(of_sweep).collect();
    let mut text = sweeps.join("\n");
    let missing: Vec<_> = ids().filter(|id| latest.iter().all(|one| one.cell != *id)).collect();
    if !missing.is_empty() {
        let _ = writeln!(text, "Not run: {}", missing.join(", "));
    }
    text
}

/// Whether a cell of the group was measured by a ceiling.
fn has_ceilings(group: &Group, records: &[Record]) -> bool {
    let latest = group.cells.iter().filter_map(|(cell, _)| latest(records, &cell.id));
    latest.filter_map(Record::measured).any(|cell| !cell.ceilings.is_empty())
}

/// The last record of a cell: a cell that failed may have been run again.
fn latest<'r>(records: &'r [Record], id: &str) -> Option<&'r Record> {
    records.iter().rfind(|record| record.cell == id)
}

fn row(cell: &PlanCell, measured: &Cell) -> Vec<Field> {
    let delivered = &measured.latency_ns.delivered;
    let work = &measured.workload;
    vec![
        Field::new(&cell.id),
        Field::new(work.model.as_deref().unwrap_or("–")),
        right(tp(work)),
        Field::new(name(measured)),
        Field::new(&measured.environment.nixl_origin),
        Field::new(carrier(&measured.observed)),
        right(latency(delivered.p50 as f64)),
        right(latency(delivered.p99 as f64)),
        right(bandwidth(measured.bandwidth_bytes_per_s.value)),
        Field::new(if measured.verified { "verified" } else { "not checked" }),
        Field::new(cell.title.as_deref().unwrap_or("–")),
    ]
}

/// Its variant's label; what was emulated is said to be.
fn name(measured: &Cell) -> String {
    let emulated = if measured.emulated { " (emulated)" } else { "" };
    format!("{}{emulated}", measured.variant.label())
}

fn empty_row(cell: &PlanCell, label: String, why: &str) -> Vec<Field> {
    let model = cell.spec.model.as_deref().unwrap_or("–");
    let tp = cell.spec.tp.map_or("1".to_owned(), |word| word.0.to_string());
    let mut row = vec![Field::new(&cell.id), Field::new(model), right(tp)];
    row.extend([Field::new(label), Field::new("–"), Field::new(why)]);
    row.extend((0..4).map(|_| right("–".to_owned())));
    row.push(Field::new(cell.title.as_deref().unwrap_or("–")));
    row
}

fn tp(work: &WorkloadRecord) -> String {
    let [prefill, decode] = work.tp;
    if prefill == decode { prefill.to_string() } else { format!("{prefill}:{decode}") }
}
