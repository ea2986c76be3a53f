//! The table on the terminal: a row per variant, the ratio, and what needs saying.

use std::fmt::Write;

use comfy_table::{Cell as Field, CellAlignment, ContentArrangement, Table, presets};

use super::experiment::{Experiment, experiments};
use super::grid::{Column, Grid, Tone};
use super::group::{Group, groups};
use super::sweep::{Sweep, sweeps};
use super::{ceilings, evidence, figures, notes, prices, units};
use crate::record::Record;

/// What was found, for a terminal: run by run, with an empty line between them.
pub fn table(records: &[Record]) -> String {
    let mut texts: Vec<_> = groups(records).iter().map(of_group).collect();
    texts.extend(sweeps(records).iter().map(of_sweep));
    texts.extend(experiments(records).iter().map(of_experiment));
    let lines = texts.join("\n");
    lines.lines().map(|line| units::printable(line.trim_end()) + "\n").collect()
}

fn of_group(group: &Group<'_>) -> String {
    let mut text = format!("{}\n", group.moved());
    if let Some(software) = group.software() {
        let _ = writeln!(text, "{software}\n");
        let _ = writeln!(text, "{}\n", plain(&figures::results(group)));
        if let Some(ceilings) = ceilings::ceilings(group) {
            let _ = writeln!(text, "{}\n", plain(&ceilings));
        }
        let _ = writeln!(text, "{}\n", plain(&figures::setup(group)));
        let rails = evidence::rails(group);
        if !rails.rows.is_empty() {
            let _ = writeln!(text, "{}\n", plain(&rails));
        }
    }
    let verdicts = notes::sentences(&group.cells).into_iter();
    let emulated = group.emulated().then(|| notes::EMULATED.to_owned());
    let failures = notes::failures(group).into_iter().map(|error| format!("Failed: {error}"));
    let ceilings = ceilings::sentences(&group.cells).into_iter();
    for line in verdicts.chain(ceilings).chain(failures).chain(emulated).chain(notes::notes(group))
    {
        let _ = writeln!(text, "{line}");
    }
    text
}

pub(super) fn of_sweep(sweep: &Sweep<'_>) -> String {
    let mut text = format!("{}\n", sweep.what());
    if let Some(software) = sweep.software() {
        let _ = writeln!(text, "{software}");
    }
    let _ = writeln!(text, "\n{}\n", plain(&prices::prices(sweep)));
    let answers = sweep.answers().into_iter().filter(|answer| answer.tone != Tone::Bad);
    let answers = answers.map(|answer| format!("Price: {}.", answer.sentence));
    let failures = sweep.failures().into_iter().map(|failure| format!("Failed: {failure}"));
    let emulated = sweep.emulated().then(|| notes::EMULATED.to_owned());
    for line in answers.chain(failures).chain(emulated).chain(prices::notes(sweep)) {
        let _ = writeln!(text, "{line}");
    }
    text
}

pub(super) fn of_experiment(experiment: &Experiment<'_>) -> String {
    let mut text = format!("{}\n", experiment.what());
    if let Some(software) = experiment.software() {
        let _ = writeln!(text, "{software}");
    }
    let _ = writeln!(text, "\n{}\n", plain(&experiment.points()));
    experiment.notes().iter().for_each(|note| _ = writeln!(text, "{note}"));
    text
}

/// A grid without lines.
pub(super) fn plain(grid: &Grid) -> Table {
    let aligned = |text: &str, column: &Column| {
        let field = Field::new(text);
        if column.is_figure() { field.set_alignment(CellAlignment::Right) } else { field }
    };
    let mut table = bare_table();
    table.set_header(grid.columns.iter().map(|column| aligned(column.title(), column)));
    for row in &grid.rows {
        let fields = row.iter().zip(&grid.columns);
        table.add_row(fields.map(|(field, column)| aligned(&field.text, column)));
    }
    table
}

/// A table whose first column is text, and all others figures.
pub(super) fn plain_table(header: &[&str]) -> Table {
    let mut table = bare_table();
    table.set_header(header.iter().enumerate().map(|(column, title)| {
        let field = Field::new(title);
        if column == 0 { field } else { field.set_alignment(CellAlignment::Right) }
    }));
    table
}

pub(super) fn right(text: String) -> Field {
    Field::new(text).set_alignment(CellAlignment::Right)
}

fn bare_table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}
