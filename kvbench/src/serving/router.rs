//! The thread that everything of a deployment passes through: requests, reports, deaths, time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::desk::Desk;
use super::job::ServeJob;
use super::log::Log;
use super::message::{Report, WorkerId};
use super::metrics::Metrics;
use super::overview::{Overview, Watcher};
use super::routing::{Versions, run};
use super::submission::Submission;
use super::summary::Summary;
use crate::error::{Error, Result};

/// What reaches the router.
pub(super) enum Event {
    /// A worker told something.
    Report(WorkerId, Report),
    /// A worker closed its socket.
    Gone(WorkerId),
    /// A client wants tokens.
    Submit(u64, Submission),
    /// A client is gone.
    Cancel(u64),
    /// Somebody wants to know what it does.
    Look(Sender<Overview>),
    /// The worker that receives shall stand still for so long.
    Stall(Duration),
    /// It is over.
    Stop,
}

/// A deployment that runs.
pub struct Router {
    events: Sender<Event>,
    thread: JoinHandle<Result<Summary>>,
    metrics: Arc<Metrics>,
    versions: Versions,
    desk: Desk,
    ended: Option<oneshot::Receiver<()>>,
}

impl Router {
    /// Starts the workers of `job`, and returns when all of them can reach each other.
    ///
    /// # Errors
    /// A worker cannot be set up.
    pub fn start(job: ServeJob, log: Option<Log>) -> Result<Self> {
        let (events, inbox) = channel();
        let (ready, readiness) = channel();
        let metrics = Arc::new(Metrics::new(&job));
        let (sender, shown) = (events.clone(), Arc::clone(&metrics));
        let (end, ended) = oneshot::channel();
        let run = move || {
            let _end: oneshot::Sender<()> = end;
            run(&job, sender, &inbox, &shown, log, &ready)
        };
        let thread = std::thread::Builder::new().name("router".to_owned()).spawn(run);
        let thread = thread.map_err(Error::system("start the router"))?;
        match readiness.recv() {
            Ok(versions) => {
                let desk = Desk::new(events.clone());
                Ok(Self { events, thread, metrics, versions, desk, ended: Some(ended) })
            }
            Err(_) => Err(match thread.join() {
                Ok(Err(error)) => error,
                _ => Error::Usage("the router stopped before it was ready".to_owned()),
            }),
        }
    }

    /// Where requests are handed in.
    pub fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// Where it can be asked what it does.
    pub fn watcher(&self) -> Watcher {
        Watcher::new(self.events.clone())
    }

    /// Its figures.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Versions of the loaded libraries, by name.
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
    }

    /// Has the first worker that receives (decode with WRITE, prefill with READ) stand still for `span`:
    /// a slowdown to be found.
    pub fn stall_target(&self, span: Duration) {
        // A router that has stopped has no worker left.
        let _ = self.events.send(Event::Stall(span));
    }

    /// Ends, in an error, when the router has stopped.
    pub(super) fn ended(&mut self) -> oneshot::Receiver<()> {
        self.ended.take().unwrap_or_else(|| oneshot::channel().1)
    }

    /// Ends all requests and all workers; what there was.
    ///
    /// # Errors
    /// The router had stopped by itself: why.
    pub fn stop(self) -> Result<Summary> {
        let _ = self.events.send(Event::Stop);
        match self.thread.join() {
            Ok(summary) => summary,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
