//! The time to first token by the client's concurrency, with its interval.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::Style;
use crate::report::html::markup::Markup;
use crate::report::import::{Curve, Point};
use crate::report::latency;

/// Draws the curves.
pub(super) fn chart(curves: &[Curve<'_>]) -> Picture {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let ends = |point: &Point| {
        let interval = point.ttft.interval();
        [Some(point.ttft.value), interval.map(|it| it.low), interval.map(|it| it.high)]
    };
    let x = Scale::logarithmic(all().map(|point| point.concurrency as f64), LEFT, RIGHT);
    let y = Scale::logarithmic(all().flat_map(ends).flatten(), BOTTOM, TOP);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, latency);
    let mut counts: Vec<u64> = all().map(|point| point.concurrency).collect();
    counts.sort_unstable();
    counts.dedup();
    for count in counts {
        axes::tick(&mut svg, x.at(count as f64), (TOP, BOTTOM), &count.to_string());
    }
    axes::title(&mut svg, BOTTOM + 33.0, "requests under way at once");
    for (index, curve) in curves.iter().enumerate() {
        let style = Style(index);
        let place = |ns: f64, point: &Point| (x.at(point.concurrency as f64), y.at(ns));
        let points: Vec<_> = curve.points.iter().map(|one| place(one.ttft.value, one)).collect();
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &points);
            for (point, at) in curve.points.iter().zip(&points) {
                if let Some(interval) = point.ttft.interval() {
                    let ends = [interval.low, interval.high].map(|end| place(end, point));
                    Style(0).line(svg, &ends);
                }
                style.mark(svg, *at);
            }
        });
    }
    let told = curves.iter().flat_map(|curve| {
        let told = |point: &Point| {
            format!("{} at {}: {}", curve.name, point.concurrency, latency(point.ttft.value))
        };
        curve.points.iter().map(told)
    });
    Picture {
        title: "Time to first token",
        caption: "Median by how many requests the client kept under way, with its 95 % interval."
            .to_owned(),
        description: format!("Medians: {}.", told.collect::<Vec<_>>().join(", ")),
        height: HEIGHT,
        legend: Legend::Lines,
        content: svg,
    }
}
