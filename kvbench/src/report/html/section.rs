//! Sections: the frame that all have, and what a run's has in it: figures, charts, evidence and
//! environment.

use super::chart;
use super::markup::Markup;
use super::part::Part;
use super::tables::{badge, table};
use crate::report::grid::Grid;
use crate::report::group::Group;
use crate::report::notes::Answer;
use crate::report::{ceilings, environment, evidence, figures, notes, units};

/// What is all there is on the page: the page's heading is its own.
pub(super) fn only(html: &mut Markup, part: &Part<'_>) {
    html.tag("section").attr("id", "run-1").attr("aria-label", "Results").inside(|html| {
        part.body(html, "run-1", "h2");
    });
}

/// One of several, with a heading of its own.
pub(super) fn one_of_several(html: &mut Markup, part: &Part<'_>, number: usize) {
    let id = format!("run-{number}");
    let heading = format!("{id}-heading");
    let section = html.tag("section").attr("id", &id).attr("class", "run");
    section.attr("aria-labelledby", &heading).inside(|html| {
        html.tag("h2").attr("id", &heading).text(part.question());
        lead(html, part);
        part.body(html, &id, "h3");
    });
}

/// The answer first, then what was done, by what, and when.
pub(super) fn lead(html: &mut Markup, part: &Part<'_>) {
    for one in part.answers() {
        html.tag("p").attr("class", "answer").inside(|html| answer(html, &one));
    }
    if part.emulated() {
        html.tag("p").attr("class", "warning").attr("role", "note").text(notes::EMULATED);
    }
    html.tag("p").attr("class", "what").inside(|html| {
        for line in [Some(part.what()), part.software()].into_iter().flatten() {
            html.text(line);
            html.tag("br").empty();
        }
        html.text("Started ");
        html.tag("time").attr("datetime", part.started()).text(units::time(part.started()));
    });
}

/// An answer: the word as a badge, then the sentence.
pub(super) fn answer(html: &mut Markup, answer: &Answer) {
    badge(html, answer.tone, answer.word);
    let sentence = answer.sentence.strip_prefix("undecided: ").unwrap_or(&answer.sentence);
    html.text(format!(" {sentence}."));
}

/// What a run's section has.
pub(super) fn body(html: &mut Markup, group: &Group<'_>, id: &str, heading: &'static str) {
    notes::failures(group).iter().for_each(|error| failure(html, error));
    let findings = evidence::findings(group);
    if !findings.rows.is_empty() {
        table(html, "Findings: NICs with trouble", &findings);
    }
    if !group.cells.is_empty() {
        table(html, "Results, by variant", &figures::results(group));
        html.tag("ul").attr("class", "notes").inside(|html| {
            notes::notes(group).iter().for_each(|note| html.tag("li").text(note));
        });
        if let Some(grid) = ceilings::ceilings(group) {
            table(html, "Ceilings: shares reached, and where the time of a request went", &grid);
            html.tag("ul").attr("class", "notes").inside(|html| {
                ceilings::sentences(&group.cells).iter().for_each(|line| html.tag("li").text(line));
            });
        }
        html.tag("div").attr("class", "charts").inside(|html| chart::all(html, group, id));
        table(html, "Set-up, by variant", &figures::setup(group));
        html.tag(heading).text("Evidence");
        table(html, "Settings: asked and observed", &evidence::settings(group));
        table(html, "What carried the bytes", &evidence::paths(group));
        let rails = evidence::rails(group);
        if !rails.rows.is_empty() {
            table(html, "Rails: how evenly they shared the payload", &rails);
        }
        table(html, "Bytes that passed each NIC while measuring", &evidence::nics(group));
        table(html, "What the workers used, by side", &figures::resources(group));
    }
    machine(html, heading, &environment::environment(group), &environment::libraries(group));
    again(html, heading, environment::command(group));
}

/// Machine and software.
pub(super) fn machine(html: &mut Markup, heading: &'static str, facts: &Grid, libraries: &Grid) {
    html.tag(heading).text("Environment");
    table(html, "Machine and software", facts);
    if !libraries.rows.is_empty() {
        html.tag("details").inside(|html| {
            html.tag("summary").text("Files of the loaded libraries");
            table(html, "Loaded libraries", libraries);
        });
    }
}

/// The command that measures again.
pub(super) fn again(html: &mut Markup, heading: &'static str, command: Option<String>) {
    if let Some(command) = command {
        html.tag(heading).text("To measure again");
        html.tag("pre").attr("class", "command").attr("tabindex", 0).inside(|html| {
            html.tag("code").text(command);
        });
    }
}

/// Something that failed, and why.
pub(super) fn failure(html: &mut Markup, error: &str) {
    html.tag("div").attr("class", "failure").inside(|html| {
        html.tag("p").inside(|html| html.tag("strong").text("✗ Failed"));
        html.tag("pre").text(error);
    });
}
