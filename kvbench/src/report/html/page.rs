//! The page: head, the question with its answer, and a section per run.

use super::chart;
use super::markup::Markup;
use super::part::{Part, parts};
use super::section::{self, answer};
use super::tables::table;
use crate::record::Record;
use crate::report::growth;

/// What was found, as one file that loads nothing.
pub fn html(records: &[Record]) -> String {
    let parts = parts(records);
    let title = match &parts[..] {
        [only] => only.question(),
        parts => format!("KV-cache transfers: {} runs", parts.len()),
    };
    let mut html = Markup::default();
    html.verbatim("<!DOCTYPE html>\n");
    html.tag("html").attr("lang", "en").inside(|html| {
        html.tag("head").inside(|html| head(html, &title));
        html.tag("body").inside(|html| {
            html.tag("header").inside(|html| header(html, &title, &parts));
            html.tag("main").inside(|html| match &parts[..] {
                [only] => section::only(html, only),
                several => {
                    growth(html, several);
                    for (part, number) in several.iter().zip(1..) {
                        section::one_of_several(html, part, number);
                    }
                }
            });
            html.tag("footer").inside(|html| footer(html, &parts));
        });
    });
    html.finish()
}

/// Runs that differ in how many descriptors a request has, as a curve.
fn growth(html: &mut Markup, parts: &[Part<'_>]) {
    let curves = growth::curves(parts.iter().filter_map(Part::run));
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

/// What a browser needs to know first.
pub(super) fn head(html: &mut Markup, title: &str) {
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

fn header(html: &mut Markup, title: &str, parts: &[Part<'_>]) {
    html.tag("p").attr("class", "kicker").text("kvbench");
    html.tag("h1").text(title);
    match parts {
        [only] => section::lead(html, only),
        parts => html.tag("nav").attr("aria-label", "Runs").inside(|html| contents(html, parts)),
    }
}

fn contents(html: &mut Markup, parts: &[Part<'_>]) {
    html.tag("ol").attr("class", "contents").inside(|html| {
        for (index, part) in parts.iter().enumerate() {
            html.tag("li").inside(|html| {
                html.tag("a").attr("href", format!("#run-{}", index + 1)).text(part.what());
                for one in part.answers() {
                    html.tag("p").inside(|html| answer(html, &one));
                }
            });
        }
    });
}

fn footer(html: &mut Markup, parts: &[Part<'_>]) {
    let Some(build) = parts.first().and_then(Part::build) else { return };
    html.tag("p").text(format!(
        "Made by kvbench {}. GB are 10⁹ bytes, MiB 2²⁰. Latencies run from the post of a request; it is \
         completed when the initiators are done, delivered when the targets have the notification.",
        build.version
    ));
}
