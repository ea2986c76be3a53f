//! Tables: each in a box of its own that scrolls, so that the page never does sideways.

use super::markup::Markup;
use crate::report::grid::{Column, Field, Grid, Tone};

/// A table with a caption; the first field of each row is its header.
pub(super) fn table(html: &mut Markup, caption: &str, grid: &Grid) {
    let scrolls = html.tag("div").attr("class", "scroll").attr("role", "region");
    scrolls.attr("aria-label", caption).attr("tabindex", 0).inside(|html| {
        html.tag("table").inside(|html| {
            html.tag("caption").text(caption);
            html.tag("thead").inside(|html| {
                html.tag("tr").inside(|html| grid.columns.iter().for_each(|one| head(html, one)));
            });
            html.tag("tbody").inside(|html| {
                for row in &grid.rows {
                    html.tag("tr").inside(|html| fields(html, &grid.columns, row));
                }
            });
        });
    });
}

fn head(html: &mut Markup, column: &Column) {
    html.tag("th").attr("scope", "col").attr("class", class(column)).text(column.title());
}

fn fields(html: &mut Markup, columns: &[Column], row: &[Field]) {
    for (index, (column, field)) in columns.iter().zip(row).enumerate() {
        let tag = if index == 0 {
            html.tag("th").attr("scope", "row")
        } else {
            html.tag("td").attr("class", if is_long(field) { "long" } else { class(column) })
        };
        match field.tone {
            Tone::Plain => tag.text(&field.text),
            tone => tag.inside(|html| badge(html, tone, &field.text)),
        }
    }
}

/// Sentences may break into lines; names and figures read better whole.
fn is_long(field: &Field) -> bool {
    field.text.chars().count() > 28
}

fn class(column: &Column) -> &'static str {
    if column.is_figure() { "figure" } else { "words" }
}

/// A word with a sign, so that its colour is not all that tells.
pub(super) fn badge(html: &mut Markup, tone: Tone, word: &str) {
    let class = match tone {
        Tone::Plain => "badge plain",
        Tone::Good => "badge good",
        Tone::Bad => "badge bad",
        Tone::Open => "badge open",
    };
    html.tag("span").attr("class", class).inside(|html| {
        if !tone.sign().is_empty() {
            html.tag("span").attr("aria-hidden", true).text(tone.sign());
            html.text(" ");
        }
        html.text(word);
    });
}
