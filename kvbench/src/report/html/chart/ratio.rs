//! The answer as a picture: the interval of each variant's ratio to the base.

use super::picture::{Legend, Picture};
use super::rows;
use super::scale::Scale;
use super::style::Style;
use crate::report::group::Group;
use crate::report::html::markup::Markup;
use crate::report::measured::Measured;
use crate::report::notes::word;
use crate::stats::Verdict;

pub(super) fn chart(group: &Group<'_>) -> Option<Picture> {
    let compared: Vec<(usize, &Measured<'_>, &Verdict)> = group
        .cells
        .iter()
        .enumerate()
        .filter_map(|(index, cell)| Some((index, cell, &cell.comparison.as_ref()?.verdict)))
        .collect();
    let base = group.cells.first().filter(|_| !compared.is_empty())?;
    let ends = compared.iter().filter_map(|(.., verdict)| verdict.ratio());
    // Equality is always on the chart, with room on both sides.
    let ends = ends.flat_map(|ratio| [ratio.low, ratio.high]).chain([0.9, 1.0 / 0.9]);
    let scale = Scale::logarithmic(ends, rows::LEFT, rows::RIGHT);
    let mut svg = Markup::default();
    let mut description = format!("Delivered latency against {}.", base.name);
    rows::axis(&mut svg, &scale, compared.len(), |ratio| format!("{}×", round(ratio)));
    rows::line(&mut svg, "equality", scale.at(1.0), compared.len());
    for (row, (index, cell, verdict)) in compared.iter().enumerate() {
        let figure = figure(verdict);
        if let Some(ratio) = verdict.ratio() {
            rows::whisker(&mut svg, row, (scale.at(ratio.low), scale.at(ratio.high)));
            let style = Style(*index);
            svg.tag("g").attr("class", style.class()).inside(|svg| {
                style.mark(svg, (scale.at(ratio.value), rows::bar_top(row) + rows::BAR / 2.0));
            });
        }
        rows::heading(&mut svg, row, &cell.name, &figure);
        description += &format!(" {}: {figure}, {}.", cell.name, word(verdict).0);
    }
    Some(Picture {
        title: "Delivered latency against the base",
        caption: format!(
            "Of the median of {}, with its interval: left of 1× is sooner, right is later.",
            base.name
        ),
        description,
        height: rows::height(compared.len()),
        legend: Legend::None,
        content: svg,
    })
}

fn figure(verdict: &Verdict) -> String {
    match verdict.ratio() {
        Some(ratio) => {
            let (value, low, high) = (round(ratio.value), round(ratio.low), round(ratio.high));
            format!("{value}× ({low} to {high})")
        }
        None => "too few slices to tell".to_owned(),
    }
}

/// Two places, more where that would be nothing.
fn round(ratio: f64) -> String {
    let places = if ratio < 0.1 { 4 } else { 2 };
    let text = format!("{ratio:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
