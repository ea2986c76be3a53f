//! Rows: their figures as a table, and their trends.

use kvbench::report::{bandwidth, latency};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Cell, Row as TableRow, Sparkline, Table};

use crate::ui::view::{Row, State, View};

/// The width of a name beside its trend, and the least beside figures.
const NAME: u16 = 18;

/// A column of figures: its heading, its width, and what it says of a row.
type Column = (String, u16, fn(&Row) -> String);

/// The columns that rows have anything for, as far as there is room for them beside names.
fn columns(view: &View, width: u16) -> Vec<Column> {
    let any = |has: fn(&Row) -> bool| view.rows.iter().any(has);
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |heading: &str, width, of| columns.push((heading.to_owned(), width, of));
    add(view.count_is, 9, |row| row.count.to_string());
    if any(|row| row.errors > 0) {
        add("errors", 6, |row| row.errors.to_string());
    }
    let p50 = format!("{} p50", view.latency_is);
    let p50 = p50.trim_start();
    add(p50, p50.len().max(8) as u16, |row| quantile(row.latency.map(|of| of.p50_ns)));
    add("p90", 8, |row| quantile(row.latency.map(|of| of.p90_ns)));
    add("p99", 8, |row| quantile(row.latency.map(|of| of.p99_ns)));
    if any(|row| row.bytes_per_s.is_some()) {
        add("bandwidth", 9, |row| row.bytes_per_s.map(bandwidth).unwrap_or_default());
    }
    if any(|row| row.rails.is_some()) {
        add("NICs", 4, |row| row.rails.map(|count| count.to_string()).unwrap_or_default());
    }
    // Signs and names stand before them.
    let mut left = width.saturating_sub(2 + NAME);
    columns.retain(|(_, width, _)| {
        let fits = *width < left;
        left = if fits { left - width - 1 } else { 0 };
        fits
    });
    columns
}

fn quantile(ns: Option<u64>) -> String {
    ns.map(|ns| latency(ns as f64)).unwrap_or_default()
}

/// The table of all rows.
pub fn table(frame: &mut Frame<'_>, view: &View, area: Rect) {
    let columns = columns(view, area.width);
    let right = |text: String| Cell::from(Text::from(text).right_aligned());
    let figures = columns.iter().map(|(heading, ..)| right(heading.clone()));
    let header =
        TableRow::new([Cell::from(""), Cell::from(view.row_is)].into_iter().chain(figures));
    let rows = view.rows.iter().map(|row| {
        let (sign, style) = sign(&row.state);
        let figures = columns.iter().map(|(_, _, of)| right(of(row)));
        let name = Cell::from(row.name.as_str());
        TableRow::new([Cell::from(sign).style(style), name].into_iter().chain(figures))
    });
    let widths = columns.iter().map(|(_, width, _)| Constraint::Length(*width));
    let widths = [Constraint::Length(1), Constraint::Fill(1)].into_iter().chain(widths);
    frame.render_widget(Table::new(rows, widths).header(header.bold()), area);
}

/// A state as a sign, for terminals without colours, and its colour.
fn sign(state: &State) -> (&'static str, Style) {
    match state {
        State::Waiting => (" ", Style::new()),
        State::Busy => ("▶", Style::new().fg(Color::Cyan)),
        State::Done => ("✓", Style::new().fg(Color::Green)),
        State::Failed(_) => ("✗", Style::new().fg(Color::Red)),
    }
}

/// Bandwidth over time, a line per row, all to the same scale.
pub fn trends(frame: &mut Frame<'_>, view: &View, area: Rect) {
    let width = usize::from(area.width.saturating_sub(NAME + 1));
    let with_trend = || view.rows.iter().filter(|row| !row.trend.is_empty());
    let most = with_trend().flat_map(|row| row.trend.last(width)).fold(0.0, f64::max);
    let lines =
        [Constraint::Length(1)].into_iter().chain(with_trend().map(|_| Constraint::Length(1)));
    let areas = Layout::vertical(lines).split(area);
    let heading = format!("bandwidth, the latest on the right, up to {}", bandwidth(most));
    frame.render_widget(Line::from(heading).bold(), areas[0]);
    for (row, area) in with_trend().zip(&areas[1..]) {
        let columns = [Constraint::Length(NAME), Constraint::Length(1), Constraint::Fill(1)];
        let [name, _, line] = area.layout(&Layout::horizontal(columns));
        frame.render_widget(row.name.as_str(), name);
        // Sparklines take whole numbers; a thousandth of the scale is finer than their blocks.
        let share = |figure: f64| (1000.0 * figure / most.max(1.0)) as u64;
        let data: Vec<u64> = row.trend.last(width).map(share).collect();
        frame.render_widget(Sparkline::default().data(data).max(1000), line);
    }
}
