//! What a run shows on standard error while it goes on: a bar, lines, or nothing.

mod bar;
mod lines;

use clap::ValueEnum;
use kvbench::measure::Observer;

/// How progress is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Progress {
    /// A bar on a terminal, else nothing
    Auto,
    /// A line per step, for logs and scripts
    Plain,
    /// Nothing
    None,
}

/// Watches the fetch of a NIXL, then a run.
pub trait Watch: nixl_runtime::Progress + Observer {}

impl<T: nixl_runtime::Progress + Observer> Watch for T {}

impl Progress {
    /// Begins to watch; shows nothing yet.
    pub fn watch(self) -> Box<dyn Watch> {
        match self {
            Self::Auto => Box::new(bar::Bar::on_terminal()),
            Self::Plain => Box::new(lines::Lines::new(std::io::stderr())),
            Self::None => Box::new(bar::Bar::hidden()),
        }
    }
}
