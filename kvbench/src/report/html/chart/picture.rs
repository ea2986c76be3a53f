//! A chart as it comes onto the page: an image with a title and its figures in words.

use crate::report::html::markup::Markup;

/// Width of all charts. Text of 12 pixels stays readable where a phone shrinks them.
pub(super) const WIDTH: f64 = 400.0;

/// A chart.
pub(super) struct Picture {
    pub title: &'static str,
    /// How to read it.
    pub caption: String,
    /// Its figures, for those who do not see it.
    pub description: String,
    pub height: f64,
    pub legend: Legend,
    /// The content of its SVG.
    pub content: Markup,
}

/// What must be said apart from the drawing.
#[derive(Clone, Copy)]
pub(super) enum Legend {
    None,
    /// Which line is which.
    Lines,
    Steps,
}

impl Picture {
    /// Writes the image.
    pub fn write(&self, html: &mut Markup, id: &str) {
        let (title, description) = (format!("{id}-title"), format!("{id}-description"));
        html.tag("svg")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr("viewBox", format!("0 0 {WIDTH} {}", self.height))
            .attr("role", "img")
            .attr("aria-labelledby", format!("{title} {description}"))
            .inside(|svg| {
                svg.tag("title").attr("id", title).text(self.title);
                svg.tag("desc").attr("id", description).text(&self.description);
                svg.append(&self.content);
            });
    }
}
