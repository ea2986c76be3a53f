//! The dashboard of a run: its model, drawn when something happened, and between turns only.

use std::time::{Duration, Instant};

use kvbench::error::Error;
use kvbench::measure::{Observer, TurnReport};
use kvbench::worker::Step;

use super::run_model::RunModel;
use super::screen::Screen;
use super::watch::Watch;

/// Between two drawings, at least.
const PERIOD: Duration = Duration::from_millis(250);

/// A run on a terminal.
pub struct Dashboard {
    model: RunModel,
    screen: Screen,
    drawn: Option<Instant>,
}

impl Dashboard {
    pub fn new(screen: Screen) -> Self {
        Self { model: RunModel::new(), screen, drawn: None }
    }

    fn draw(&mut self) {
        self.screen.draw(self.model.view());
        self.drawn = Some(Instant::now());
    }

    fn draw_if_due(&mut self) {
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PERIOD) {
            self.draw();
        }
    }
}

impl Watch for Dashboard {
    fn place(&mut self, place: String) {
        self.model.place(place);
    }

    fn begin_run(&mut self, moved: String, variants: Vec<String>) {
        self.model.begin_run(moved, variants);
        self.draw();
    }
}

impl Observer for Dashboard {
    fn step(&mut self, variant: &str, step: Step) {
        self.model.step(variant, step);
        // Variants come to it many times, in short turns.
        if step == Step::WarmUp { self.draw_if_due() } else { self.draw() }
    }

    fn turn(&mut self, turn: &TurnReport<'_>) {
        self.model.turn(turn);
    }

    fn failed(&mut self, variant: usize, error: &Error) {
        self.model.failed(variant, error);
        self.draw();
    }

    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>) {
        self.model.measuring(elapsed, limit, latest);
        self.draw_if_due();
    }

    fn trial(&mut self, point: &str, done: usize, of: usize) {
        self.model.trial(point, done, of);
        self.draw_if_due();
    }

    fn end(&mut self) {
        Observer::end(&mut self.model);
        self.draw();
    }

    fn is_stopped(&self) -> bool {
        self.screen.is_stopped()
    }
}

impl nixl_runtime::Progress for Dashboard {
    fn begin(&mut self, item: &str, total_bytes: u64) {
        self.model.begin(item, total_bytes);
        self.draw();
    }

    fn advance(&mut self, done_bytes: u64) {
        self.model.advance(done_bytes);
        self.draw_if_due();
    }

    fn end(&mut self) {
        nixl_runtime::Progress::end(&mut self.model);
    }
}
