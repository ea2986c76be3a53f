//! The workers of one variant, taken through their steps together.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::far::FarHost;
use super::link::{Event, Link, LinkSpec, What};
use super::mailbox::{MAX_WORKERS, MailboxFile};
use super::placement::{allowed, placement};
use super::protocol::{Loaded, Peer, Reply, Request, SliceReport, WorkerUsage};
use super::{Role, Step, WorkerId};
use crate::error::{Error, Result, WorkerError};
use crate::netns::OpenNamespace;
use crate::variant::{BackendName, Launch};
use crate::workload::{Plan, Side, Workload};

/// How long a worker's death may take to show after its peer's complaint.
const BLAME_WINDOW: Duration = Duration::from_millis(500);

/// The worker that starts requests: the first initiator.
const LEADER: usize = 0;

/// What a group is made of.
pub struct GroupSpec<'a> {
    /// The `kvbench` binary.
    pub binary: &'a Path,
    /// The backend.
    pub backend: BackendName,
    /// A name for the agents, unique within the run.
    pub name: String,
    /// How the initiators are started.
    pub initiators: Start<'a>,
    /// How the targets are started.
    pub targets: Start<'a>,
    /// What is moved.
    pub workload: &'a Workload,
    /// The NIXL to load, and where its dependencies are.
    pub nixl: &'a crate::runtime::Nixl,
    /// How long a step may take.
    pub deadline: Duration,
}

/// How the workers of one role are started.
pub struct Start<'a> {
    /// Environment and backend parameters.
    pub launch: Launch,
    /// Their network namespace, where it is not that of this process.
    pub namespace: Option<&'a OpenNamespace>,
    /// Their host, where it is not this one; for targets only.
    pub far: Option<&'a FarHost>,
}

impl<'a> GroupSpec<'a> {
    fn start(&self, role: Role) -> &Start<'a> {
        match role {
            Role::Initiator => &self.initiators,
            Role::Target => &self.targets,
        }
    }
}

/// How long the steps before the first transfer took: the slowest worker's time of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct SetupTimes {
    /// NIXL and its dependencies.
    pub load: u64,
    /// The agent.
    pub agent: u64,
    /// The backend.
    pub backend: u64,
    /// Registration.
    pub register: u64,
    /// Loading the peers' metadata, and preparing the transfers to them.
    pub metadata: u64,
    /// The first request, from post to delivery.
    pub first_transfer: u64,
}

/// All workers of a variant. Dropping it ends them.
pub struct Group {
    backend: BackendName,
    /// What the workers are doing.
    step: Step,
    links: Vec<Link>,
    events: Receiver<Event>,
    /// Replies that came before they were waited for, by worker.
    early: Vec<VecDeque<Reply>>,
    deadline: Duration,
    mailbox: MailboxFile,
    /// Requests that may be under way at once.
    lanes: u32,
    /// Whether each worker has processors of its own.
    pub pinned: bool,
    /// How set-up went.
    pub setup: SetupTimes,
    /// Deliveries count so much later than they are: a slowdown to be found.
    pub delay_ns: u64,
    /// Nanoseconds that echoes of deliveries took, where targets are on another host.
    pub echoes_ns: Vec<u64>,
    loaded: Loaded,
}

impl Group {
    /// Starts the workers and takes them to the point where requests can be posted.
    ///
    /// Call it on a thread that lives as long as the group: the workers die with that thread.
    ///
    /// # Errors
    /// A worker failed, died, or missed a deadline.
    pub fn start(spec: &GroupSpec<'_>, plan: &Plan) -> Result<Self> {
        let lanes = spec.workload.in_flight as usize;
        let mailbox = MailboxFile::create(lanes).map_err(Error::system("create the mailbox"))?;
        let (sender, events) = channel();
        let mut group = Self {
            backend: spec.backend,
            step: Step::Start,
            links: Vec::new(),
            events,
            early: Vec::new(),
            deadline: spec.deadline,
            mailbox,
            lanes: spec.workload.in_flight,
            pinned: false,
            setup: SetupTimes::default(),
            delay_ns: 0,
            echoes_ns: Vec::new(),
            loaded: Loaded::default(),
        };
        let ids = worker_ids(plan, spec.workload.op.initiator());
        if ids.len() > MAX_WORKERS {
            let count = ids.len();
            return Err(Error::Usage(format!("{count} workers are more than {MAX_WORKERS}")));
        }
        let initiators = ids.iter().filter(|id| id.role == Role::Initiator).count();
        let far = spec.targets.far.is_some();
        let here = if far { initiators } else { ids.len() };
        let places = placement(&allowed(), initiators, here);
        group.pinned = places.is_some() && !far;
        for (index, id) in ids.into_iter().enumerate() {
            let start = spec.start(id.role);
            let link = LinkSpec {
                binary: spec.binary,
                backend: spec.backend,
                id,
                env: &start.launch.env,
                processors: places.as_ref().and_then(|places| places.get(index)).map(Vec::as_slice),
                namespace: start.namespace,
                far: start.far,
            };
            group.early.push(VecDeque::new());
            group.links.push(Link::start(&link, index, sender.clone())?);
        }
        drop(sender);
        group.load(spec)?;
        group.create_backends(spec)?;
        let peers = group.register(spec)?;
        group.connect(&peers)?;
        if far {
            group.calibrate(&peers)?;
        }
        Ok(group)
    }

