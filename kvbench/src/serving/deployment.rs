//! The workers of a deployment: started, set up, paired, watched, and replaced when they are gone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::job::ServeJob;
use super::link::Link;
use super::message::{Kind, Order, Peer, Report, Work, WorkerId};
use super::pairs::{Pair, Pairs};
use super::router::Event;
use crate::error::{Error, Result, ServingError};
use crate::measure::Places;
use crate::worker::{Role, Start, Step};
use crate::workload::{Op, Side};

/// How often workers are asked whether they are there.
const PING_EVERY: Duration = Duration::from_secs(1);

/// How long a place stays empty after a worker failed to set up.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Something that others need to know.
#[derive(Debug)]
pub(super) enum Change {
    /// A worker has memory.
    Up(WorkerId),
    /// Two workers can move blocks between each other.
    Paired(WorkerId, WorkerId),
    /// A worker is gone: why.
    Down(WorkerId, String),
}

/// All workers. Dropping it ends them.
pub(super) struct Deployment<'j> {
    job: &'j ServeJob,
    places: &'j Places,
    events: Sender<Event>,
    workers: BTreeMap<(Kind, u32), Worker>,
    pairs: Pairs,
    pinged: Instant,
    /// Versions of the loaded libraries, by name.
    pub versions: BTreeMap<String, String>,
    /// Whether requests are taken: then workers that are lost are told of.
    pub serving: bool,
    changes: VecDeque<Change>,
    /// The first failure, as long as nobody has taken it.
    failure: Option<ServingError>,
}

/// A worker, or the place of one.
struct Worker {
    id: WorkerId,
    link: Option<Link>,
    step: Step,
    /// When it was started.
    since: Instant,
    /// Until when it has to be heard, or when to start another one.
    due: Instant,
    /// What its peers need, once it works.
    peer: Option<Peer>,
}

impl<'j> Deployment<'j> {
    /// Starts all workers in `places`; set-up goes on with their reports.
    ///
    /// Call it on a thread that lives as long as the deployment: the workers die with that thread.
    ///
    /// # Errors
    /// The system refused to start a process.
    pub fn start(job: &'j ServeJob, places: &'j Places, events: Sender<Event>) -> Result<Self> {
        let mut deployment = Self {
            job,
            places,
            events,
            workers: BTreeMap::new(),
            pairs: Pairs::new(),
            pinged: Instant::now(),
            versions: BTreeMap::new(),
            serving: false,
            changes: VecDeque::new(),
            failure: None,
        };
        for (kind, count) in
            [(Kind::Prefill, job.prefill_workers), (Kind::Decode, job.decode_workers)]
        {
            for index in 0..count {
                deployment.begin(WorkerId { kind, index, generation: 0 })?;
            }
        }
        Ok(deployment)
    }

    /// Starts a process in a place.
    fn begin(&mut self, id: WorkerId) -> Result<()> {
        let (job, events) = (self.job, self.events.clone());
        let start = self.start_of(id.kind);
        let link = Link::start(&job.binary, job.variant.backend, id, &start, events)?;
        link.tell(Order::Load {
            prefix: job.nixl.prefix.clone(),
            libraries: job.nixl.libraries.clone(),
            cuda_stub: job.nixl.cuda_stub.clone(),
        });
        let since = Instant::now();
        let due = since + job.deadline;
        let worker = Worker { id, link: Some(link), step: Step::Load, since, due, peer: None };
        self.workers.insert((id.kind, id.index), worker);
        Ok(())
    }

