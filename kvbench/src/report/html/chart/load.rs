//! Latency against the rate of requests, a line per backend and percentile.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::gallery;
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::{self, Style};
use crate::report::html::markup::Markup;
use crate::report::latency;
use crate::report::load::Curve;

pub(in crate::report::html) fn figure(html: &mut Markup, curves: &[Curve], id: &str) {
    gallery::figure(html, &chart(curves), id, |html| {
        style::legend(html, curves.iter().map(|curve| &*curve.name));
    });
}

fn chart(curves: &[Curve]) -> Picture {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let x = Scale::logarithmic(all().map(|(rate, _)| *rate), LEFT, RIGHT);
    let y = Scale::logarithmic(all().map(|(_, ns)| *ns), BOTTOM, TOP);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, latency);
    for rate in x.ticks() {
        axes::tick(&mut svg, x.at(rate), (TOP, BOTTOM), &short(rate));
    }
    axes::title(&mut svg, BOTTOM + 33.0, "requests per second");
    let mut words = Vec::new();
    for (index, curve) in curves.iter().enumerate() {
        let style = Style(index);
        let places: Vec<_> =
            curve.points.iter().map(|(rate, ns)| (x.at(*rate), y.at(*ns))).collect();
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &places);
            places.iter().for_each(|place| style.mark(svg, *place));
        });
        let figures =
            curve.points.iter().map(|(rate, ns)| format!("{}/s {}", short(*rate), latency(*ns)));
        words.push(format!("{}: {}.", curve.name, figures.collect::<Vec<_>>().join(", ")));
    }
    Picture {
        title: "Delivery against rate",
        caption: "From the intended arrival until the decode worker has the blocks, by the rate of arrivals \
                  (of ends, where requests wait for each other)."
            .to_owned(),
        description: words.join(" "),
        height: HEIGHT,
        legend: Legend::Lines,
        content: svg,
    }
}

fn short(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}
