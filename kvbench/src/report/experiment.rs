//! Which records are points of one experiment of loads, and what to say of it in every form.

use super::figures::carrier;
use super::grid::{Column, Field, Grid, Tone};
use super::units::{bandwidth, latency};
use super::{environment, load, units};
use crate::load::{Loaded, PointEntry, Spread};
use crate::record::{Build, Environment, LoadCell, Record};
use crate::serving::{ServeEntry, Summary};

/// Points that differ in variant and load only.
pub(super) struct Experiment<'a> {
    pub started: &'a str,
    cells: Vec<(&'a str, &'a LoadCell)>,
    /// The same by deployment.
    pub loaded: Vec<Loaded>,
}

/// The experiments among `records`, in the order in which they began.
pub(super) fn experiments(records: &[Record]) -> Vec<Experiment<'_>> {
    let mut all: Vec<Experiment<'_>> = Vec::new();
    for (record, cell) in records.iter().filter_map(|one| Some((one, one.load()?))) {
        let at = all.iter().position(|one| one.is_of(cell)).unwrap_or_else(|| {
            let started = record.started.as_str();
            all.push(Experiment { started, cells: Vec::new(), loaded: Vec::new() });
            all.len() - 1
        });
        all[at].add(&record.cell, cell);
    }
    all
}

impl<'a> Experiment<'a> {
    fn is_of(&self, cell: &LoadCell) -> bool {
        let terms = |one: &LoadCell| {
            let ServeEntry { model, op, prefill_workers, decode_workers, .. } = &one.deployment;
            let memory = (one.deployment.blocks, one.deployment.block_tokens);
            let workers = (model.clone(), *op, *prefill_workers, *decode_workers, memory);
            let environment = &one.environment;
            let links = (environment.emulation.clone(), environment.netns.are_own(), one.emulated);
            (workers, one.deployment.compute, one.isl, one.osl, links)
        };
        self.cells.iter().all(|(_, other)| terms(other) == terms(cell))
    }

    /// Points that one variant was asked on several deployments, since a plan was resumed, stand together.
    fn add(&mut self, id: &'a str, cell: &'a LoadCell) {
        self.cells.push((id, cell));
        let point = PointEntry { backend: label(cell), ..cell.point.clone() };
        let same = |one: &&mut Loaded| {
            one.serve.variant == cell.deployment.variant && one.summary.observed == cell.observed
        };
        match self.loaded.iter_mut().find(same) {
            Some(loaded) => loaded.points.push(point),
            None => self.loaded.push(Loaded {
                serve: cell.deployment.clone(),
                points: vec![point],
                search: None,
                summary: Summary {
                    label: cell.deployment.label.clone(),
                    requests: Default::default(),
                    wrong: cell.wrong,
                    bytes: cell.point.figures.bytes,
                    observed: cell.observed.clone(),
                },
            }),
        }
    }

    /// What is asked by running it.
    pub fn question(&self) -> String {
        "What does a backend do to KV delivery under load?".to_owned()
    }

    /// What was done.
    pub fn what(&self) -> String {
        let lengths = self.cells.first().map(|(_, cell)| (cell.isl, cell.osl));
        let (isl, osl) = lengths.unwrap_or_default();
        format!("{}; {isl} tokens in, {osl} out", load::headline(&self.loaded))
    }

    /// By which software, and where.
    pub fn software(&self) -> Option<String> {
        Some(units::software(&[&self.cells.first()?.1.environment]))
    }

    /// Whether emulated NICs took part.
    pub fn emulated(&self) -> bool {
        self.cells.iter().any(|(_, cell)| cell.emulated)
    }

    /// The kvbench that did it.
    pub fn build(&self) -> Option<&'a Build> {
        Some(&self.cells.first()?.1.environment.kvbench)
    }

    /// The environments of its points.
    pub fn environments(&self) -> Vec<&'a Environment> {
        self.cells.iter().map(|(_, cell)| &cell.environment).collect()
    }

    /// The command that took it, for a shell.
    pub fn command(&self) -> Option<String> {
        let (_, first) = self.cells.first()?;
        environment::shell(&first.environment, &first.command)
    }

    /// A row per point.
    pub fn points(&self) -> Grid {
        use Column::{Figure, Text};
        let columns = vec![
            Text("cell"),
            Text("variant"),
            Text("load"),
            Figure("requests"),
            Figure("kv_delivered p50"),
            Figure("p99"),
            Figure("queue p50"),
            Figure("transfer p50"),
            Figure("p99"),
            Figure("bandwidth"),
            Text("carried by"),
            Text("data"),
        ];
        Grid { columns, rows: self.cells.iter().map(|(id, cell)| row(id, cell)).collect() }
    }

    /// What a reader could take wrongly if it were not said.
    pub fn notes(&self) -> Vec<String> {
        load::notes(&self.loaded)
    }
}

/// The variant; what was emulated is said to be.
fn label(cell: &LoadCell) -> String {
    let emulated = if cell.emulated { " (emulated)" } else { "" };
    format!("{}{emulated}", cell.deployment.variant.label())
}

fn row(id: &str, cell: &LoadCell) -> Vec<Field> {
    let figures = &cell.point.figures;
    let of = |spread: &Option<Spread>, part: fn(&Spread) -> f64| {
        spread.as_ref().map_or_else(|| "–".to_owned(), |spread| latency(1e6 * part(spread)))
    };
    let tone = if cell.wrong == 0 { Tone::Plain } else { Tone::Bad };
    let data = match cell.wrong {
        0 => "verified".to_owned(),
        wrong => format!("{wrong} wrong"),
    };
    let mut row: Vec<Field> = [
        id.to_owned(),
        label(cell),
        cell.point.load.to_string(),
        figures.ok().to_string(),
        of(&figures.kv_delivered_ms, |one| one.p50),
        of(&figures.kv_delivered_ms, |one| one.p99),
        of(&figures.queue_ms, |one| one.p50),
        of(&figures.transfer_ms, |one| one.p50),
        of(&figures.transfer_ms, |one| one.p99),
        bandwidth(figures.bytes_per_s),
        carrier(&cell.observed),
    ]
    .map(Field::from)
    .into();
    row.push(Field { text: data, tone });
    row
}
