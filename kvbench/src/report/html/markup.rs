//! HTML and SVG under construction: names come from this crate, whatever else is written is escaped.

use std::fmt::{Display, Write};

/// Elements that begin and end a line, so that people and `diff` can read the file.
const LINES: &[&str] = &[
    "body",
    "div",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "g",
    "head",
    "header",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "path",
    "rect",
    "section",
    "svg",
    "table",
    "tbody",
    "text",
    "thead",
    "tr",
    "ul",
];

/// Well-formed text: an element is closed where the scope of its content ends.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

/// An element whose attributes are being written; `text`, `inside` or `empty` completes it.
#[must_use = "an element without an end breaks what follows"]
pub(super) struct Tag<'m> {
    markup: &'m mut Markup,
    name: &'static str,
}

impl Markup {
    /// Begins an element.
    pub fn tag(&mut self, name: &'static str) -> Tag<'_> {
        self.push_all(["<", name]);
        Tag { markup: self, name }
    }

    /// Writes text.
    pub fn text(&mut self, text: impl AsRef<str>) {
        escape(&mut self.0, text.as_ref());
    }

    /// Writes what is part of this program, as it is.
    pub fn verbatim(&mut self, text: &'static str) {
        self.0.push_str(text);
    }

    /// Writes what was built apart.
    pub fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.0
    }

    fn push_all<const N: usize>(&mut self, parts: [&str; N]) {
        parts.into_iter().for_each(|part| self.0.push_str(part));
    }

    fn end_line(&mut self, name: &str) {
        if LINES.contains(&name) {
            self.0.push('\n');
        }
    }
}

impl Tag<'_> {
    /// An attribute.
    pub fn attr(self, name: &'static str, value: impl Display) -> Self {
        self.markup.push_all([" ", name, "=\""]);
        escape(&mut self.markup.0, &value.to_string());
        self.markup.0.push('"');
        self
    }

    /// A coordinate or length, to a tenth of a pixel.
    pub fn at(self, name: &'static str, value: f64) -> Self {
        let value = if value.is_finite() { (value * 10.0).round() / 10.0 } else { 0.0 };
        let _ = write!(self.markup.0, " {name}=\"{value}\"");
        self
    }

    /// Its content is text.
    pub fn text(self, text: impl AsRef<str>) {
        self.markup.0.push('>');
        self.markup.text(text);
        self.close();
    }

    /// Its content is what `write` writes.
    pub fn inside(self, write: impl FnOnce(&mut Markup)) {
        self.markup.0.push('>');
        self.markup.end_line(self.name);
        write(self.markup);
        self.close();
    }

    /// It has no content.
    pub fn empty(self) {
        self.markup.0.push_str("/>");
        self.markup.end_line(self.name);
    }

    fn close(self) {
        self.markup.push_all(["</", self.name, ">"]);
        self.markup.end_line(self.name);
    }
}

/// Characters that neither HTML nor XML may hold become U+FFFD.
fn escape(into: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            '\n' | '\t' => into.push(char),
            '\u{fffe}' | '\u{ffff}' => into.push('\u{fffd}'),
            char if char.is_control() => into.push('\u{fffd}'),
            char => into.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_from_its_place() {
        let mut markup = Markup::default();
        markup.tag("p").attr("title", "\"><script>").at("x", 1.26).inside(|p| {
            p.tag("b").text("</b>&\0");
            p.tag("br").empty();
        });
        assert_eq!(
            markup.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;\" x=\"1.3\">\n<b>&lt;/b&gt;&amp;\u{fffd}</b><br/></p>\n"
        );
    }

    #[test]
    fn a_coordinate_is_always_a_number() {
        let mut markup = Markup::default();
        markup.tag("rect").at("x", f64::NAN).at("y", f64::INFINITY).at("width", -0.01).empty();
        assert_eq!(markup.finish(), "<rect x=\"0\" y=\"0\" width=\"-0\"/>\n");
    }
}
