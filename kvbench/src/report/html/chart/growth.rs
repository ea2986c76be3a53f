//! The cost of a descriptor by the number of descriptors in a request, with the knee.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::gallery;
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::Style;
use crate::report::growth::{Curve, KNEE};
use crate::report::html::markup::Markup;
use crate::report::latency;

pub(in crate::report::html) fn figure(html: &mut Markup, curves: &[Curve], id: &str) {
    gallery::figure(html, &chart(curves), id, |_| {});
}

fn chart(curves: &[Curve]) -> Picture {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let x = Scale::logarithmic(all().map(|point| point.descriptors as f64), LEFT, RIGHT);
    let y = Scale::logarithmic(all().map(|point| point.delivered_ns), BOTTOM, TOP);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, latency);
    for count in x.ticks() {
        axes::tick(&mut svg, x.at(count), (TOP, BOTTOM), &count.to_string());
    }
    axes::title(&mut svg, BOTTOM + 33.0, "descriptors of a request");
    let mut words = Vec::new();
    for (index, curve) in curves.iter().enumerate() {
        let style = Style(index);
        let place = |ns: f64, count: u64| (x.at(count as f64), y.at(ns));
        let points: Vec<_> =
            curve.points.iter().map(|one| place(one.delivered_ns, one.descriptors)).collect();
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &points);
            points.iter().for_each(|point| style.mark(svg, *point));
            if let Some(knee) = curve.knee() {
                let x = x.at(knee as f64);
                style.line(svg, &[(x, TOP), (x, BOTTOM)]);
            }
        });
        let variant = &curve.variant;
        words.push(match curve.knee() {
            Some(knee) => format!("{variant} has its knee at {knee} descriptors"),
            None => format!("{variant} has no knee"),
        });
    }
    let words = words.join("; ");
    let figures = all().map(|one| format!("{} {}", one.descriptors, latency(one.delivered_ns)));
    let figures: Vec<_> = figures.collect();
    Picture {
        title: "Cost per descriptor",
        caption: format!(
            "Median delivered latency of a request by its descriptors. The knee, a line from top to \
             bottom, is where one costs {KNEE} times what it does in smaller requests: {words}."
        ),
        description: format!("Descriptors and their cost each: {}. {words}.", figures.join(", ")),
        height: HEIGHT,
        legend: Legend::None,
        content: svg,
    }
}
