//! The page: head, the question with its answer, and a section per run.

use super::chart;
use super::markup::Markup;
use super::section::{self, answer};
use super::tables::table;
use crate::record::Record;
use crate::report::group::{Group, groups};
use crate::report::{growth, notes};

/// What was found, as one file that loads nothing.
pub fn html(records: &[Record]) -> String {
    let groups = groups(records);
    let title = match &groups[..] {
        [only] => only.question(),
        groups => format!("KV-cache transfers: {} runs", groups.len()),
    };
    let mut html = Markup::default();
    html.verbatim("<!DOCTYPE html>\n");
    html.tag("html").attr("lang", "en").inside(|html| {
        html.tag("head").inside(|html| head(html, &title));
        html.tag("body").inside(|html| {
            html.tag("header").inside(|html| header(html, &title, &groups));
            html.tag("main").inside(|html| match &groups[..] {
                [only] => section::only(html, only),
                several => {
                    growth(html, several);
                    for (group, number) in several.iter().zip(1..) {
                        section::one_of_several(html, group, number);
                    }
                }
            });
            html.tag("footer").inside(|html| footer(html, &groups));
        });
    });
    html.finish()
}

/// Runs that differ in how many descriptors a request has, as a curve.
fn growth(html: &mut Markup, groups: &[Group<'_>]) {
    let curves = growth::curves(groups);
    if curves.is_empty() {
        return;
    }
    let section = html.tag("section").attr("id", "growth").attr("class", "run");
    section.attr("aria-labelledby", "growth-heading").inside(|html| {
        html.tag("h2").attr("id", "growth-heading").text("As requests grow");
        html.tag("div").attr("class", "charts").inside(|html| {
            chart::growth(html, &curves, "growth-chart");
        });
        table(html, "Cost and memory of a descriptor", &growth::table(&curves));
    });
}

fn head(html: &mut Markup, title: &str) {
    html.tag("meta").attr("charset", "utf-8").empty();
    html.tag("meta")
        .attr("name", "viewport")
        .attr("content", "width=device-width, initial-scale=1")
        .empty();
    html.tag("meta").attr("name", "color-scheme").attr("content", "light dark").empty();
    // Whatever a record holds, the page runs no script and asks for nothing.
    html.tag("meta")
        .attr("http-equiv", "Content-Security-Policy")
        .attr("content", "default-src 'none'; style-src 'unsafe-inline'")
        .empty();
    html.tag("title").text(title);
    html.tag("style").inside(|html| html.verbatim(include_str!("style.css")));
}

fn header(html: &mut Markup, title: &str, groups: &[Group<'_>]) {
    html.tag("p").attr("class", "kicker").text("kvbench");
    html.tag("h1").text(title);
    match groups {
        [only] => section::lead(html, only),
        groups => html.tag("nav").attr("aria-label", "Runs").inside(|html| contents(html, groups)),
    }
}

fn contents(html: &mut Markup, groups: &[Group<'_>]) {
    html.tag("ol").attr("class", "contents").inside(|html| {
        for (index, group) in groups.iter().enumerate() {
            html.tag("li").inside(|html| {
                html.tag("a").attr("href", format!("#run-{}", index + 1)).text(group.moved());
                for one in notes::answers(group) {
                    html.tag("p").inside(|html| answer(html, &one));
                }
            });
        }
    });
}

fn footer(html: &mut Markup, groups: &[Group<'_>]) {
    let Some(build) = groups.first().and_then(Group::build) else { return };
    html.tag("p").text(format!(
        "Made by kvbench {}. GB are 10⁹ bytes, MiB 2²⁰. Latencies run from the post of a request; it is \
         completed when the initiators are done, delivered when the targets have the notification.",
        build.version
    ));
}
