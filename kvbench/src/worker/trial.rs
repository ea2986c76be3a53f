//! A worker on trial: it loads NIXL, creates one backend, tells what that took, and is ended.
//!
//! Native code may crash or never return, so whoever wants to know whether a backend works asks a
//! process that may be lost.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::link::{Event, Link, What};
use super::mailbox::MailboxFile;
use super::protocol::{Reply, Request, WorkerUsage};
use super::{Role, Step, WorkerId};
use crate::error::{Error, Result};
use crate::runtime::Nixl;
use crate::variant::{BackendName, Launch};

/// What is tried.
pub struct TrialSpec<'a> {
    /// The `kvbench` binary.
    pub binary: &'a Path,
    /// The backend.
    pub backend: BackendName,
    /// Environment and backend parameters.
    pub launch: &'a Launch,
    /// The NIXL to load, and where its dependencies are.
    pub nixl: &'a Nixl,
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
    /// What the process logged. Lines may hold any bytes.
    pub log: Vec<u8>,
}

/// What it took to create a backend.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Created {
    /// Nanoseconds to load NIXL and its dependencies.
    pub load_ns: u64,
    /// Nanoseconds to create the backend.
    pub backend_ns: u64,
    /// What the process uses then.
    pub usage: WorkerUsage,
}

/// The step that failed, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialError {
    /// What the worker was doing.
    pub step: Step,
    /// Why it failed.
    pub reason: String,
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}: {}", self.step, self.reason)
    }
}

impl Trial {
    /// Takes a fresh worker through loading and creating, and ends it.
    ///
    /// Call it on a thread that waits for the result: the worker dies with that thread.
    ///
    /// # Errors
    /// The system refused to start a process. A backend that does not work is no error, but the
    /// trial's outcome.
    pub fn run(spec: &TrialSpec<'_>) -> Result<Self> {
        let mailbox = MailboxFile::create(1).map_err(Error::system("create the mailbox"))?;
        let (sender, events) = channel();
        let id = WorkerId { role: Role::Initiator, rank: 0 };
        let env = &spec.launch.env;
        let link = Link::start(spec.binary, spec.backend, id, 0, env, None, sender)?;
        let mut trial = Self {
            outcome: Err(TrialError { step: Step::Start, reason: String::new() }),
            versions: BTreeMap::new(),
            mapped: Vec::new(),
            log: Vec::new(),
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
            prefix: spec.nixl.prefix.clone(),
            libraries: spec.nixl.libraries.clone(),
            cuda_stub: spec.nixl.cuda_stub.clone(),
            mailbox: mailbox.path(),
        };
        let create = Request::CreateBackend {
            agent: "doctor".to_owned(),
            backend: spec.backend.plugin().to_owned(),
            params: spec.launch.params.clone(),
        };
        let Reply::Loaded(loaded) = dialogue.ask(Step::Load, &load)? else {
            return Err(unexpected(Step::Load));
        };
        self.versions = loaded.versions;
        let created = dialogue.ask(Step::CreateBackend, &create);
        self.mapped = mapped_files(dialogue.link.pid());
        let Reply::Created { backend_ns, .. } = created? else {
            return Err(unexpected(Step::CreateBackend));
        };
        let Reply::Usage(usage) = dialogue.ask(Step::Report, &Request::Usage)? else {
            return Err(unexpected(Step::Report));
        };
        Ok(Created { load_ns: loaded.load_ns, backend_ns, usage })
    }
}

/// Questions and answers, each with a deadline.
struct Dialogue {
    link: Link,
    events: Receiver<Event>,
    deadline: Duration,
}

impl Dialogue {
    fn ask(&mut self, step: Step, request: &Request) -> std::result::Result<Reply, TrialError> {
        self.link.send(request);
        let reason = match self.events.recv_timeout(self.deadline) {
            Ok(Event { what: What::Reply(Reply::Failed { reason, .. }), .. }) => reason,
            Ok(Event { what: What::Reply(reply), .. }) => return Ok(reply),
            Ok(Event { what: What::Gone, .. }) | Err(RecvTimeoutError::Disconnected) => {
                match self.link.end() {
                    Some(status) => format!("the process ended ({status})"),
                    None => "the process ended".to_owned(),
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                format!("no answer within {} s; it was ended", self.deadline.as_secs_f64())
            }
        };
        Err(TrialError { step, reason })
    }
}

fn unexpected(step: Step) -> TrialError {
    TrialError { step, reason: "it answered something else".to_owned() }
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