    fn load(&mut self, spec: &GroupSpec<'_>) -> Result<()> {
        let request = Request::Load {
            backend: spec.backend,
            prefix: spec.nixl.prefix.clone(),
            libraries: spec.nixl.libraries.clone(),
            cuda_stub: spec.nixl.cuda_stub.clone(),
            mailbox: self.mailbox.path(),
        };
        for reply in self.ask_all(Step::Load, |_| request.clone())? {
            if let Reply::Loaded(loaded) = reply {
                self.setup.load = self.setup.load.max(loaded.load_ns);
                self.loaded = loaded;
            }
        }
        Ok(())
    }

    fn create_backends(&mut self, spec: &GroupSpec<'_>) -> Result<()> {
        let replies = self.ask_all(Step::CreateBackend, |id| Request::CreateBackend {
            agent: format!("{}-{id}", spec.name).replace(' ', "-"),
            params: spec.start(id.role).launch.params.clone(),
        })?;
        for reply in replies {
            if let Reply::Created { agent_ns, backend_ns } = reply {
                self.setup.agent = self.setup.agent.max(agent_ns);
                self.setup.backend = self.setup.backend.max(backend_ns);
            }
        }
        Ok(())
    }

    fn register(&mut self, spec: &GroupSpec<'_>) -> Result<Vec<Peer>> {
        let (workload, echo) = (Box::new(spec.workload.clone()), spec.targets.far.is_some());
        let replies = self.ask_all(Step::Register, |me| Request::Register {
            me,
            workload: workload.clone(),
            echo,
        })?;
        let mut peers = Vec::new();
        for reply in replies {
            if let Reply::Registered { register_ns, peer } = reply {
                self.setup.register = self.setup.register.max(register_ns);
                peers.push(peer);
            }
        }
        Ok(peers)
    }

    /// Initiators connect while targets serve, because a target answers only while it polls.
    fn connect(&mut self, peers: &[Peer]) -> Result<()> {
        let targets = self.having(Role::Target);
        let theirs: Vec<Peer> =
            peers.iter().filter(|peer| peer.id.role == Role::Target).cloned().collect();
        self.ask(&targets, Step::Connect, |_| Request::Serve { check: None, delay_ns: 0 })?;
        let initiators = self.having(Role::Initiator);
        let request = Request::Connect { peers: theirs };
        for reply in self.ask(&initiators, Step::Connect, |_| request.clone())? {
            if let Reply::Connected { metadata_ns } = reply {
                self.setup.metadata = self.setup.metadata.max(metadata_ns);
            }
        }
        self.ask(&targets, Step::Connect, |_| Request::Halt)?;
        Ok(())
    }

    /// Makes the leader known to the targets, and measures how long an echo of the first one takes.
    fn calibrate(&mut self, peers: &[Peer]) -> Result<()> {
        let targets = self.having(Role::Target);
        let first = targets[0];
        // Each worker told of itself, in their order.
        let greet = |index: usize| Request::Greet { peer: peers[index].clone() };
        self.ask(&[LEADER], Step::Calibrate, |_| Request::Serve { check: None, delay_ns: 0 })?;
        self.ask(&targets, Step::Calibrate, |_| greet(LEADER))?;
        self.ask(&[LEADER], Step::Calibrate, |_| Request::Halt)?;
        self.ask(&[first], Step::Calibrate, |_| Request::Reflect)?;
        self.ask(&[LEADER], Step::Calibrate, |_| greet(first))?;
        for reply in self.ask(&[LEADER], Step::Calibrate, |_| Request::Calibrate)? {
            if let Reply::Calibrated { echoes_ns } = reply {
                self.echoes_ns = echoes_ns;
            }
        }
        self.ask(&[first], Step::Calibrate, |_| Request::Halt)?;
        Ok(())
    }

