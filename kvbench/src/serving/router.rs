//! The thread that everything of a deployment passes through: requests, reports, deaths, time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::deployment::{Change, Deployment};
use super::job::ServeJob;
use super::log::Log;
use super::message::{Report, WorkerId};
use super::metrics::Metrics;
use super::record::{Entry, RequestEntry, ServeEntry};
use super::scheduler::{Effect, Rules, Scheduler};
use super::submission::Submission;
use super::summary::Summary;
use crate::error::{Error, Result};
use crate::measure::{NicCounters, now_ns};

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long two workers between which a transfer failed may take to show which one is gone.
const GRACE: Duration = Duration::from_secs(1);

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
    /// It is over.
    Stop,
}

/// A deployment that runs.
pub struct Router {
    events: Sender<Event>,
    thread: JoinHandle<Result<Summary>>,
    metrics: Arc<Metrics>,
    versions: Versions,
    next: Arc<AtomicU64>,
    ended: Option<oneshot::Receiver<()>>,
}

/// Where requests are handed in. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    events: Sender<Event>,
    /// The number of the next request.
    next: Arc<AtomicU64>,
}

/// A request that is under way; dropping it cancels it, if it has not ended.
pub struct Ticket {
    id: u64,
    events: Sender<Event>,
}

impl Desk {
    /// Hands a request in.
    pub fn submit(&self, submission: Submission) -> Ticket {
        let id = self.next.fetch_add(1, Relaxed);
        // A router that has stopped drops the client's ear, which tells.
        let _ = self.events.send(Event::Submit(id, submission));
        Ticket { id, events: self.events.clone() }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Cancel(self.id));
    }
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
                let next = Arc::new(AtomicU64::new(1));
                Ok(Self { events, thread, metrics, versions, next, ended: Some(ended) })
            }
            Err(_) => Err(match thread.join() {
                Ok(Err(error)) => error,
                _ => Error::Usage("the router stopped before it was ready".to_owned()),
            }),
        }
    }

    /// Where requests are handed in.
    pub fn desk(&self) -> Desk {
        Desk { events: self.events.clone(), next: Arc::clone(&self.next) }
    }

    /// Its figures.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// Versions of the loaded libraries, by name.
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.versions
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

/// Versions of libraries, by name.
type Versions = BTreeMap<String, String>;

fn run(
    job: &ServeJob,
    events: Sender<Event>,
    inbox: &Receiver<Event>,
    metrics: &Arc<Metrics>,
    log: Option<Log>,
    ready: &Sender<Versions>,
) -> Result<Summary> {
    let mut deployment = Deployment::start(job, events)?;
    let scheduler = Scheduler::new(rules(job), Arc::clone(metrics));
    let mut state = State { scheduler, log, metrics };
    let mut ticked = Instant::now();
    let mut told = false;
    let mut nics = NicCounters::default();
    loop {
        if !told {
            if let Some(failure) = deployment.failure() {
                return Err(Error::serving(failure));
            }
            if deployment.is_whole() {
                told = true;
                deployment.serving = true;
                // Set-up crossed the NICs too.
                nics = counters(job, &deployment);
                if let Some(log) = &state.log {
                    log.write(Entry::Serve(Box::new(entry(job, &deployment))));
                }
                let _ = ready.send(deployment.versions.clone());
            }
        }
        match inbox.recv_timeout(TICK.saturating_sub(ticked.elapsed())) {
            Ok(Event::Report(worker, report)) => {
                deployment.report(worker, &report);
                state.scheduler.report(worker, report, now_ns());
            }
            Ok(Event::Gone(worker)) => deployment.gone(worker),
            Ok(Event::Submit(id, submission)) => state.scheduler.submit(id, submission),
            Ok(Event::Cancel(id)) => state.scheduler.cancel(id),
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            deployment.tick()?;
            state.scheduler.tick(now_ns());
        }
        state.follow(&mut deployment);
    }
    let passed = counters(job, &deployment).since(&nics);
    Ok(Summary::new(job, &deployment, metrics, &passed))
}

/// What passed the NICs so far, those of this network namespace or the emulated ones.
fn counters(job: &ServeJob, deployment: &Deployment<'_>) -> NicCounters {
    match &job.emulated {
        None => NicCounters::read(),
        Some(emulated) => emulated.counters(deployment.initiators()),
    }
}

/// What the log says of the deployment.
fn entry(job: &ServeJob, deployment: &Deployment<'_>) -> ServeEntry {
    ServeEntry {
        started: jiff::Timestamp::now().to_string(),
        label: job.label(),
        model: job.model.clone(),
        variant: job.variant.clone(),
        op: job.op,
        compute: job.compute,
        prefill_workers: job.prefill_workers,
        decode_workers: job.decode_workers,
        blocks: job.pool.blocks,
        block_tokens: job.block_tokens,
        block_bytes: job.pool.block_bytes(),
        emulated: job.emulated.is_some(),
        tokenizer: job.tokenizer.clone(),
        versions: deployment.versions.clone(),
    }
}

/// What the router keeps.
struct State<'r> {
    scheduler: Scheduler,
    log: Option<Log>,
    metrics: &'r Metrics,
}

impl State<'_> {
    /// Does what follows from an event.
    fn follow(&mut self, deployment: &mut Deployment<'_>) {
        loop {
            let mut any = false;
            while let Some(change) = deployment.change() {
                any = true;
                match change {
                    Change::Up(worker) => self.scheduler.worker_up(worker),
                    Change::Paired(one, other) => self.scheduler.pair_up(one, other),
                    Change::Down(worker, why) => {
                        self.metrics.restarts.fetch_add(1, Relaxed);
                        self.scheduler.worker_down(worker, &why);
                    }
                }
            }
            for effect in self.scheduler.effects() {
                any = true;
                match effect {
                    Effect::Order(worker, order) => deployment.tell(worker, order),
                    Effect::End(worker, why) => deployment.end(worker, &why, false),
                    Effect::Record(entry) => self.record(entry),
                }
            }
            if !any {
                return;
            }
        }
    }

    fn record(&self, entry: Box<RequestEntry>) {
        if let Some(log) = &self.log {
            log.write(Entry::Request(entry));
        }
    }
}

fn rules(job: &ServeJob) -> Rules {
    Rules {
        op: job.op,
        pool: job.pool,
        block_tokens: job.block_tokens,
        compute: job.compute,
        max_waiting: job.max_waiting,
        max_batch: job.max_batch,
        transfer_limit: job.transfer_limit,
        grace: GRACE,
        backend: job.variant.backend.to_string(),
        rails: job.variant.rails,
    }
}
