//! The median of each slice in order of time, so that drift shows.

use super::axes::{self, BOTTOM, HEIGHT, LEFT, RIGHT, TOP};
use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::style::Style;
use crate::record::Cell;
use crate::report::group::Group;
use crate::report::html::markup::Markup;
use crate::report::latency;
use crate::stats::{Histogram, drift, mann_kendall};

/// Slices beyond which marks would hide the line.
const MARKS: usize = 30;

/// A trend as clear as this is called one.
const SIGNIFICANT: f64 = 0.01;

/// Slices, counted from 1, and their medians in nanoseconds.
type Medians = Vec<(usize, f64)>;

pub(super) fn chart(group: &Group<'_>) -> Option<Picture> {
    let all: Vec<Medians> = group.cells.iter().map(|cell| medians(cell)).collect();
    let most = group.cells.iter().map(|cell| cell.slices.len()).max().filter(|most| *most > 1)?;
    let y = Scale::logarithmic(all.iter().flatten().map(|(_, ns)| *ns), BOTTOM, TOP);
    let x = Scale::linear(most as f64, LEFT, RIGHT);
    let mut svg = Markup::default();
    axes::vertical(&mut svg, &y, latency);
    for slice in x.ticks().into_iter().filter(|slice| *slice > 0.0 && slice.fract() == 0.0) {
        axes::tick(&mut svg, x.at(slice), (TOP, BOTTOM), &slice.to_string());
    }
    axes::title(&mut svg, BOTTOM + 33.0, "slice");
    let mut words = Vec::new();
    let mut description = "Median delivered latency by slice.".to_owned();
    for (index, (cell, medians)) in group.cells.iter().zip(&all).enumerate() {
        let style = Style(index);
        let points: Vec<_> =
            medians.iter().map(|(slice, ns)| (x.at(*slice as f64), y.at(*ns))).collect();
        svg.tag("g").attr("class", style.class()).inside(|svg| {
            style.line(svg, &points);
            if points.len() <= MARKS {
                points.iter().for_each(|point| style.mark(svg, *point));
            }
        });
        description += &format!(" {}: {}.", cell.name, range(medians));
        words.extend(trend(medians).map(|trend| format!("{} {trend}", cell.name)));
    }
    let words = if words.is_empty() { "no variant drifts".to_owned() } else { words.join("; ") };
    Some(Picture {
        title: "Delivered latency over time",
        caption: format!("Median of each slice; variants take turns. Start to end: {words}."),
        description: format!("{description} Start to end: {words}."),
        height: HEIGHT,
        legend: Legend::Lines,
        content: svg,
    })
}

fn medians(cell: &Cell) -> Medians {
    let median = |text: &String| Histogram::from_base64(text).ok()?.quantile(0.5);
    let numbered = cell.slices.iter().enumerate();
    numbered.filter_map(|(at, slice)| Some((at + 1, median(&slice.delivered)? as f64))).collect()
}

fn range(medians: &Medians) -> String {
    let all = medians.iter().map(|(_, ns)| *ns);
    let (low, high) = (all.clone().fold(f64::INFINITY, f64::min), all.fold(0.0, f64::max));
    match medians.len() {
        0 => "no slice could be read".to_owned(),
        slices => format!("{slices} slices, {} to {}", latency(low), latency(high)),
    }
}

/// What is to be said of a series, if there is anything.
fn trend(medians: &Medians) -> Option<String> {
    let series: Vec<f64> = medians.iter().map(|(_, ns)| *ns).collect();
    match (drift(&series), mann_kendall(&series)) {
        (Some(drift), Some(test)) if test.p < SIGNIFICANT => {
            Some(format!("drifts by {:+.1} %", 100.0 * drift))
        }
        (_, Some(_)) => None,
        _ => Some("has too few slices to tell".to_owned()),
    }
}