    /// Fills the prefill ranks' memory with the pattern of `seed`, makes a request of each lane, and
    /// checks at the decode ranks what arrived. Returns the bytes checked and the request's times.
    ///
    /// # Errors
    /// A worker failed, or the data is wrong.
    pub fn verify(&mut self, prefill: Role, seed: u64) -> Result<(u64, super::Sample)> {
        let sources = self.having(prefill);
        self.ask(&sources, Step::Fill, |_| Request::Fill { seed })?;
        let lanes = u64::from(self.lanes);
        let reports = self.requests(Step::Verify, Duration::MAX, lanes, Some(seed))?;
        let mut checked = 0;
        for (index, report) in reports.iter().enumerate() {
            checked += report.checked_bytes;
            if let Some(mismatch) = report.mismatch.clone() {
                let (worker, backend) = (self.links[index].id, self.backend);
                return Err(Error::DataMismatch { worker, backend, mismatch });
            }
        }
        let sample = reports[0].samples.first().copied();
        Ok((checked, sample.unwrap_or_default()))
    }

    /// Makes requests one after the other for `budget`, at least one; the leader's report comes first.
    ///
    /// # Errors
    /// A worker failed, died, or missed a deadline.
    pub fn slice(&mut self, step: Step, budget: Duration) -> Result<Vec<SliceReport>> {
        self.requests(step, budget, u64::MAX, None)
    }

    fn requests(
        &mut self,
        step: Step,
        budget: Duration,
        max_requests: u64,
        check: Option<u64>,
    ) -> Result<Vec<SliceReport>> {
        let others: Vec<usize> = (1..self.links.len()).collect();
        let delay_ns = self.delay_ns;
        self.ask(&others, step, |id| match id.role {
            Role::Initiator => Request::Follow { check },
            Role::Target => Request::Serve { check, delay_ns },
        })?;
        let budget_ns = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
        self.links[LEADER].send(&Request::Lead { budget_ns, max_requests, check });
        let measured = if check.is_some() { Duration::ZERO } else { budget };
        let deadline = Instant::now() + self.deadline + measured;
        let mut replies = self.wait(&[LEADER], deadline)?;
        for &index in &others {
            // Workers of this host see by themselves when a request that is checked is over.
            if check.is_none() || self.links[index].is_far() {
                self.links[index].send(&Request::Halt);
            }
        }
        replies.extend(self.wait(&others, Instant::now() + self.deadline)?);
        let report = |reply| match reply {
            Reply::Led(report) | Reply::Halted(report) => report,
            _ => SliceReport::default(),
        };
        Ok(replies.into_iter().map(report).collect())
    }

    /// What each worker uses.
    ///
    /// # Errors
    /// A worker died.
    pub fn usage(&mut self) -> Result<BTreeMap<WorkerId, WorkerUsage>> {
        let replies = self.ask_all(Step::Report, |_| Request::Usage)?;
        let ids = self.links.iter().map(|link| link.id);
        let usage = ids.zip(replies).filter_map(|(id, reply)| match reply {
            Reply::Usage(usage) => Some((id, usage)),
            _ => None,
        });
        Ok(usage.collect())
    }

    /// Versions of the loaded libraries, by name.
    pub fn versions(&self) -> &BTreeMap<String, String> {
        &self.loaded.versions
    }

    /// Files of the loaded libraries, by name.
    pub fn paths(&self) -> &BTreeMap<String, PathBuf> {
        &self.loaded.paths
    }

    /// The workers, in the order of the reports of a slice.
    pub fn ids(&self) -> impl Iterator<Item = WorkerId> {
        self.links.iter().map(|link| link.id)
    }

    /// What the workers of one side have logged.
    pub fn log(&self, role: Role) -> Vec<u8> {
        let links = self.links.iter().filter(|link| link.id.role == role);
        links.flat_map(Link::log).collect()
    }

    fn having(&self, role: Role) -> Vec<usize> {
        (0..self.links.len()).filter(|index| self.links[*index].id.role == role).collect()
    }

