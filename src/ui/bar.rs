//! Progress on the terminal: bytes while fetching, steps and time while running.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kvbench::measure::Observer;
use kvbench::worker::Step;

use super::watch::Watch;

/// A bar on standard error.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar, where standard error is a terminal. While a run measures, it is drawn between turns only.
    pub fn on_terminal() -> Self {
        Self(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()))
    }

    /// A bar that is never seen.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("━╸ "));
        }
    }
}

impl nixl_runtime::Progress for Bar {
    fn begin(&mut self, item: &str, total_bytes: u64) {
        if total_bytes == 0 {
            self.style("{spinner} {msg}");
            self.0.enable_steady_tick(Duration::from_millis(200));
        } else {
            self.style("{msg:38} {bar:30} {bytes:>10} of {total_bytes}  {bytes_per_sec}");
        }
        self.0.set_length(total_bytes);
        self.0.set_position(0);
        self.0.set_message(item.to_owned());
    }

    fn advance(&mut self, done_bytes: u64) {
        self.0.set_position(done_bytes);
    }

    fn end(&mut self) {
        self.0.disable_steady_tick();
        self.0.set_message("");
    }
}

impl Watch for Bar {}

impl Observer for Bar {
    fn step(&mut self, variant: &str, step: Step) {
        self.style("{msg}");
        self.0.set_message(format!("{variant}: {step}"));
    }

    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>) {
        self.style("measuring {bar:20} {msg}");
        self.0.set_length(limit.as_millis() as u64);
        self.0.set_position(elapsed.min(limit).as_millis() as u64);
        let time = format!("{:.0} of at most {:.0} s", elapsed.as_secs_f64(), limit.as_secs_f64());
        self.0.set_message(match latest {
            Some(latest) => format!("{time}  {latest}"),
            None => time,
        });
    }

    fn trial(&mut self, point: &str, done: usize, of: usize) {
        self.style("processes {bar:20} {pos} of {len}  {msg}");
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
        self.0.set_message(point.to_owned());
    }

    fn requests(&mut self, load: &str, ended: u64, of: Option<u64>) {
        self.style(match of {
            Some(_) => "requests {bar:20} {pos} of {len}  {msg}",
            None => "requests {spinner} {pos}  {msg}",
        });
        self.0.set_length(of.unwrap_or(0));
        self.0.set_position(ended);
        self.0.set_message(load.to_owned());
    }

    fn end(&mut self) {
        self.0.finish_and_clear();
    }
}
