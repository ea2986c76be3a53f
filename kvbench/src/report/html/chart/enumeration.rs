//! What enumeration costs against the number of NICs, a curve per setting: time, memory, descriptors.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::Style;
use crate::price::{Price, Spread};
use crate::report::html::markup::Markup;
use crate::report::sweep::Curve;
use crate::report::{bytes, latency};

/// Numbers of NICs nearer to each other, in pixels, would be written over each other.
const MIN_TICK_DISTANCE: f64 = 16.0;

/// Bytes of a MiB.
const MIB: f64 = 1_048_576.0;

/// A figure of a price.
struct Figure {
    title: &'static str,
    caption: &'static str,
    of: fn(&Price) -> Spread,
    /// How it is written.
    write: fn(f64) -> String,
    /// What the axis counts in, so that its values are round, and how they are written.
    unit: f64,
    axis: fn(f64) -> String,
}

const FIGURES: [Figure; 3] = [
    Figure {
        title: "Creation time",
        caption: "To create the backend, by the NICs that shall be used. Whiskers are ranges.",
        of: |price| price.backend_ns,
        write: latency,
        unit: 1.0,
        axis: latency,
    },
    Figure {
        title: "Memory, MiB",
        caption: "Resident memory added, without what is registered. Whiskers are ranges.",
        of: |price| price.added.rss_bytes,
        write: |value| bytes(value as u64),
        unit: MIB,
        axis: |mib| format!("{mib:.0}"),
    },
    Figure {
        title: "File descriptors",
        caption: "Open descriptors added. Whiskers are ranges.",
        of: |price| price.added.fds,
        write: |value| format!("{value:.0}"),
        unit: 1.0,
        axis: |value| format!("{value:.0}"),
    },
];

/// A chart per figure; none where nothing has a price.
pub(super) fn charts(curves: &[Curve<'_>]) -> Vec<Picture> {
    if curves.is_empty() {
        return Vec::new();
    }
    FIGURES.iter().map(|figure| chart(curves, figure)).collect()
}

fn chart(curves: &[Curve<'_>], figure: &Figure) -> Picture {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let highest = all().map(|(_, price)| (figure.of)(price).high).max().unwrap_or(0);
    let y = Scale::linear(highest as f64 / figure.unit, BOTTOM, TOP);
    let mut counts: Vec<u32> = all().map(|(point, _)| point.nics).collect();
    counts.sort_unstable();
    counts.dedup();
    let x = Scale::linear(counts.last().copied().unwrap_or(1).into(), LEFT, RIGHT);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, figure.axis);
    ticks(&mut svg, &x, &counts);
    let mut description = format!("{} by NICs.", figure.title);
    for (index, curve) in curves.iter().enumerate() {
        let style = Style(index);
        let place = |nics: u32, value: u64| (x.at(nics.into()), y.at(value as f64 / figure.unit));
        let spreads: Vec<_> =
            curve.points.iter().map(|(point, price)| (point.nics, (figure.of)(price))).collect();
        let line: Vec<_> = spreads.iter().map(|(nics, one)| place(*nics, one.median)).collect();
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &line);
            for (nics, one) in &spreads {
                whisker(svg, place(*nics, one.low), place(*nics, one.high));
            }
            line.iter().for_each(|point| style.mark(svg, *point));
        });
        let figures = spreads
            .iter()
            .map(|(nics, one)| format!("{nics} {}", (figure.write)(one.median as f64)));
        description += &format!(" {}: {}.", curve.name, figures.collect::<Vec<_>>().join(", "));
    }
    Picture {
        title: figure.title,
        caption: figure.caption.to_owned(),
        description,
        height: HEIGHT,
        legend: Legend::Lines,
        content: svg,
    }
}

/// The numbers of NICs below the axis, the larger first where there is no room for all.
fn ticks(svg: &mut Markup, x: &Scale, counts: &[u32]) {
    let mut last = f64::INFINITY;
    for count in counts.iter().rev() {
        let place = x.at((*count).into());
        if last - place > MIN_TICK_DISTANCE {
            axes::tick(svg, place, (TOP, BOTTOM), &count.to_string());
            last = place;
        }
    }
    axes::title(svg, BOTTOM + 33.0, "NICs to use");
}

fn whisker(svg: &mut Markup, (x, low): (f64, f64), (_, high): (f64, f64)) {
    svg.tag("path")
        .attr("class", "whisker")
        .attr("d", format!("M{x:.1} {low:.1}V{high:.1}"))
        .empty();
}
