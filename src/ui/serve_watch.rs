//! Watches a deployment on a thread of its own, which has the least claim to a processor: a dashboard, a line
//! now and then, or nothing.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kvbench::serving::{Overview, Watcher};

use super::serve_model::ServeModel;
use super::{OnStop, Screen, Ui, tell, yield_processor};

/// Between two drawings.
const DRAW_EVERY: Duration = Duration::from_millis(500);

/// Between two lines.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How long the deployment may take to say what it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Watches until it is dropped; then the terminal is given back.
pub struct ServeWatch {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ServeWatch {
    /// Begins to watch a deployment of which `title` says what it is.
    pub fn start(ui: Ui, watcher: Watcher, title: String) -> Self {
        let model = ServeModel::new(title);
        match ui.possible() {
            Ui::Dashboard => match Screen::open(OnStop::Interrupt) {
                Ok(screen) => Self::every(DRAW_EVERY, watcher, drawn(model, screen)),
                Err(error) => {
                    tell(&format!("no --ui dashboard on this terminal: {error}"));
                    Self::every(TELL_EVERY, watcher, told(model))
                }
            },
            Ui::Simple => Self::every(TELL_EVERY, watcher, told(model)),
            Ui::None => Self { end: None, thread: None },
        }
    }

    fn every(
        period: Duration,
        watcher: Watcher,
        mut show: impl FnMut(Duration, Overview) + Send + 'static,
    ) -> Self {
        let (end, ended) = channel();
        let watch = move || {
            // Where the system refuses it, the view only costs a little more.
            let _ = yield_processor();
            let begun = Instant::now();
            while let Some(now) = watcher.look(PATIENCE) {
                show(begun.elapsed(), now);
                if ended.recv_timeout(period) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name("view".to_owned()).spawn(watch);
        // Without a thread there is nothing to see, and the deployment serves all the same.
        Self { end: Some(end), thread: thread.ok() }
    }
}

impl Drop for ServeWatch {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was told when it happened.
            let _ = thread.join();
        }
    }
}

fn drawn(mut model: ServeModel, mut screen: Screen) -> impl FnMut(Duration, Overview) + Send {
    move |at, now| screen.draw(&model.view(at, now))
}

fn told(mut model: ServeModel) -> impl FnMut(Duration, Overview) + Send {
    move |at, now| {
        if let Some(line) = model.line(at, now) {
            tell(&line);
        }
    }
}
