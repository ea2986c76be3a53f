//! The page of a load: latency against rate, the figures of each point, and what needs saying.

use super::chart;
use super::markup::Markup;
use super::page::head;
use super::tables::table;
use crate::load::Loaded;
use crate::report::load::{curves, headline, notes, points, versions};

/// What a load came to, as one file that loads nothing.
pub fn load(loaded: &[Loaded]) -> String {
    let title = "What a backend does to KV delivery under load";
    let mut html = Markup::default();
    html.verbatim("<!DOCTYPE html>\n");
    html.tag("html").attr("lang", "en").inside(|html| {
        html.tag("head").inside(|html| head(html, title));
        html.tag("body").inside(|html| {
            html.tag("header").inside(|html| {
                html.tag("p").attr("class", "kicker").text("kvbench");
                html.tag("h1").text(title);
                html.tag("p").attr("class", "what").inside(|html| {
                    html.text(headline(loaded));
                    if let Some(versions) = versions(loaded) {
                        html.tag("br").empty();
                        html.text(versions);
                    }
                });
            });
            html.tag("main").inside(|html| {
                html.tag("section").attr("aria-label", "Results").inside(|html| body(html, loaded));
            });
            html.tag("footer").inside(|html| {
                html.tag("p").text(
                    "Latencies count from the intended arrival of a request. GB are 10⁹ bytes. Compute is modelled, \
                     transfers are real.",
                );
            });
        });
    });
    html.finish()
}

fn body(html: &mut Markup, loaded: &[Loaded]) {
    let curves = curves(loaded);
    if !curves.is_empty() {
        html.tag("div").attr("class", "charts").inside(|html| {
            chart::load(html, &curves, "load-chart");
        });
    }
    table(html, "Points of the load", &points(loaded));
    html.tag("ul").attr("class", "notes").inside(|html| {
        notes(loaded).iter().for_each(|note| html.tag("li").text(note));
    });
}
