//! A worker on trial: it loads NIXL, creates one backend, registers memory where that is asked for,
//! tells what that took, and is ended.
//!
//! Native code may crash or never return, so whoever wants to know whether a backend works asks a
//! process that may be lost.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::link::{Event, Link, LinkSpec, What};
use super::mailbox::MailboxFile;
use super::protocol::{Reply, Request, WorkerUsage};
use super::{Role, Step, WorkerId};
use crate::error::{Error, Result, WorkerError};
use crate::netns::OpenNamespace;
use crate::runtime::Nixl;
use crate::variant::{BackendName, Launch};
use crate::workload::{Traffic, Uniform, Workload};

/// Who is on trial.
const ID: WorkerId = WorkerId { role: Role::Initiator, rank: 0 };

/// What is tried.
pub struct TrialSpec<'a> {
    /// The `kvbench` binary.
    pub binary: &'a Path,
    /// The backend.
    pub backend: BackendName,
    /// Environment and backend parameters.
    pub launch: &'a Launch,
    /// Its network namespace, where it is not that of this process.
    pub namespace: Option<&'a OpenNamespace>,
    /// The NIXL to load, and where its dependencies are.
    pub nixl: &'a Nixl,
    /// How much memory to register, if any.
    pub memory_bytes: Option<u64>,
    /// How long a step may take.
    pub deadline: Duration,
}

/// How a trial went.
#[derive(Debug)]
pub struct Trial {
    /// What creating the backend took, or why there is none.
    pub outcome: std::result::Result<Created, TrialError>,
    /// Versions of the loaded libraries, by name.
    pub versions: BTreeMap<String, String>,
    /// The files that the process had mapped once the backend was created, or refused.
    pub mapped: Vec<PathBuf>,
    /// Files of the loaded libraries, by name.
    pub paths: BTreeMap<String, PathBuf>,
    /// What the process logged. Lines may hold any bytes.
    pub log: Vec<u8>,
    /// The process, which has ended.
    pub pid: u32,
}

/// What it took to create a backend.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Created {
    /// Nanoseconds to load NIXL and its dependencies.
    pub load_ns: u64,
    /// What the process used then, with nothing created.
    pub loaded: WorkerUsage,
    /// Nanoseconds to create the backend.
    pub backend_ns: u64,
    /// What the process used then.
    pub usage: WorkerUsage,
    /// The registration, where one was asked for.
    pub registered: Option<Registered>,
}

/// What it took to register memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Registered {
    /// Nanoseconds to register it; allocating it is not among them.
    pub register_ns: u64,
    /// What the process used then, the memory included.
    pub usage: WorkerUsage,
}

/// The step that failed, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialError {
    /// What the worker was doing.
    pub step: Step,
    /// Why it failed.
    pub reason: String,
    /// Whether the machine, not the trial, is at fault.
    pub environment: bool,
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}: {}", self.step, self.reason)
    }
}

impl Trial {
    /// What went wrong, as an error of the whole command.
    pub fn error(&self, backend: BackendName) -> Option<Error> {
        let TrialError { step, reason, environment } = self.outcome.clone().err()?;
        let (restart, findings) = Default::default();
        Some(Error::Worker(Box::new(WorkerError {
            worker: ID,
            backend,
            step,
            reason,
            log: self.log.clone(),
            restart,
            findings,
            environment,
        })))
    }

    /// Takes a fresh worker through loading, creating and registering, and ends it.
    ///
    /// Call it on a thread that waits for the result: the worker dies with that thread.
    ///
    /// # Errors
    /// The system refused to start a process. A backend that does not work is no error, but the
    /// trial's outcome.
    pub fn run(spec: &TrialSpec<'_>) -> Result<Self> {
        let mailbox = MailboxFile::create(1).map_err(Error::system("create the mailbox"))?;
        let (sender, events) = channel();
        let link = LinkSpec {
            binary: spec.binary,
            backend: spec.backend,
            id: ID,
            env: &spec.launch.env,
            processors: None,
            namespace: spec.namespace,
            far: None,
        };
        let link = Link::start(&link, 0, sender)?;
        let mut trial = Self {
            outcome: Err(failed(Step::Start, String::new())),
            versions: BTreeMap::new(),
            mapped: Vec::new(),
            paths: BTreeMap::new(),
            log: Vec::new(),
            pid: link.pid().unwrap_or_default(),
        };
        let mut dialogue = Dialogue { link, events, deadline: spec.deadline };
        trial.outcome = trial.take(spec, &mailbox, &mut dialogue);
        dialogue.link.end();
        trial.log = dialogue.link.log();
        Ok(trial)
    }

