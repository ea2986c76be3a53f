//! A view on a terminal: everything from the top, as far as it has room. Colours only repeat what signs say.

mod columns;
mod rows;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{LineGauge, Paragraph, Wrap};

use self::columns::{meters_in_columns, nics_in_columns};
use super::view::{Figure, State, View};

/// What the bottom says when an end was asked for.
pub const STOPPING: &str = "ending; q or Ctrl-C again: end at once";

/// From here on, trends and NICs are beside each other.
const WIDE: u16 = 110;

/// Draws everything, with the latest notices.
pub fn render(frame: &mut Frame<'_>, view: &View, notices: &[String], is_stopped: bool) {
    let [page, keys] =
        frame.area().layout(&Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]));
    let text = match is_stopped {
        true => STOPPING.to_owned(),
        false => format!("q or Ctrl-C: {}; twice: end at once", view.stop_does),
    };
    frame.render_widget(Line::from(text).dim(), keys);
    let mut page = Page { left: page };
    told(frame, notices, &mut page);
    if let Some(area) = page.take(1) {
        title(frame, view, area);
    }
    if let Some(area) = page.take(1) {
        phase(frame, view, area);
    }
    figures(frame, &view.figures, &mut page);
    if !view.rows.is_empty()
        && let Some(area) = page.take_after_gap(1 + view.rows.len() as u16)
    {
        rows::table(frame, view, area);
    }
    failures(frame, view, &mut page);
    if let Some(answer) = &view.answer
        && let Some(area) = page.take_after_gap(lines_of(answer, page.left.width))
    {
        frame.render_widget(Paragraph::new(answer.as_str()).wrap(Wrap { trim: true }), area);
    }
    lower(frame, view, &mut page);
}

/// What is left of the page, from the top down.
struct Page {
    left: Rect,
}

impl Page {
    /// So many lines, or as many as there are.
    fn take(&mut self, lines: u16) -> Option<Rect> {
        let lines = lines.min(self.left.height);
        let area = Rect { height: lines, ..self.left };
        self.left = Rect { y: self.left.y + lines, height: self.left.height - lines, ..self.left };
        (lines > 0).then_some(area)
    }

    /// So many lines at the bottom, or as many as there are.
    fn take_from_the_bottom(&mut self, lines: u16) -> Rect {
        let lines = lines.min(self.left.height);
        self.left.height -= lines;
        Rect { y: self.left.bottom(), height: lines, ..self.left }
    }

    /// The same from the top, below an empty line.
    fn take_after_gap(&mut self, lines: u16) -> Option<Rect> {
        self.take(1)?;
        self.take(lines)
    }
}

fn title(frame: &mut Frame<'_>, view: &View, area: Rect) {
    let mut spans = vec![Span::from("kvbench  ").bold(), Span::from(view.title.as_str())];
    if !view.place.is_empty() {
        spans.insert(1, Span::from(format!("{}  ", view.place)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What is happening, and how far it is.
fn phase(frame: &mut Frame<'_>, view: &View, area: Rect) {
    let Some(progress) = &view.progress else {
        return frame.render_widget(view.phase.as_str(), area);
    };
    let label = format!("{}  {}", view.phase, progress.text);
    let gauge = LineGauge::default()
        .label(label)
        .ratio(progress.share)
        .filled_symbol("━")
        .unfilled_symbol(" ")
        .filled_style(Style::new().fg(Color::Cyan));
    frame.render_widget(gauge, area);
}

fn figures(frame: &mut Frame<'_>, figures: &[Figure], page: &mut Page) {
    if figures.is_empty() {
        return;
    }
    let text =
        |figure: &Figure| format!("{}\u{a0}{}", figure.name.replace(' ', "\u{a0}"), figure.value);
    let span = |figure: &Figure| {
        let text = Span::from(text(figure));
        [if figure.alarming { text.red().bold() } else { text }, Span::from("   ")]
    };
    let line: Line<'_> = figures.iter().flat_map(span).collect();
    if let Some(area) = page.take_after_gap(lines_of(&line.to_string(), page.left.width)) {
        frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), area);
    }
}

/// Why rows failed, the first lines of each.
fn failures(frame: &mut Frame<'_>, view: &View, page: &mut Page) {
    for row in &view.rows {
        let State::Failed(why) = &row.state else { continue };
        let text = format!("✗ {}: {why}", row.name);
        let lines = lines_of(&text, page.left.width).min(4);
        if let Some(area) = page.take(lines) {
            let style = Style::new().fg(Color::Red);
            frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }).style(style), area);
        }
    }
}

/// Trends and what fills up; beside each other where there is room.
fn lower(frame: &mut Frame<'_>, view: &View, page: &mut Page) {
    let trends = view.rows.iter().filter(|row| !row.trend.is_empty()).count() as u16;
    if page.left.width < WIDE {
        if trends > 0
            && let Some(area) = page.take_after_gap(1 + trends)
        {
            rows::trends(frame, view, area);
        }
        let side = side(view, page.left.width);
        if !side.is_empty()
            && let Some(area) = page.take_after_gap(side.len() as u16)
        {
            frame.render_widget(Paragraph::new(side), area);
        }
        return;
    }
    let gap = 3;
    let half = (page.left.width - gap) / 2;
    let side = side(view, half);
    let trends = if trends > 0 { 1 + trends } else { 0 };
    let lines = trends.max(side.len() as u16);
    if lines > 0
        && let Some(area) = page.take_after_gap(lines)
    {
        let columns = [Constraint::Length(half), Constraint::Length(gap), Constraint::Fill(1)];
        let [left, _, right] = area.layout(&Layout::horizontal(columns));
        if trends > 0 {
            rows::trends(frame, view, left);
        }
        frame.render_widget(Paragraph::new(side), if trends > 0 { right } else { left });
    }
}

/// NICs and meters, each below its heading, in so many columns of characters.
fn side(view: &View, width: u16) -> Vec<Line<'static>> {
    let nics = nics_in_columns(&view.nics, width);
    let meters = meters_in_columns(&view.meters, width);
    let parts = [("NICs", nics), ("blocks in use", meters)].into_iter();
    let with_heading = |(heading, lines): (&'static str, Vec<String>)| {
        [Line::from(heading).bold()].into_iter().chain(lines.into_iter().map(Line::from))
    };
    parts.filter(|(_, lines)| !lines.is_empty()).flat_map(with_heading).collect()
}

/// What was said, at the bottom: as many of the latest lines as take a third of the page.
fn told(frame: &mut Frame<'_>, notices: &[String], page: &mut Page) {
    let lines: Vec<&str> = notices.iter().flat_map(|notice| notice.lines()).collect();
    let shown = lines.len().min(usize::from(page.left.height / 3).max(1));
    if shown == 0 {
        return;
    }
    let area = page.take_from_the_bottom(1 + shown as u16);
    let latest = lines[lines.len() - shown..].iter().map(|line| Line::from(*line));
    let text: Vec<Line<'_>> = [Line::from("notices").bold()].into_iter().chain(latest).collect();
    frame.render_widget(Paragraph::new(text), area);
}

/// How many lines a text takes, about.
fn lines_of(text: &str, width: u16) -> u16 {
    let width = usize::from(width.max(1));
    let lines = text.lines().map(|line| Span::from(line).width().div_ceil(width).max(1));
    lines.sum::<usize>() as u16
}
