//! A plan on the terminal: its cells before a run, and its table after.

use std::fmt::Write;

use comfy_table::Cell as Field;

use super::ceilings::{self, shares};
use super::figures::carrier;
use super::measured::{Measured, tell_apart};
use super::notes::sentences;
use super::table::{plain_table, right};
use super::{bandwidth, bytes, latency};
use crate::error::Result;
use crate::plan::{Group, PlanCell};
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
        let plan = group.workload.traffic.plan()?;
        let work = WorkloadRecord::new(&plan, &group.workload);
        for (index, (cell, variant)) in group.cells.iter().enumerate() {
            let together = if index == 0 { " " } else { "|" };
            let build = format!("{:?}", cell.spec.nixl.unwrap_or_default()).to_lowercase();
            table.add_row([
                Field::new(together),
                Field::new(&cell.id),
                Field::new(variant.label()),
                Field::new(build),
                Field::new(work.model.as_deref().unwrap_or("–")),
                Field::new(work.op),
                right(tp(&work)),
                right(work.blocks.to_string()),
                right(bytes(work.block_bytes)),
                right(bytes(work.bytes)),
            ]);
        }
    }
    let cells: usize = groups.iter().map(|group| group.cells.len()).sum();
    Ok(format!("{name}: {cells} cells\n\n{table}\n"))
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
    for group in groups {
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
                    table.add_row(empty_row(cell, variant, "failed"));
                    failures.push(format!("Failed: {}: {}", cell.id, failure.error));
                }
                None => {
                    table.add_row(empty_row(cell, variant, "not run"));
                }
            }
        }
        let mut cells: Vec<_> = latest.iter().filter_map(|record| Measured::of(record)).collect();
        tell_apart(&mut cells);
        verdicts.extend(sentences(&cells));
        verdicts.extend(ceilings::sentences(&cells));
    }
    let _ = writeln!(text, "{table}\n");
    for line in verdicts.into_iter().chain(failures) {
        let _ = writeln!(text, "{line}");
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
        Field::new(measured.variant.label()),
        Field::new(&measured.environment.nixl_origin),
        Field::new(carrier(measured)),
        right(latency(delivered.p50 as f64)),
        right(latency(delivered.p99 as f64)),
        right(bandwidth(measured.bandwidth_bytes_per_s.value)),
        Field::new(if measured.verified { "verified" } else { "not checked" }),
        Field::new(cell.title.as_deref().unwrap_or("–")),
    ]
}

fn empty_row(cell: &PlanCell, variant: &Variant, why: &str) -> Vec<Field> {
    let model = cell.spec.model.as_deref().unwrap_or("–");
    let tp = cell.spec.tp.map_or("1".to_owned(), |word| word.0.to_string());
    let mut row = vec![Field::new(&cell.id), Field::new(model), right(tp)];
    row.extend([Field::new(variant.label()), Field::new("–"), Field::new(why)]);
    row.extend((0..4).map(|_| right("–".to_owned())));
    row.push(Field::new(cell.title.as_deref().unwrap_or("–")));
    row
}

fn tp(work: &WorkloadRecord) -> String {
    let [prefill, decode] = work.tp;
    if prefill == decode { prefill.to_string() } else { format!("{prefill}:{decode}") }
}
