//! How variants are told apart: a colour, a dash and a mark each, and a legend.

use crate::report::html::markup::Markup;

/// Dashes; their number and that of the colours have no common factor, so thirty variants differ.
const DASHES: [&str; 5] = ["none", "7 3", "2 3", "10 3 2 3", "14 4"];
const COLOURS: usize = 6;

/// The look of the variant at an index.
#[derive(Clone, Copy)]
pub(super) struct Style(pub usize);

impl Style {
    /// The class of its colour.
    pub fn class(self) -> String {
        format!("variant v{}", self.0 % COLOURS)
    }

    /// Draws a line through `points`.
    pub fn line(self, svg: &mut Markup, points: &[(f64, f64)]) {
        let one = |(x, y): &(f64, f64)| format!("{x:.1},{y:.1}");
        let points: Vec<_> = points.iter().map(one).collect();
        svg.tag("polyline")
            .attr("class", "line")
            .attr("stroke-dasharray", DASHES[self.0 % DASHES.len()])
            .attr("points", points.join(" "))
            .empty();
    }

    /// Draws a mark: circle, square, triangle, diamond or a triangle on its head.
    pub fn mark(self, svg: &mut Markup, (x, y): (f64, f64)) {
        let path = match self.0 % DASHES.len() {
            0 => "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
            1 => "m-3.2 -3.2h6.4v6.4h-6.4z",
            2 => "m0 -4.2l4 7h-8z",
            3 => "m0 -4.6l4.6 4.6l-4.6 4.6l-4.6 -4.6z",
            _ => "m0 4.2l4 -7h-8z",
        };
        svg.tag("path").attr("class", "mark").attr("d", format!("M{x:.1} {y:.1}{path}")).empty();
    }
}

/// What each line and its mark stand for.
pub(super) fn legend<'n>(html: &mut Markup, names: impl Iterator<Item = &'n str>) {
    html.tag("ul").attr("class", "legend").inside(|html| {
        for (index, name) in names.enumerate() {
            let style = Style(index);
            html.tag("li").inside(|html| {
                let swatch = html.tag("svg").attr("class", "swatch").attr("viewBox", "0 0 34 12");
                swatch.attr("aria-hidden", true).inside(|svg| {
                    svg.tag("g").attr("class", style.class()).inside(|svg| {
                        style.line(svg, &[(1.0, 6.0), (33.0, 6.0)]);
                        style.mark(svg, (17.0, 6.0));
                    });
                });
                html.text(name);
            });
        }
    });
}