    fn ask_all(&mut self, step: Step, request: impl Fn(WorkerId) -> Request) -> Result<Vec<Reply>> {
        let all: Vec<usize> = (0..self.links.len()).collect();
        self.ask(&all, step, request)
    }

    fn ask(
        &mut self,
        workers: &[usize],
        step: Step,
        request: impl Fn(WorkerId) -> Request,
    ) -> Result<Vec<Reply>> {
        self.step = step;
        for &index in workers {
            let id = self.links[index].id;
            self.links[index].send(&request(id));
        }
        self.wait(workers, Instant::now() + self.deadline)
    }

    /// Waits for one reply of each of `workers`, in their order.
    fn wait(&mut self, workers: &[usize], deadline: Instant) -> Result<Vec<Reply>> {
        let early = |index: &usize| self.early[*index].pop_front();
        let mut replies: Vec<Option<Reply>> = workers.iter().map(early).collect();
        while let Some(missing) = replies.iter().position(Option::is_none) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event { worker, what: What::Reply(Reply::Failed { reason, environment }) }) => {
                    return Err(self.blame(worker, reason, environment));
                }
                Ok(Event { worker, what: What::Reply(reply) }) => {
                    let place = workers.iter().position(|index| *index == worker);
                    match place.filter(|place| replies[*place].is_none()) {
                        Some(place) => replies[place] = Some(reply),
                        None => self.early[worker].push_back(reply),
                    }
                }
                Ok(Event { worker, what: What::Gone }) => return Err(self.died(worker)),
                Err(RecvTimeoutError::Timeout) => return Err(self.hangs(workers[missing])),
                Err(RecvTimeoutError::Disconnected) => return Err(self.died(workers[missing])),
            }
        }
        Ok(replies.into_iter().flatten().collect())
    }

    /// A worker complained: because another one is gone, or on its own account.
    fn blame(&mut self, worker: usize, reason: String, environment: bool) -> Error {
        let window = if environment { Duration::ZERO } else { BLAME_WINDOW };
        let until = Instant::now() + window;
        while let Ok(event) =
            self.events.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            if event.worker != worker && matches!(event.what, What::Gone) {
                return self.died(event.worker);
            }
        }
        self.error(worker, reason, environment)
    }

    fn died(&mut self, worker: usize) -> Error {
        let how = self.links[worker].end();
        self.error(worker, how, false)
    }

    fn hangs(&mut self, worker: usize) -> Error {
        let gone = (0..self.links.len()).find(|index| self.links[*index].ended().is_some());
        if let Some(gone) = gone {
            return self.died(gone);
        }
        let limit = self.deadline.as_secs_f64();
        if let Some(stopped) = self.links.iter().position(Link::is_stopped) {
            let reason = format!("the process is stopped, and missed a deadline of {limit} s");
            return self.error(stopped, reason, false);
        }
        let silent = self.silent(worker).unwrap_or(worker);
        self.error(silent, format!("no answer within {limit} s; it was ended"), false)
    }

    /// A worker on another host that answers nothing at all, and so keeps `waiting` from answering: whether it is
    /// stopped cannot be seen from here.
    fn silent(&mut self, waiting: usize) -> Option<usize> {
        let far = |index: &usize| *index != waiting && self.links[*index].is_far();
        let mut asked: Vec<usize> = (0..self.links.len()).filter(far).collect();
        for &index in &asked {
            // Every worker answers it, if only that there is nothing to halt.
            self.links[index].send(&Request::Halt);
        }
        let until = Instant::now() + BLAME_WINDOW;
        while !asked.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(event) = self.events.recv_timeout(left) else { break };
            asked.retain(|index| *index != event.worker);
        }
        asked.first().copied()
    }

    fn error(&mut self, worker: usize, reason: String, environment: bool) -> Error {
        let (backend, step, link) = (self.backend, self.step, &mut self.links[worker]);
        // Its log is complete when it has ended.
        link.end();
        let (worker, log) = (link.id, link.log());
        let (restart, findings) = Default::default();
        Error::Worker(Box::new(WorkerError {
            worker,
            backend,
            step,
            reason,
            log,
            restart,
            findings,
            environment,
        }))
    }
}

fn worker_ids(plan: &Plan, initiator: Side) -> Vec<WorkerId> {
    let side = |role, side| (0..plan.ranks(side) as u32).map(move |rank| WorkerId { role, rank });
    let target = if initiator == Side::Prefill { Side::Decode } else { Side::Prefill };
    side(Role::Initiator, initiator).chain(side(Role::Target, target)).collect()
}
