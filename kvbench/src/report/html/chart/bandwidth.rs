//! Bandwidth: a bar per variant, with its interval.

use super::picture::{Legend, Picture};
use super::rows;
use super::scale::Scale;
use super::style::Style;
use crate::record::Bandwidth;
use crate::report::bandwidth;
use crate::report::group::Group;
use crate::report::html::markup::Markup;

pub(super) fn chart(group: &Group<'_>) -> Option<Picture> {
    let all: Vec<_> = group.cells.iter().map(|cell| cell.bandwidth_bytes_per_s).collect();
    let highest = all.iter().map(|one| one.high.unwrap_or(one.value)).fold(0.0, f64::max);
    let scale = Scale::linear(highest, rows::LEFT, rows::RIGHT);
    let mut svg = Markup::default();
    let mut description = String::from("Bandwidth.");
    rows::axis(&mut svg, &scale, all.len(), bandwidth);
    for (index, (cell, one)) in group.cells.iter().zip(&all).enumerate() {
        svg.tag("g").attr("class", Style(index).class()).inside(|svg| {
            svg.tag("rect")
                .attr("class", "bar")
                .at("x", rows::LEFT)
                .at("y", rows::bar_top(index))
                .at("width", scale.at(one.value) - rows::LEFT)
                .at("height", rows::BAR)
                .empty();
        });
        if let (Some(low), Some(high)) = (one.low, one.high) {
            rows::whisker(&mut svg, index, (scale.at(low), scale.at(high)));
        }
        let figure = figure(one);
        rows::heading(&mut svg, index, &cell.name, &figure);
        description += &format!(" {}: {figure}.", cell.name);
    }
    Some(Picture {
        title: "Bandwidth",
        caption: "Payload of delivered requests per second. Whiskers are 95 % intervals."
            .to_owned(),
        description,
        height: rows::height(all.len()),
        legend: Legend::None,
        content: svg,
    })
}

/// The bandwidth and its interval; the unit is written once where it is the same.
fn figure(one: &Bandwidth) -> String {
    let (Some(low), Some(high)) = (one.low, one.high) else {
        return format!("{} (too few slices for an interval)", bandwidth(one.value));
    };
    let [value, low, high] = [one.value, low, high].map(bandwidth);
    let unit = value.rsplit(' ').next().unwrap_or_default();
    match (value.strip_suffix(unit), low.strip_suffix(unit), high.strip_suffix(unit)) {
        (Some(value), Some(low), Some(high)) => {
            format!("{value}({low}to {}) {unit}", high.trim_end())
        }
        _ => format!("{value} ({low} to {high})"),
    }
}
