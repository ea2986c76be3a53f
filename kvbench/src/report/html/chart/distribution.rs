//! Latency by percentile, the tail given as much room as the rest.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::Style;
use crate::record::Latency;
use crate::report::group::Group;
use crate::report::html::markup::Markup;
use crate::report::latency;
use crate::stats::{Histogram, Summary};

/// Percentiles nearer to each other, in pixels, would be written over each other.
const MIN_TICK_DISTANCE: f64 = 30.0;

/// Points of a curve.
const POINTS: u32 = 120;

/// Values at "nines": −log₁₀ of the share of requests above, so 1 is p90 and 2 is p99.
type Curve = Vec<(f64, f64)>;

pub(super) fn delivered(group: &Group<'_>) -> Option<Picture> {
    let caption = "Until the targets have the notification; only then is the data usable.";
    chart(group, "Delivered latency", caption, |latency| &latency.delivered)
}

pub(super) fn completed(group: &Group<'_>) -> Option<Picture> {
    let caption = "Until the initiators are done; the data may not have arrived yet.";
    chart(group, "Completed latency", caption, |latency| &latency.completed)
}

fn chart(
    group: &Group<'_>,
    title: &'static str,
    caption: &str,
    of: fn(&Latency) -> &Summary,
) -> Option<Picture> {
    let latencies = group.cells.iter().map(|cell| &cell.latency_ns);
    let all: Vec<_> = latencies.flat_map(|both| [&both.delivered, &both.completed]).collect();
    // Both latencies have the same axes, so that one chart can be held against the other.
    let ends = all.iter().flat_map(|summary| [summary.min as f64, summary.max as f64]);
    let y = Scale::logarithmic(ends, BOTTOM, TOP);
    let most = all.iter().map(|summary| end(summary.count)).fold(1.0, f64::max);
    let x = Scale::linear(most, LEFT, RIGHT);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, latency);
    percentiles(&mut svg, &x, most);
    let mut description = format!("{title} by percentile.");
    for (index, cell) in group.cells.iter().enumerate() {
        let summary = of(&cell.latency_ns);
        let place = |(nines, ns): (f64, f64)| (x.at(nines), y.at(ns));
        let line: Vec<_> = curve(summary).into_iter().map(place).collect();
        let style = Style(index);
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &line);
            let known = |(nines, _): &(f64, f64)| *nines <= end(summary.count);
            marked(summary).into_iter().filter(known).for_each(|one| style.mark(svg, place(one)));
        });
        description += &format!(" {}: {}.", cell.name, figures(summary));
    }
    Some(Picture {
        title,
        caption: caption.to_owned(),
        description,
        height: HEIGHT,
        legend: Legend::Lines,
        content: svg,
    })
}

fn figures(summary: &Summary) -> String {
    let mut parts: Vec<_> = [("median", summary.p50), ("p90", summary.p90)].into();
    if !summary.p99_is_max() {
        parts.push(("p99", summary.p99));
    }
    if !summary.p999_is_max() {
        parts.push(("p99.9", summary.p999));
    }
    parts.push(("maximum", summary.max));
    let parts = parts.iter().map(|(name, ns)| format!("{name} {}", latency(*ns as f64)));
    parts.collect::<Vec<_>>().join(", ")
}

/// The percentiles that have a mark.
fn marked(summary: &Summary) -> [(f64, f64); 4] {
    let Summary { p50, p90, p99, p999, .. } = *summary;
    [(2_f64.log10(), p50 as f64), (1.0, p90 as f64), (2.0, p99 as f64), (3.0, p999 as f64)]
}

/// Where the curve of so many requests ends: half a request below 100 %, which is the maximum.
fn end(requests: u64) -> f64 {
    (2.0 * requests.max(1) as f64).log10()
}

/// The curve of a histogram; where it cannot be read, that of the percentiles beside it.
fn curve(summary: &Summary) -> Curve {
    let histogram = Histogram::from_base64(&summary.histogram).ok();
    let Some(histogram) = histogram.filter(|histogram| histogram.count() > 0) else {
        return marked(summary).into_iter().filter(|(_, ns)| *ns > 0.0).collect();
    };
    let end = end(histogram.count());
    let at = |point: u32| {
        let nines = end * f64::from(point) / f64::from(POINTS);
        let ns = histogram.quantile(1.0 - 10_f64.powf(-nines))?;
        Some((nines, ns as f64))
    };
    (0..=POINTS).filter_map(at).collect()
}

fn percentiles(svg: &mut Markup, x: &Scale, most: f64) {
    let nines = ["p90", "p99", "p99.9", "p99.99", "p99.999", "p99.9999"];
    let decades = nines.into_iter().zip(1..).map(|(name, nines)| (f64::from(nines), name));
    let all = [(2_f64.log10(), "p50"), (0.0, "min")].into_iter().chain(decades);
    let mut last = f64::NEG_INFINITY;
    for (nines, name) in all.filter(|(nines, _)| *nines <= most) {
        let place = x.at(nines);
        // The minimum gives way to the median.
        if (place - last).abs() > MIN_TICK_DISTANCE {
            axes::tick(svg, place, (TOP, BOTTOM), name);
            last = place;
        }
    }
    axes::title(svg, BOTTOM + 33.0, "percentile of the requests");
}