    /// How workers of a kind are started.
    fn start_of(&self, kind: Kind) -> Start<'_> {
        let side = match kind {
            Kind::Prefill => Side::Prefill,
            Kind::Decode => Side::Decode,
        };
        let initiates = self.job.op.initiator() == side;
        let role = if initiates { Role::Initiator } else { Role::Target };
        self.places.of(role).start(self.job.emulated.as_ref())
    }

    /// What has changed since this was asked last.
    pub fn change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// The first failure since this was asked last.
    pub fn failure(&mut self) -> Option<ServingError> {
        self.failure.take()
    }

    /// Whether every worker can reach every other that it has to.
    pub fn is_whole(&self) -> bool {
        let up = |worker: &Worker| worker.peer.is_some();
        self.workers.values().all(up) && self.pairs.is_empty()
    }

    /// Tells a worker something, if it is still there.
    pub fn tell(&self, id: WorkerId, order: Order) {
        let worker = self.workers.get(&(id.kind, id.index)).filter(|worker| worker.id == id);
        if let Some(link) = worker.and_then(|worker| worker.link.as_ref()) {
            link.tell(order);
        }
    }

    /// Has the first worker that receives stand still.
    pub fn stall_target(&self, span: Duration) {
        let target = if self.job.op == Op::Write { Kind::Decode } else { Kind::Prefill };
        if let Some(worker) = self.workers.get(&(target, 0)) {
            self.tell(worker.id, Order::Stall { span_ns: span.as_nanos() as u64 });
        }
    }

    /// The processes that post transfers.
    pub fn initiators(&self) -> impl Iterator<Item = u32> {
        self.initiating().map(Link::pid)
    }

    /// What those who post transfers have logged.
    pub fn log(&self) -> Vec<u8> {
        self.initiating().flat_map(Link::log).collect()
    }

    fn initiating(&self) -> impl Iterator<Item = &Link> {
        let initiator = if self.job.op == Op::Write { Kind::Prefill } else { Kind::Decode };
        let workers = self.workers.values().filter(move |worker| worker.id.kind == initiator);
        workers.filter_map(|worker| worker.link.as_ref())
    }

    /// Takes in what a worker tells of its set-up.
    pub fn report(&mut self, id: WorkerId, report: &Report) {
        let deadline = self.job.deadline;
        let Some(worker) = self.workers.get_mut(&(id.kind, id.index)) else { return };
        if worker.id != id {
            return;
        }
        worker.due = Instant::now() + deadline;
        match report {
            Report::Loaded(loaded) => {
                self.versions.clone_from(&loaded.versions);
                self.proceed(id, Step::CreateBackend, self.create_backend(id));
            }
            Report::Created => self.proceed(id, Step::Register, Order::Register(self.work(id))),
            Report::Registered(peer) => {
                worker.peer = Some(peer.clone());
                worker.step = Step::Connect;
                self.changes.push_back(Change::Up(id));
                self.pair_with_all(id);
            }
            Report::Connected { transfer } => {
                let done = self.pairs.connected(*transfer);
                self.paired(done);
            }
            Report::Arrived { transfer } => {
                let done = self.pairs.arrived(*transfer);
                self.paired(done);
            }
            Report::Lost { request, reason } => {
                if let Some(pair) = self.pairs.remove(request) {
                    let why = format!("{} cannot reach {}: {reason}", pair.initiator, pair.target);
                    self.end(self.elder(pair), &why, false);
                }
            }
            Report::Failed { reason, environment } => self.end(id, reason, *environment),
            _ => {}
        }
    }

    fn proceed(&mut self, id: WorkerId, step: Step, order: Order) {
        if let Some(worker) = self.workers.get_mut(&(id.kind, id.index)) {
            worker.step = step;
            if step == Step::Register {
                // The system makes all pages now.
                worker.due += self.job.pool_time();
            }
        }
        self.tell(id, order);
    }

    fn create_backend(&self, id: WorkerId) -> Order {
        let WorkerId { kind, index, generation } = id;
        Order::CreateBackend {
            // A worker that takes another one's place has a name of its own.
            agent: format!("{}-{index}.{generation}", kind.name()),
            backend: self.job.variant.backend.label().to_owned(),
            params: self.start_of(kind).launch.params,
        }
    }

    fn work(&self, me: WorkerId) -> Work {
        let job = self.job;
        let processes = job.prefill_workers + job.decode_workers + 1;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Work {
            me,
            op: job.op,
            pool: job.pool,
            huge_pages: job.huge_pages,
            compute: job.compute,
            max_batch: job.max_batch,
            // The router and its clients need some too.
            spinning: processors > 2 * processes as usize,
        }
    }

    /// Has a new worker try all workers of the other kind.
    fn pair_with_all(&mut self, id: WorkerId) {
        let there = |worker: &&Worker| worker.id.kind != id.kind && worker.peer.is_some();
        let others: Vec<WorkerId> =
            self.workers.values().filter(there).map(|worker| worker.id).collect();
        let writes = (self.job.op == Op::Write) == (id.kind == Kind::Prefill);
        for other in others {
            let (initiator, target) = if writes { (id, other) } else { (other, id) };
            let peer = self.workers.get(&(target.kind, target.index));
            let Some(peer) = peer.and_then(|worker| worker.peer.clone()) else { continue };
            let due = Instant::now() + self.job.deadline;
            let transfer = self.pairs.add(Pair { initiator, target }, due);
            self.tell(target, Order::Expect { transfer });
            self.tell(initiator, Order::Connect { peer, transfer });
        }
    }

    fn paired(&mut self, pair: Option<Pair>) {
        let Some(Pair { initiator, target }) = pair else { return };
        for id in [initiator, target] {
            if let Some(worker) = self.workers.get_mut(&(id.kind, id.index)) {
                worker.step = Step::Serve;
            }
        }
        self.changes.push_back(Change::Paired(initiator, target));
    }

    /// Of two workers that do not reach each other, the one that has been there for longer: it may
    /// have lost a peer in the middle of a transfer, after which LIBFABRIC admits no new one.
    fn elder(&self, pair: Pair) -> WorkerId {
        let since = |id: WorkerId| self.workers.get(&(id.kind, id.index)).map(|one| one.since);
        if since(pair.initiator) <= since(pair.target) { pair.initiator } else { pair.target }
    }

    /// A worker closed its socket.
    pub fn gone(&mut self, id: WorkerId) {
        self.end(id, "", false);
    }

    /// Ends a worker and has another one take its place.
    pub fn end(&mut self, id: WorkerId, why: &str, environment: bool) {
        let Some(worker) = self.workers.get_mut(&(id.kind, id.index)) else { return };
        let Some(mut link) = worker.link.take().filter(|_| worker.id == id) else { return };
        let (how, log) = link.end();
        let reason = if why.is_empty() { how } else { why.to_owned() };
        let worked = worker.peer.take().is_some();
        // Processes that cannot be set up are not started in a hurry.
        worker.due = Instant::now() + if worked { Duration::ZERO } else { RETRY_AFTER };
        let (step, backend) = (worker.step, self.job.variant.backend);
        for (transfer, pair) in self.pairs.without(id) {
            self.tell(pair.target, Order::Forget { request: transfer });
        }
        if worked {
            self.changes.push_back(Change::Down(id, reason.clone()));
        }
        let failure =
            ServingError { worker: id.to_string(), backend, step, reason, log, environment };
        if self.serving {
            (self.job.notice)(&format!("{failure}; another one takes its place"));
        }
        self.failure.get_or_insert(failure);
    }

    /// Looks at deadlines, asks workers whether they are there, and fills empty places.
    ///
    /// # Errors
    /// The system refused to start a process.
    pub fn tick(&mut self) -> Result<()> {
        let now = Instant::now();
        let ping = now.duration_since(self.pinged) >= PING_EVERY;
        if ping {
            self.pinged = now;
        }
        let ids: Vec<WorkerId> = self.workers.values().map(|worker| worker.id).collect();
        for id in ids {
            let Some(worker) = self.workers.get(&(id.kind, id.index)) else { continue };
            match &worker.link {
                None if now >= worker.due => {
                    self.begin(WorkerId { generation: id.generation + 1, ..id })?;
                }
                None => {}
                Some(_) if now >= worker.due => {
                    let limit = self.job.deadline.as_secs_f64();
                    self.end(id, &format!("no answer within {limit} s; it was ended"), false);
                }
                Some(link) if ping && worker.peer.is_some() => link.tell(Order::Ping),
                Some(_) => {}
            }
        }
        for pair in self.pairs.late(now) {
            let id = self.elder(pair);
            let limit = self.job.deadline.as_secs_f64();
            self.end(id, &format!("no connection within {limit} s; it was ended"), false);
        }
        Ok(())
    }
}

impl Error {
    /// A worker of a deployment failed.
    pub(super) fn serving(error: ServingError) -> Self {
        Self::Serving(Box::new(error))
    }
}
