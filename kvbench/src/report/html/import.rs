//! The page on what clients measured of an endpoint: load by load, and over all loads.

use super::chart;
use super::markup::Markup;
use super::page::head;
use super::tables::table;
use crate::import::{Log, Run, by_load};
use crate::report::import::{
    TRANSFERS, about_transfers, client, clients, compared, curves, differences, failures, joined,
    load, missing, notes, one, sweep, transfers, verdict,
};

/// What was found, as one file that loads nothing.
pub fn import_html(runs: &[Run], log: &Log) -> String {
    let title = title(runs);
    let loads = by_load(runs);
    let mut html = Markup::default();
    html.verbatim("<!DOCTYPE html>\n");
    html.tag("html").attr("lang", "en").inside(|html| {
        html.tag("head").inside(|html| head(html, &title));
        html.tag("body").inside(|html| {
            html.tag("header").inside(|html| {
                html.tag("p").attr("class", "kicker").text("kvbench");
                html.tag("h1").text(&title);
            });
            html.tag("main").inside(|html| {
                overview(html, runs, log, &loads);
                for (alike, number) in loads.iter().zip(1..) {
                    section(html, &format!("load-{number}"), &heading(alike, runs, &loads), |html| {
                        of_load(html, alike, log);
                    });
                }
            });
            html.tag("footer").inside(|html| {
                let version = env!("CARGO_PKG_VERSION");
                html.tag("p").text(format!(
                    "Made by kvbench {version}. Latencies are the client's, from the send of a request."
                ));
            });
        });
    });
    html.finish()
}

/// What is asked by measuring them.
fn title(runs: &[Run]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for run in runs {
        if !names.contains(&&*run.name) {
            names.push(&run.name);
        }
    }
    format!("{}: what clients measured of an endpoint", names.join(" against "))
}

fn heading(alike: &[&Run], runs: &[Run], loads: &[Vec<&Run>]) -> String {
    if loads.len() > 1 { format!("Load: {}", load(alike, runs)) } else { "Key metrics".to_owned() }
}

fn section(html: &mut Markup, id: &str, title: &str, inside: impl FnOnce(&mut Markup)) {
    let heading = format!("{id}-heading");
    let section = html.tag("section").attr("id", id).attr("class", "run");
    section.attr("aria-labelledby", &heading).inside(|html| {
        html.tag("h2").attr("id", &heading).text(title);
        inside(html);
    });
}

fn overview(html: &mut Markup, runs: &[Run], log: &Log, loads: &[Vec<&Run>]) {
    section(html, "runs", "Runs", |html| {
        table(html, "Runs, and how their client fared", &clients(runs));
        let curves = curves(runs);
        if loads.len() > 1 && !curves.is_empty() {
            html.tag("div").attr("class", "charts").inside(|html| chart::of_clients(html, &curves));
            table(html, "Time to first token and throughput by concurrency", &sweep(runs));
        }
        let failures = failures(runs).into_iter().map(|line| format!("Failed: {line}"));
        let clients = runs.iter().map(|run| format!("Client: {}", client(run, runs)));
        let lines: Vec<_> =
            failures.chain(clients).chain(missing(runs, log)).chain(notes(loads)).collect();
        list(html, &lines);
    });
}

/// The runs of one load, each against the first.
fn of_load(html: &mut Markup, runs: &[&Run], log: &Log) {
    let Some((base, others)) = runs.split_first() else { return };
    if others.is_empty() {
        table(html, &format!("Key metrics of {}", base.name), &one(base));
    }
    for other in others {
        let sentence = verdict(base, other).map(|sentence| format!("TTFT p50: {sentence}."));
        if let Some(sentence) = sentence {
            html.tag("p").attr("class", "answer").text(sentence);
        }
        let caption = format!("{} against {}", other.name, base.name);
        table(html, &caption, &compared(base, other));
        let unlike = differences(base, other);
        list(html, &unlike.iter().map(|line| format!("Not alike: {line}")).collect::<Vec<_>>());
    }
    let joined = joined(runs, log);
    if !joined.is_empty() {
        table(html, TRANSFERS, &transfers(&joined));
        list(html, &about_transfers(&joined));
    }
}

fn list(html: &mut Markup, lines: &[String]) {
    if !lines.is_empty() {
        html.tag("ul").attr("class", "notes").inside(|html| {
            lines.iter().for_each(|line| html.tag("li").text(line));
        });
    }
}
