//! Axes and grid lines.

use super::picture::WIDTH;
use super::scale::Scale;
use crate::report::html::markup::Markup;

/// Where a chart with a vertical axis has its lines.
pub(super) const LEFT: f64 = 54.0;
pub(super) const RIGHT: f64 = WIDTH - 12.0;
pub(super) const TOP: f64 = 12.0;
pub(super) const BOTTOM: f64 = 222.0;
/// The width of a letter, about.
pub(super) const LETTER: f64 = 6.4;
/// The height of such a chart.
pub(super) const HEIGHT: f64 = 262.0;

/// Horizontal lines, with their values to the left.
pub(super) fn vertical(svg: &mut Markup, scale: &Scale, write: fn(f64) -> String) {
    for value in scale.ticks() {
        let y = scale.at(value);
        svg.tag("line")
            .attr("class", "grid")
            .at("x1", LEFT)
            .at("x2", RIGHT)
            .at("y1", y)
            .at("y2", y)
            .empty();
        label(svg, (LEFT - 6.0, y + 4.0), "end", &write(value));
    }
}

/// A vertical line at `x` with its value below.
pub(super) fn tick(svg: &mut Markup, x: f64, (top, bottom): (f64, f64), text: &str) {
    svg.tag("line")
        .attr("class", "grid")
        .at("x1", x)
        .at("x2", x)
        .at("y1", top)
        .at("y2", bottom)
        .empty();
    below(svg, (x, bottom), text);
}

/// Writes a value below an axis, within the chart also at its ends.
pub(super) fn below(svg: &mut Markup, (x, bottom): (f64, f64), text: &str) {
    let half = text.chars().count() as f64 * LETTER / 2.0;
    let (x, anchor) = match x {
        x if x + half > WIDTH - 4.0 => (WIDTH - 2.0, "end"),
        x if x < half + 4.0 => (2.0, "start"),
        x => (x, "middle"),
    };
    label(svg, (x, bottom + 15.0), anchor, text);
}

/// What the horizontal axis is.
pub(super) fn title(svg: &mut Markup, y: f64, text: &str) {
    label(svg, ((LEFT + RIGHT) / 2.0, y), "middle", text);
}

fn label(svg: &mut Markup, (x, y): (f64, f64), anchor: &'static str, text: &str) {
    svg.tag("text")
        .attr("class", "axis")
        .at("x", x)
        .at("y", y)
        .attr("text-anchor", anchor)
        .text(text);
}