    fn take(
        &mut self,
        spec: &TrialSpec<'_>,
        mailbox: &MailboxFile,
        dialogue: &mut Dialogue,
    ) -> std::result::Result<Created, TrialError> {
        let load = Request::Load {
            backend: spec.backend,
            prefix: spec.nixl.prefix.clone(),
            libraries: spec.nixl.libraries.clone(),
            cuda_stub: spec.nixl.cuda_stub.clone(),
            mailbox: mailbox.path(),
        };
        let create = Request::CreateBackend {
            agent: "trial".to_owned(),
            params: spec.launch.params.clone(),
        };
        let Reply::Loaded(libraries) = dialogue.ask(Step::Load, &load)? else {
            return Err(unexpected(Step::Load));
        };
        (self.versions, self.paths) = (libraries.versions, libraries.paths);
        let loaded = dialogue.usage()?;
        let created = dialogue.ask(Step::CreateBackend, &create);
        self.mapped = dialogue.link.pid().map(mapped_files).unwrap_or_default();
        let Reply::Created { backend_ns, .. } = created? else {
            return Err(unexpected(Step::CreateBackend));
        };
        let usage = dialogue.usage()?;
        let registered = spec.memory_bytes.map(|bytes| dialogue.register(bytes)).transpose()?;
        Ok(Created { load_ns: libraries.load_ns, loaded, backend_ns, usage, registered })
    }
}

/// Questions and answers, each with a deadline.
struct Dialogue {
    link: Link,
    events: Receiver<Event>,
    deadline: Duration,
}

impl Dialogue {
    fn register(&mut self, bytes: u64) -> std::result::Result<Registered, TrialError> {
        let traffic = Traffic::Uniform(Uniform { block_bytes: bytes, ..Uniform::default() });
        let workload = Box::new(Workload { traffic, ..Workload::default() });
        let request = Request::Register { me: ID, workload, echo: false };
        let Reply::Registered { register_ns, .. } = self.ask(Step::Register, &request)? else {
            return Err(unexpected(Step::Register));
        };
        Ok(Registered { register_ns, usage: self.usage()? })
    }

    fn usage(&mut self) -> std::result::Result<WorkerUsage, TrialError> {
        match self.ask(Step::Report, &Request::Usage)? {
            Reply::Usage(usage) => Ok(usage),
            _ => Err(unexpected(Step::Report)),
        }
    }

    fn ask(&mut self, step: Step, request: &Request) -> std::result::Result<Reply, TrialError> {
        self.link.send(request);
        let reason = match self.events.recv_timeout(self.deadline) {
            Ok(Event { what: What::Reply(Reply::Failed { reason, environment }), .. }) => {
                return Err(TrialError { step, reason, environment });
            }
            Ok(Event { what: What::Reply(reply), .. }) => return Ok(reply),
            Ok(Event { what: What::Gone, .. }) | Err(RecvTimeoutError::Disconnected) => {
                self.link.end()
            }
            Err(RecvTimeoutError::Timeout) => {
                format!("no answer within {} s; it was ended", self.deadline.as_secs_f64())
            }
        };
        Err(failed(step, reason))
    }
}

fn failed(step: Step, reason: String) -> TrialError {
    TrialError { step, reason, environment: false }
}

fn unexpected(step: Step) -> TrialError {
    failed(step, "it answered something else".to_owned())
}

/// The files mapped by a process of this user, each once.
fn mapped_files(pid: u32) -> Vec<PathBuf> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let files = maps.lines().filter_map(|line| Some(PathBuf::from(&line[line.find('/')?..])));
    let mut files: Vec<_> = files.collect();
    files.sort();
    files.dedup();
    files
}
