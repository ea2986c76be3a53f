//! GitHub-flavoured Markdown: what the terminal shows, with settings, environment and the command.

use std::fmt::Write;

use super::experiment::{Experiment, experiments};
use super::grid::{Field, Grid, Tone};
use super::group::{Group, groups};
use super::sweep::{Sweep, sweeps};
use super::{ceilings, environment, evidence, figures, notes, prices, units};
use crate::record::Record;

/// What was found, run by run.
pub fn markdown(records: &[Record]) -> String {
    let mut sections: Vec<_> = groups(records).iter().map(section).collect();
    sections.extend(sweeps(records).iter().map(sweep_section));
    sections.extend(experiments(records).iter().map(experiment_section));
    units::printable(&sections.join("\n---\n\n"))
}

fn section(group: &Group<'_>) -> String {
    let mut text = format!("## {}\n\n", escape(&group.question()));
    for answer in notes::answers(group) {
        let _ = writeln!(text, "**{}.**\n", escape(&answer.sentence));
    }
    if group.emulated() {
        let _ = writeln!(text, "> [!WARNING]\n> {}\n", notes::EMULATED);
    }
    for line in [Some(group.moved()), group.software()].into_iter().flatten() {
        let _ = writeln!(text, "{}\n", escape(&line));
    }
    for error in notes::failures(group) {
        let _ = writeln!(text, "Failed:\n\n{}\n", fenced("text", &error));
    }
    if !group.cells.is_empty() {
        let _ = writeln!(text, "{}", table(&figures::results(group)));
        for note in notes::notes(group) {
            let _ = writeln!(text, "{}\n", escape(&note));
        }
        if let Some(grid) = ceilings::ceilings(group) {
            let _ = writeln!(text, "### Ceilings\n\n{}", table(&grid));
            for line in ceilings::sentences(&group.cells) {
                let _ = writeln!(text, "{}\n", escape(&line));
            }
        }
        let _ = writeln!(text, "### Set-up\n\n{}", table(&figures::setup(group)));
        let settings = table(&evidence::settings(group));
        let _ = writeln!(text, "### Settings: asked and observed\n\n{settings}");
        let _ = writeln!(text, "### What carried the bytes\n\n{}", table(&evidence::paths(group)));
        let rails = evidence::rails(group);
        if !rails.rows.is_empty() {
            let _ = writeln!(text, "### Rails\n\n{}", table(&rails));
        }
    }
    let _ = writeln!(text, "### Environment\n\n{}", table(&environment::environment(group)));
    if let Some(command) = environment::command(group) {
        let _ = writeln!(text, "### Again\n\n{}", fenced("sh", &command));
    }
    text
}

fn sweep_section(sweep: &Sweep<'_>) -> String {
    let mut text = format!("## {}\n\n", escape(&sweep.question()));
    for answer in sweep.answers() {
        let _ = writeln!(text, "**{}.**\n", escape(&answer.sentence));
    }
    if sweep.emulated() {
        let _ = writeln!(text, "> [!WARNING]\n> {}\n", notes::EMULATED);
    }
    for line in [Some(sweep.what()), sweep.software()].into_iter().flatten() {
        let _ = writeln!(text, "{}\n", escape(&line));
    }
    for error in sweep.failures() {
        let _ = writeln!(text, "Failed:\n\n{}\n", fenced("text", &error));
    }
    let _ = writeln!(text, "{}", table(&prices::prices(sweep)));
    for note in prices::notes(sweep) {
        let _ = writeln!(text, "{}\n", escape(&note));
    }
    let machine = environment::machine(sweep.environments().into_iter());
    let _ = writeln!(text, "### Environment\n\n{}", table(&machine));
    if let Some(command) = sweep.command() {
        let _ = writeln!(text, "### Again\n\n{}", fenced("sh", &command));
    }
    text
}

fn experiment_section(experiment: &Experiment<'_>) -> String {
    let mut text = format!("## {}\n\n", escape(&experiment.question()));
    if experiment.emulated() {
        let _ = writeln!(text, "> [!WARNING]\n> {}\n", notes::EMULATED);
    }
    for line in [Some(experiment.what()), experiment.software()].into_iter().flatten() {
        let _ = writeln!(text, "{}\n", escape(&line));
    }
    let _ = writeln!(text, "{}", table(&experiment.points()));
    for note in experiment.notes() {
        let _ = writeln!(text, "{}\n", escape(&note));
    }
    let machine = environment::machine(experiment.environments().into_iter());
    let _ = writeln!(text, "### Environment\n\n{}", table(&machine));
    if let Some(command) = experiment.command() {
        let _ = writeln!(text, "### Again\n\n{}", fenced("sh", &command));
    }
    text
}

fn table(grid: &Grid) -> String {
    let line = |fields: Vec<String>| format!("| {} |\n", fields.join(" | "));
    let mut text = line(grid.columns.iter().map(|column| escape(column.title())).collect());
    let rule = |is_figure| if is_figure { "---:" } else { "---" }.to_owned();
    text += &line(grid.columns.iter().map(|column| rule(column.is_figure())).collect());
    for row in &grid.rows {
        text += &line(row.iter().map(field).collect());
    }
    text
}

fn field(field: &Field) -> String {
    match field.tone {
        Tone::Plain => escape(&field.text),
        tone => format!("{} {}", tone.sign(), escape(&field.text)),
    }
}

/// Text that Markdown takes for text, on one line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let within_word =
            before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        match char {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' => escaped.push(' '),
            '_' if within_word => escaped.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '>' | '!' => {
                escaped.extend(['\\', char]);
            }
            char => escaped.push(char),
        }
        before = char;
    }
    escaped
}

/// A block that nothing within can end: its fence is longer than any run of backticks.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, escaped) in [
            ("UCX UCX_TLS=tcp", "UCX UCX_TLS=tcp"),
            ("_a_ a|b", r"\_a\_ a\|b"),
            ("46 ms*", r"46 ms\*"),
            ("<script>&amp;", r"&lt;script\>&amp;amp;"),
            ("two\nlines", "two lines"),
            ("![x](y)", r"\!\[x\](y)"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn no_text_ends_its_fence() {
        assert_eq!(fenced("sh", "a"), "```sh\na\n```\n");
        assert_eq!(fenced("sh", "a\n````\nb"), "`````sh\na\n````\nb\n`````\n");
    }
}
