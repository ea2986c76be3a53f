//! Goes through the points of a sweep, or searches for the highest rate, on one deployment.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::drive::{Phase, drive};
use super::figures::Figures;
use super::goodput::Slos;
use super::interrupt::Interrupt;
use super::lengths::Length;
use super::live::Live;
use super::outcome::Driven;
use super::point::{Load, Schedule, Stall, Stop};
use super::prompts::{Prompts, Synthetic};
use super::record::{EndEntry, LoadEntry, LoadWriter, LoadedEntry, PointEntry, Stage};
use super::search::Search;
use super::trace::Trace;
use crate::error::{Error, Result};
use crate::measure::Observer;
use crate::serving::{Entry, Log, Router, ServeEntry, ServeJob, Summary, Watcher};
use crate::stats::rng::Rng;
use crate::worker::Step;

/// How nearly the highest rate is found.
const SEARCH_PRECISION: f64 = 0.05;

/// How often a rate that was found may turn out to have been luck.
const CONFIRMATIONS: u32 = 3;

/// What to ask of a deployment.
#[derive(Clone, Debug)]
pub struct LoadJob {
    /// The points of the sweep; a search has one, whose rate is where it begins.
    pub points: Vec<Load>,
    /// The share of requests that shall meet the goals at the rate to search for.
    pub attainment: Option<f64>,
    /// Requests of a trace; without, they are made up.
    pub trace: Option<Trace>,
    /// Tokens of prompts that are made up.
    pub isl: Length,
    /// Tokens of their answers.
    pub osl: Length,
    /// When a point is over.
    pub stop: Stop,
    /// When its warm-up is, if there is one.
    pub warm_up: Option<Stop>,
    /// The goals.
    pub slos: Option<Slos>,
    /// A stall of the worker that receives, in every point.
    pub stall: Option<Stall>,
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// The command, for the record.
    pub command: Vec<String>,
}

/// What came of a deployment.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The deployment.
    pub serve: ServeEntry,
    /// The points that were measured, in their order.
    pub points: Vec<PointEntry>,
    /// What a search found.
    pub search: Option<Found>,
    /// What carried the bytes.
    pub summary: Summary,
}

/// What a search found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Found {
    /// The share that was asked for.
    pub attainment: f64,
    /// The highest rate that met it, and met it again; `None` where none did.
    pub rate: Option<f64>,
}

/// Starts a deployment, loads it, and ends it. Each point is written when it is over. `begun` gets what the
/// deployment can be asked with meanwhile.
///
/// # Errors
/// A worker cannot be set up, a request cannot fit, the router stopped, or a file cannot be written.
pub fn run(
    serve: ServeJob,
    job: &LoadJob,
    writer: &mut LoadWriter,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
    begun: &mut dyn FnMut(Watcher),
) -> Result<Loaded> {
    job.check_room(u64::from(serve.pool.blocks) * serve.block_tokens)?;
    let block_tokens = serve.block_tokens;
    let backend = serve.variant.backend.to_string();
    observer.step(&serve.variant.label(), Step::Start);
    let (log, entries) = Log::passed_on();
    let router = Router::start(serve, Some(log))?;
    begun(router.watcher());
    let serve = served(&entries)?;
    let (random_seed, command) = (job.seed, job.command.clone());
    let load = LoadedEntry { serve: serve.clone(), random_seed, command };
    writer.record(LoadEntry::Load(Box::new(load)))?;
    let mut sweep = Sweep {
        job,
        block_tokens,
        backend: backend.clone(),
        writer,
        live: Live::new(&router, &entries, interrupt, observer),
        points: Vec::new(),
        over: false,
    };
    let search = match job.attainment {
        Some(attainment) => sweep.search(attainment)?,
        None => {
            for load in &job.points {
                sweep.measure(*load)?;
            }
            None
        }
    };
    let points = sweep.points;
    observer.end();
    let summary = router.stop()?;
    let observed = summary.observed.clone();
    let end = EndEntry { backend, bytes: summary.bytes, observed };
    writer.record(LoadEntry::End(Box::new(end)))?;
    Ok(Loaded { serve, points, search, summary })
}

/// What the router logs first.
fn served(entries: &Receiver<Entry>) -> Result<ServeEntry> {
    match entries.recv_timeout(Duration::from_secs(10)) {
        Ok(Entry::Serve(serve)) => Ok(*serve),
        _ => Err(Error::Usage("the router did not say what it serves".to_owned())),
    }
}

impl LoadJob {
    /// Refuses requests that no worker has blocks for: they would wait forever.
    fn check_room(&self, room: u64) -> Result<()> {
        let synthetic = self.isl.longest().saturating_add(self.osl.longest());
        let longest = match &self.trace {
            None => synthetic,
            Some(trace) if self.warm_up.is_some() => trace.longest().max(synthetic),
            Some(trace) => trace.longest(),
        };
        if longest <= room {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "a request may have {longest} tokens, prompt and answer together, and the blocks of a worker hold \
             {room}; give more --blocks or shorter requests (of a trace: --synthesis-max-isl, \
             --synthesis-max-osl)"
        )))
    }

    /// A seed of its own for each purpose of each point.
    fn seed(&self, point: u32, purpose: u64) -> u64 {
        Rng::new(Rng::new(self.seed).next_u64() ^ (u64::from(point) << 8 | purpose)).next_u64()
    }
}

