//! The coordinator's end of one worker: its process, its socket, its log.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::placement::cpu_set;
use super::protocol::{Reply, Request, receive, send};
use super::{SUBCOMMAND, WorkerId};
use crate::bound::bind;
use crate::error::{Error, Result};
use crate::netns::{OpenNamespace, enter};
use crate::variant::BackendName;

/// The most that is kept of a worker's log.
const MAX_LOG: usize = 4 << 20;

/// Something that a worker did, by its index in the group.
pub(super) struct Event {
    pub worker: usize,
    pub what: What,
}

pub(super) enum What {
    /// It replied.
    Reply(Reply),
    /// It closed its socket or sent nonsense.
    Gone,
}

/// What a worker process is started with.
pub(super) struct LinkSpec<'a> {
    /// The `kvbench` binary.
    pub binary: &'a Path,
    pub backend: BackendName,
    pub id: WorkerId,
    pub env: &'a BTreeMap<String, String>,
    /// The only ones that it runs on, unless the kernel shall choose.
    pub processors: Option<&'a [usize]>,
    /// Its network namespace, where it is not that of this process.
    pub namespace: Option<&'a OpenNamespace>,
}

/// A worker process.
pub(super) struct Link {
    pub id: WorkerId,
    child: Child,
    socket: UnixStream,
    log: Arc<Mutex<Vec<u8>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Link {
    /// Starts a worker; what it does arrives as events of worker `index`.
    ///
    /// The worker's command line says who it is, for whoever looks at a list of processes.
    pub(super) fn start(spec: &LinkSpec<'_>, index: usize, events: Sender<Event>) -> Result<Self> {
        let failed = Error::system("start a worker");
        let (ours, theirs) = UnixStream::pair().map_err(Error::system("start a worker"))?;
        let (log_reader, log_writer) = std::io::pipe().map_err(Error::system("start a worker"))?;
        let log_copy = log_writer.try_clone().map_err(Error::system("start a worker"))?;
        let mut command = Command::new(spec.binary);
        command.arg(SUBCOMMAND).args([spec.backend.label(), &spec.id.to_string()]);
        command.envs(spec.env).stdin(OwnedFd::from(theirs));
        command.stdout(log_writer).stderr(log_copy);
        if let Some(namespace) = spec.namespace {
            let namespace = namespace.as_fd().try_clone_to_owned();
            let namespace = namespace.map_err(Error::system("start a worker"))?;
            // SAFETY: `enter` only makes system calls, which are safe between fork and exec.
            unsafe { command.pre_exec(move || Ok(enter(namespace.as_fd())?)) };
        }
        if let Some(processors) = spec.processors.map(cpu_set) {
            // SAFETY: the closure only makes a system call that is safe between fork and exec.
            unsafe {
                command.pre_exec(move || {
                    nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &processors)?;
                    Ok(())
                });
            }
        }
        bind(&mut command);
        let child = command.spawn().map_err(failed)?;
        drop(command);

        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&log);
        let mut reader = ours.try_clone().map_err(Error::system("start a worker"))?;
        let threads = vec![
            std::thread::spawn(move || keep_log(log_reader, &sink)),
            std::thread::spawn(move || forward(&mut reader, index, &events)),
        ];
        Ok(Self { id: spec.id, child, socket: ours, log, threads })
    }

    /// Sends a request. A worker that is gone is reported by its event, not here.
    pub(super) fn send(&mut self, request: &Request) {
        let _ = send(&mut self.socket, request);
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(super) fn log(&self) -> Vec<u8> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the process and waits for it; returns how it ended.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        status
    }

    /// Whether it is stopped (`SIGSTOP`, a debugger).
    pub(super) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        stat.is_ok_and(|stat| {
            let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
            matches!(state, Some('T' | 't'))
        })
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end();
    }
}

fn keep_log(mut pipe: std::io::PipeReader, log: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(len @ 1..) = pipe.read(&mut chunk) {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < MAX_LOG {
            log.extend(&chunk[..len]);
        }
    }
}

fn forward(socket: &mut UnixStream, worker: usize, events: &Sender<Event>) {
    loop {
        let what = match receive(socket) {
            Ok(Some(reply)) => What::Reply(reply),
            Ok(None) | Err(_) => What::Gone,
        };
        let gone = matches!(what, What::Gone);
        if events.send(Event { worker, what }).is_err() || gone {
            return;
        }
    }
}
