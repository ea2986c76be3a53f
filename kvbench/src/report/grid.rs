//! Rows and columns of figures, the same for every form that shows them.

/// Figures by variant.
pub(super) struct Grid {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Field>>,
}

/// A column: text stands to the left, figures to the right.
#[derive(Clone, PartialEq)]
pub(super) enum Column {
    Text(&'static str),
    Figure(&'static str),
    /// Figures of something that has a name, which is the title.
    Named(String),
}

/// What stands in a row and column.
pub(super) struct Field {
    pub text: String,
    pub tone: Tone,
}

/// What a field or sentence means for the reader, to be told by more than words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Open,
}

impl Column {
    pub fn title(&self) -> &str {
        match self {
            Self::Text(title) | Self::Figure(title) => title,
            Self::Named(name) => name,
        }
    }

    pub fn is_figure(&self) -> bool {
        !matches!(self, Self::Text(_))
    }
}

impl Tone {
    /// A sign for those who cannot tell colours apart, or see none.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Open => "?",
        }
    }
}

impl<T: Into<String>> From<T> for Field {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }
}
