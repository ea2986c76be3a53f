//! The router's thread: what happens, in the order in which it happens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::counted::Counters;
use super::deployment::{Change, Deployment};
use super::job::ServeJob;
use super::log::Log;
use super::metrics::Metrics;
use super::overview::{Overview, Recent};
use super::record::{Entry, RequestEntry, ServeEntry};
use super::router::Event;
use super::scheduler::{Effect, Rules, Scheduler};
use super::summary::Summary;
use crate::error::{Error, Result};
use crate::measure::{NicBytes, now_ns};

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long two workers between which a transfer failed may take to show which one is gone.
const GRACE: Duration = Duration::from_secs(1);

/// Versions of libraries, by name.
pub(super) type Versions = BTreeMap<String, String>;

/// Does everything until it is told to stop, or cannot go on.
pub(super) fn run(
    job: &ServeJob,
    events: Sender<Event>,
    inbox: &Receiver<Event>,
    metrics: &Arc<Metrics>,
    log: Option<Log>,
    ready: &Sender<Versions>,
) -> Result<Summary> {
    let places = job.places()?;
    let mut deployment = Deployment::start(job, &places, events)?;
    let scheduler = Scheduler::new(rules(job), Arc::clone(metrics));
    let mut state = State { scheduler, log, metrics, recent: Recent::default() };
    let mut ticked = Instant::now();
    let mut told = false;
    let mut before = Counters::default();
    loop {
        if !told {
            if let Some(failure) = deployment.failure() {
                return Err(Error::serving(failure));
            }
            if deployment.is_whole() {
                told = true;
                deployment.serving = true;
                // Set-up crossed the NICs too.
                before = Counters::read(job, &places, &deployment)?;
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
            Ok(Event::Look(answer)) => {
                let passed = Counters::read(job, &places, &deployment)?.since(&before);
                // Whoever asked may not wait any more.
                let _ = answer.send(state.overview(passed.initiators));
            }
            Ok(Event::Stall(span)) => deployment.stall_target(span),
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
    let passed = Counters::read(job, &places, &deployment)?.since(&before);
    Ok(Summary::new(job, &places, &deployment, metrics, &passed))
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
        netns: job.namespaces.clone(),
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
    recent: Recent,
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

    fn overview(&self, nic_bytes: BTreeMap<String, NicBytes>) -> Overview {
        let workers = self.scheduler.workers();
        Overview::new(self.scheduler.stages(), workers, &self.recent, self.metrics, nic_bytes)
    }

    fn record(&mut self, entry: Box<RequestEntry>) {
        self.recent.push(&entry);
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