/// The points of one deployment.
struct Sweep<'s> {
    job: &'s LoadJob,
    block_tokens: u64,
    backend: String,
    writer: &'s mut LoadWriter,
    live: Live<'s>,
    points: Vec<PointEntry>,
    /// Whether nothing more is to be measured.
    over: bool,
}

impl Sweep<'_> {
    /// Warms up and measures a point; its share of good requests, where there are goals.
    fn measure(&mut self, load: Load) -> Result<Option<f64>> {
        if self.over {
            return Ok(None);
        }
        let point = self.points.len() as u32;
        let warm = self.job.warm_up.map(|stop| self.warm_up(point, load, stop)).transpose()?;
        if self.over {
            return Ok(None);
        }
        let arrivals = load.arrivals(self.job.seed(point, 0));
        let mut prompts = match &self.job.trace {
            Some(trace) => trace.prompts(self.block_tokens, self.job.seed(point, 1))?,
            None => self.synthetic(point, 1),
        };
        let intended: Option<Box<dyn Iterator<Item = u64>>> = match (load.schedule, &self.job.trace)
        {
            (Schedule::Trace, Some(trace)) => Some(Box::new(trace.arrivals().into_iter())),
            _ => arrivals.clone().map(|arrivals| Box::new(arrivals) as _),
        };
        let traced = self.job.trace.as_ref().map(|trace| trace.len() as u64);
        let count = self.job.stop.count.into_iter().chain(traced).min();
        self.live.begin(&format!("{}, {load}", self.backend), count);
        let phase = Phase {
            name: format!("load-{point}"),
            arrivals: intended,
            limit: load.limit(),
            stop: self.job.stop,
            stall: self.job.stall,
        };
        let driven = drive(&mut self.live, phase, &mut prompts);
        self.over |= driven.interrupted || driven.gone;
        self.writer.requests(point, Stage::Measured, &driven)?;
        let figures = Figures::of(&driven, arrivals.as_ref(), self.job.slos.as_ref());
        let good = figures.goodput.as_ref().map(|goodput| goodput.good_request_fraction);
        let stall = |stall: Stall| [stall.after.as_secs_f64(), stall.span.as_secs_f64()];
        let entry = PointEntry {
            point,
            started: self.live.wall(driven.begun_ns),
            backend: self.backend.clone(),
            load,
            warmup_requests: warm.map_or(0, |driven| driven.outcomes.len() as u64),
            stall_s: self.job.stall.map(stall),
            interrupted: driven.interrupted,
            figures,
        };
        self.writer.record(LoadEntry::Point(Box::new(entry.clone())))?;
        self.points.push(entry);
        Ok(good)
    }

    /// A phase that counts for nothing: as the point, but without ramps, and with prompts that are made up;
    /// before a trace, one request at a time.
    fn warm_up(&mut self, point: u32, load: Load, stop: Stop) -> Result<Driven> {
        let warm = load.without_ramps();
        let limit = match warm.schedule {
            Schedule::Trace => Load { concurrency: Some(1), ..warm }.limit(),
            Schedule::Closed | Schedule::Open { .. } => warm.limit(),
        };
        self.live.begin(&format!("{}, {load}, warm-up", self.backend), stop.count);
        let arrivals = warm.arrivals(self.job.seed(point, 2));
        let phase = Phase {
            name: format!("warmup-{point}"),
            arrivals: arrivals.map(|arrivals| Box::new(arrivals) as _),
            limit,
            stop,
            stall: None,
        };
        let mut prompts = self.synthetic(point, 3);
        let driven = drive(&mut self.live, phase, &mut prompts);
        self.over |= driven.interrupted || driven.gone;
        self.writer.requests(point, Stage::Warmup, &driven)?;
        Ok(driven)
    }

    fn synthetic(&self, point: u32, purpose: u64) -> Prompts {
        let LoadJob { isl, osl, .. } = *self.job;
        let seed = self.job.seed(point, purpose);
        Prompts::Synthetic(Synthetic::new(isl, osl, self.block_tokens, seed))
    }

    /// Searches for the highest rate at which so many requests meet the goals. What is found is measured
    /// once more, since of many rates that were tried, luck may have chosen this one.
    /// `None` when it was broken off.
    fn search(&mut self, attainment: f64) -> Result<Option<Found>> {
        let Some(first) = self.job.points.first().copied() else { return Ok(None) };
        let mut search = Search::new(first.rate().unwrap_or(1.0), SEARCH_PRECISION);
        let mut confirmations = 0;
        loop {
            let untried = search.next();
            let Some(rate) = untried.or(search.found()) else {
                return Ok(Some(Found { attainment, rate: None }));
            };
            let good = self.measure(first.at_rate(rate))?;
            let Some(good) = good.filter(|_| !self.over) else { return Ok(None) };
            let met = good >= attainment;
            if untried.is_none() {
                confirmations += 1;
                if met || confirmations >= CONFIRMATIONS {
                    return Ok(Some(Found { attainment, rate: met.then_some(rate) }));
                }
            }
            search.tell(rate, met);
        }
    }
}
