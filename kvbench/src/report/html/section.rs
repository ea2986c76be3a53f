//! A run: its answer, figures, charts, evidence and environment.

use super::chart;
use super::markup::Markup;
use super::tables::{badge, table};
use crate::report::group::Group;
use crate::report::notes::Answer;
use crate::report::{ceilings, environment, evidence, figures, notes, units};

/// A run that is all there is on the page: the page's heading is its own.
pub(super) fn only(html: &mut Markup, group: &Group<'_>) {
    html.tag("section").attr("id", "run-1").attr("aria-label", "Results").inside(|html| {
        body(html, group, "run-1", "h2");
    });
}

/// One of several runs, with a heading of its own.
pub(super) fn one_of_several(html: &mut Markup, group: &Group<'_>, number: usize) {
    let id = format!("run-{number}");
    let heading = format!("{id}-heading");
    let section = html.tag("section").attr("id", &id).attr("class", "run");
    section.attr("aria-labelledby", &heading).inside(|html| {
        html.tag("h2").attr("id", &heading).text(group.question());
        lead(html, group);
        body(html, group, &id, "h3");
    });
}

/// The answer first, then what was moved, by what, and when.
pub(super) fn lead(html: &mut Markup, group: &Group<'_>) {
    for one in notes::answers(group) {
        html.tag("p").attr("class", "answer").inside(|html| answer(html, &one));
    }
    if group.emulated() {
        html.tag("p").attr("class", "warning").attr("role", "note").text(notes::EMULATED);
    }
    html.tag("p").attr("class", "what").inside(|html| {
        for line in [Some(group.moved()), group.software()].into_iter().flatten() {
            html.text(line);
            html.tag("br").empty();
        }
        html.text("Started ");
        html.tag("time").attr("datetime", group.started).text(units::time(group.started));
    });
}

/// An answer: the word as a badge, then the sentence.
pub(super) fn answer(html: &mut Markup, answer: &Answer) {
    badge(html, answer.tone, answer.word);
    let sentence = answer.sentence.strip_prefix("undecided: ").unwrap_or(&answer.sentence);
    html.text(format!(" {sentence}."));
}

fn body(html: &mut Markup, group: &Group<'_>, id: &str, heading: &'static str) {
    notes::failures(group).iter().for_each(|error| failure(html, error));
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
        table(html, "Bytes that passed each NIC while measuring", &evidence::nics(group));
        table(html, "What the workers used, by side", &figures::resources(group));
    }
    html.tag(heading).text("Environment");
    table(html, "Machine and software", &environment::environment(group));
    let libraries = environment::libraries(group);
    if !libraries.rows.is_empty() {
        html.tag("details").inside(|html| {
            html.tag("summary").text("Files of the loaded libraries");
            table(html, "Loaded libraries", &libraries);
        });
    }
    if let Some(command) = environment::command(group) {
        html.tag(heading).text("To measure again");
        html.tag("pre").attr("class", "command").attr("tabindex", 0).inside(|html| {
            html.tag("code").text(command);
        });
    }
}

fn failure(html: &mut Markup, error: &str) {
    html.tag("div").attr("class", "failure").inside(|html| {
        html.tag("p").inside(|html| html.tag("strong").text("✗ Failed"));
        html.tag("pre").text(error);
    });
}
