//! Charts with a row per variant: its name, its figure, and below them what is drawn.

use super::axes;
use super::picture::WIDTH;
use super::scale::Scale;
use crate::report::html::markup::Markup;

/// Where rows begin and end.
pub(super) const LEFT: f64 = 8.0;
pub(super) const RIGHT: f64 = WIDTH - 12.0;
/// The height of a bar.
pub(super) const BAR: f64 = 16.0;
const ROW: f64 = 46.0;

/// The width of a letter of a name, which is bold, and of a figure, about.
const NAME_LETTER: f64 = 7.4;
const FIGURE_LETTER: f64 = 6.5;

/// The height of a chart of so many rows.
pub(super) fn height(rows: usize) -> f64 {
    bottom(rows) + 22.0
}

/// The top of the bar of the row at `index`.
pub(super) fn bar_top(index: usize) -> f64 {
    index as f64 * ROW + 22.0
}

/// Writes the name and the figure of a row.
pub(super) fn heading(svg: &mut Markup, index: usize, name: &str, figure: &str) {
    let y = bar_top(index) - 7.0;
    let taken = figure.chars().count() as f64 * FIGURE_LETTER;
    let room = ((WIDTH - 2.0 * LEFT - taken) / NAME_LETTER).max(8.0) as usize;
    svg.tag("text").attr("class", "name").at("x", LEFT).at("y", y).text(shorten(name, room));
    let end = svg.tag("text").attr("class", "value").at("x", WIDTH - 8.0).at("y", y);
    end.attr("text-anchor", "end").text(figure);
}

/// Draws the values along the bottom of so many rows.
pub(super) fn axis(svg: &mut Markup, scale: &Scale, rows: usize, write: fn(f64) -> String) {
    for value in scale.ticks() {
        line(svg, "grid", scale.at(value), rows);
        let text = if value == 0.0 { "0".to_owned() } else { write(value) };
        axes::below(svg, (scale.at(value), bottom(rows)), &text);
    }
}

/// Draws a vertical line through the bars, but not through the text between them.
pub(super) fn line(svg: &mut Markup, class: &'static str, x: f64, rows: usize) {
    let piece = |row| format!("M{x:.1} {:.1}v{:.1}", bar_top(row) - 3.0, BAR + 6.0);
    let path: String = (0..rows).map(piece).collect();
    svg.tag("path").attr("class", class).attr("d", path).empty();
}

/// Draws an interval across the row at `index`.
pub(super) fn whisker(svg: &mut Markup, index: usize, (low, high): (f64, f64)) {
    let (top, middle) = (bar_top(index) + 3.0, bar_top(index) + BAR / 2.0);
    let end = BAR - 6.0;
    let path = format!(
        "M{low:.1} {top:.1}v{end:.1}M{low:.1} {middle:.1}H{high:.1}M{high:.1} {top:.1}v{end:.1}"
    );
    svg.tag("path").attr("class", "halo").attr("d", &path).empty();
    svg.tag("path").attr("class", "whisker").attr("d", &path).empty();
}

fn bottom(rows: usize) -> f64 {
    rows as f64 * ROW + 2.0
}

/// Text without its middle: names of variants often differ in their ends.
fn shorten(text: &str, letters: usize) -> String {
    let count = text.chars().count();
    if count <= letters {
        return text.to_owned();
    }
    let (head, tail) = (letters / 2, letters - letters / 2 - 1);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_goes_first() {
        assert_eq!(shorten("LIBFABRIC rails=2", 17), "LIBFABRIC rails=2");
        assert_eq!(shorten("LIBFABRIC rails=2", 9), "LIBF…ls=2");
    }
}
