//! Ratios with intervals, a verdict per cell, and whether the gate holds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::machine::{Difference, Weight, differences};
use crate::error::{Error, Result};
use crate::record::{Cell, Record};
use crate::stats::{
    DEFAULT_MARGIN, Estimate, Histogram, HistogramError, Interval, MIN_SLICES, Metric, Needs,
    Progress, Series, Slice, Verdict,
};

const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 1;

/// What a comparison shall refuse or fail on.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Gate {
    /// Fail where the median delivered latency is surely higher by more than this share.
    pub fail_if_slower: Option<f64>,
    /// Compare unlike machines all the same.
    pub across_environments: bool,
}

/// Two record files against each other.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// A row per cell that both have.
    pub rows: Vec<Row>,
    /// Cells that only one has.
    pub unmatched: Vec<String>,
    /// In what the environments differ.
    pub differences: Vec<Difference>,
}

/// One cell.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Variant and workload, in words.
    pub cell: String,
    /// Median and p99 of the delivered latency, and bandwidth.
    pub figures: Vec<Figure>,
    /// Of the median.
    pub verdict: Verdict,
    /// Whether the gate fails here.
    pub failed: bool,
}

/// One metric of a cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Figure {
    /// Which.
    pub metric: Metric,
    /// Before: nanoseconds, or bytes per second.
    pub before: f64,
    /// After.
    pub after: f64,
    /// After over before; absent where there are too few slices or samples.
    pub ratio: Option<Interval>,
}

impl Figure {
    /// How much better it is after, as a share of before; negative when it is worse.
    pub fn gain(&self) -> f64 {
        let change = self.after / self.before - 1.0;
        if self.metric == Metric::Bandwidth { change } else { -change }
    }
}

impl Comparison {
    /// Whether the gate failed in some cell.
    pub fn failed(&self) -> bool {
        self.rows.iter().any(|row| row.failed)
    }
}

/// Compares the cells that `before` and `after` share.
///
/// # Errors
/// The machines differ and that is not allowed, no cell is shared, or a histogram is damaged.
pub fn compare(before: &[Record], after: &[Record], gate: Gate) -> Result<Comparison> {
    let (before, after) = (cells(before), cells(after));
    let differences = differences(&before, &after);
    refuse_unlike_machines(&differences, gate)?;
    let (mut rows, mut unmatched, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for cell in &before {
        let name = name(cell);
        if seen.contains(&name) {
            continue;
        }
        let (olds, news) = (same(&before, cell), same(&after, cell));
        if news.is_empty() {
            unmatched.push(format!("only before: {name}"));
        } else {
            rows.push(row(name.clone(), &olds, &news, gate)?);
        }
        seen.push(name);
    }
    for name in after.iter().map(|cell| name(cell)) {
        if !seen.contains(&name) {
            unmatched.push(format!("only after: {name}"));
            seen.push(name);
        }
    }
    if rows.is_empty() {
        let list = unmatched.join("\n  ");
        return Err(Error::Usage(format!("the files share no cell\n  {list}")));
    }
    Ok(Comparison { rows, unmatched, differences })
}

fn refuse_unlike_machines(differences: &[Difference], gate: Gate) -> Result<()> {
    let unlike: Vec<String> = differences
        .iter()
        .filter(|difference| difference.weight == Weight::Machine)
        .map(|difference| format!("\n  {difference}"))
        .collect();
    if unlike.is_empty() || gate.across_environments {
        return Ok(());
    }
    let list = unlike.concat();
    Err(Error::Usage(format!(
        "the records are of unlike environments:{list}\n  try: record both on one machine, or \
         compare with --across-environments"
    )))
}

fn cells(records: &[Record]) -> Vec<&Cell> {
    records.iter().filter_map(Record::measured).collect()
}

fn same<'r>(cells: &[&'r Cell], like: &Cell) -> Vec<&'r Cell> {
    let alike = |cell: &&&Cell| cell.variant == like.variant && cell.workload == like.workload;
    cells.iter().filter(alike).copied().collect()
}

/// Variant and workload in words.
fn name(cell: &Cell) -> String {
    let work = &cell.workload;
    let model = work.model.as_deref().unwrap_or("blocks");
    let (op, blocks, bytes) = (work.op, work.blocks, work.block_bytes);
    let [prefill, decode] = work.tp;
    format!("{} {op} {model} {blocks}×{bytes} B TP {prefill}:{decode}", cell.variant.label())
}

fn row(cell: String, before: &[&Cell], after: &[&Cell], gate: Gate) -> Result<Row> {
    let damaged = |error: HistogramError| Error::Usage(format!("cell {cell}: {error}"));
    let (old, new) = (series(before).map_err(damaged)?, series(after).map_err(damaged)?);
    let metrics = [Metric::Median, Metric::P99, Metric::Bandwidth];
    let figures: Vec<Figure> =
        metrics.into_iter().filter_map(|metric| figure(metric, &old, &new)).collect();
    let ratio = figures.iter().find(|figure| figure.metric == Metric::Median);
    let ratio = ratio.and_then(|figure| figure.ratio);
    let elapsed_ns: u64 =
        before.iter().chain(after).flat_map(|cell| &cell.slices).map(|s| s.elapsed_ns).sum();
    let so_far =
        Progress { pairs: old.len().min(new.len()), elapsed: Duration::from_nanos(elapsed_ns) };
    let verdict = match ratio {
        Some(ratio) => Verdict::of(ratio, Metric::Median, DEFAULT_MARGIN, so_far),
        None => {
            let needs = Needs::to_reach(MIN_SLICES as f64, so_far);
            Verdict::Undecided { ratio, needs }
        }
    };
    let beyond = |limit: f64| ratio.is_some_and(|ratio| ratio.low > 1.0 + limit);
    let failed = gate.fail_if_slower.is_some_and(beyond);
    Ok(Row { cell, figures, verdict, failed })
}

fn figure(metric: Metric, before: &Series, after: &Series) -> Option<Figure> {
    let ratio = || {
        let (old, new) = (Estimate::of(before, metric, SEED)?, Estimate::of(after, metric, SEED)?);
        Some(new.against(&old).interval(CONFIDENCE))
    };
    Some(Figure {
        metric,
        before: before.value(metric)?,
        after: after.value(metric)?,
        ratio: ratio(),
    })
}

/// Requests of a slice, at most; workers end a slice long before.
const MOST_OF_A_SLICE: u64 = 1 << 20;

/// The starts of the processes in all records of a cell; their slices, where those are too few to
/// judge by.
fn series(cells: &[&Cell]) -> std::result::Result<Series, HistogramError> {
    let mut slices = Series::new();
    let mut restarts: BTreeMap<(usize, u32), Slice> = BTreeMap::new();
    for (record, cell) in cells.iter().enumerate() {
        for written in &cell.slices {
            let delivered = Histogram::from_base64(&written.delivered)?;
            if delivered.count() > MOST_OF_A_SLICE {
                return Err(HistogramError::Foreign);
            }
            let slice = Slice {
                latencies_ns: delivered.values().collect(),
                bytes: written.bytes,
                elapsed_ns: written.elapsed_ns,
            };
            restarts.entry((record, written.restart)).or_default().extend(&slice);
            slices.push(slice);
        }
    }
    if restarts.len() < MIN_SLICES {
        return Ok(slices);
    }
    let mut series = Series::of_restarts();
    restarts.into_values().for_each(|restart| series.push(restart));
    Ok(series)
}
