//! What a command shows while it goes on: a dashboard, a bar or lines, or nothing.

mod bar;
mod dashboard;
mod lines;
mod render;
mod run_model;
mod screen;
mod serve_model;
mod serve_watch;
pub mod view;
mod watch;

use std::io::IsTerminal;
use std::path::Path;

use clap::ValueEnum;

pub use screen::{OnStop, Screen, tell, yield_processor};
pub use serve_watch::ServeWatch;
pub use watch::Watch;

/// What to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Ui {
    /// Figures, percentiles, NICs and trends on the whole terminal
    Dashboard,
    /// A bar on a terminal, else lines
    Simple,
    /// Nothing
    None,
}

impl Ui {
    /// Begins to watch runs; shows nothing yet, dashboards apart.
    pub fn watch(self) -> Box<dyn Watch> {
        match self.possible() {
            Self::Dashboard => match Screen::open(OnStop::TellTheRun) {
                Ok(screen) => Box::new(dashboard::Dashboard::new(screen)),
                Err(error) => {
                    tell(&format!("no --ui dashboard on this terminal: {error}"));
                    Self::Simple.watch()
                }
            },
            Self::Simple if std::io::stderr().is_terminal() => Box::new(bar::Bar::on_terminal()),
            Self::Simple => Box::new(lines::Lines::new(std::io::stderr())),
            Self::None => Box::new(bar::Bar::hidden()),
        }
    }

    /// What can be shown while records go to `json`: a dashboard would not leave them on the same terminal.
    pub fn beside(self, json: Option<&Path>) -> Self {
        let same = json == Some(Path::new("-")) && std::io::stdout().is_terminal();
        if self == Self::Dashboard && same {
            tell("no --ui dashboard, since the records go to the terminal");
            return Self::Simple;
        }
        self
    }

    /// What can be shown here: dashboards need a terminal, and a run that has none goes on without.
    pub fn possible(self) -> Self {
        if self == Self::Dashboard && !std::io::stderr().is_terminal() {
            tell("no terminal for --ui dashboard; lines instead");
            return Self::Simple;
        }
        self
    }
}
