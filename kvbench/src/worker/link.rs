//! The coordinator's end of one worker: its process, here or on another host, and what it replies.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use super::far::{FarHost, FarLink, Order};
use super::process::Process;
use super::protocol::{Reply, Request, receive, send};
use super::{SUBCOMMAND, WorkerId};
use crate::error::{Error, Result};
use crate::netns::OpenNamespace;
use crate::variant::BackendName;

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
    /// Its host, where it is not this one; then binary, processors and namespace are the agent's.
    pub far: Option<&'a FarHost>,
}

/// A worker process.
pub(super) struct Link {
    pub id: WorkerId,
    end: End,
}

/// Where the process is.
enum End {
    Here(Here),
    Far(FarLink),
}

/// A process of this host.
struct Here {
    process: Process,
    socket: UnixStream,
    forwarder: Option<JoinHandle<()>>,
}

impl Link {
    /// Starts a worker; what it does arrives as events of worker `index`.
    pub(super) fn start(spec: &LinkSpec<'_>, index: usize, events: Sender<Event>) -> Result<Self> {
        let LinkSpec { id, backend, env, far, .. } = *spec;
        let end = match far {
            None => End::Here(Here::start(spec, index, events)?),
            Some(host) => {
                let order = Order { id, backend, env: env.clone() };
                let started = FarLink::start(host, order, index, events);
                End::Far(started.map_err(|why| Error::Environment {
                    what: format!("{id} of {backend} cannot be started"),
                    why,
                    remedy: "see what the agent says of it on its own standard error".to_owned(),
                })?)
            }
        };
        Ok(Self { id, end })
    }

    /// Sends a request. A worker that is gone is reported by its event, not here.
    pub(super) fn send(&mut self, request: &Request) {
        match &mut self.end {
            End::Here(here) => {
                let _ = send(&mut here.socket, request);
            }
            End::Far(far) => far.send(request),
        }
    }

    /// Its process id, where it is a process of this host.
    pub(super) fn pid(&self) -> Option<u32> {
        match &self.end {
            End::Here(here) => Some(here.process.pid()),
            End::Far(_) => None,
        }
    }

    /// Whether it is on another host.
    pub(super) fn is_far(&self) -> bool {
        matches!(self.end, End::Far(_))
    }

    /// What it has logged so far; on another host, once it has ended.
    pub(super) fn log(&self) -> Vec<u8> {
        match &self.end {
            End::Here(here) => here.process.log(),
            End::Far(far) => far.log(),
        }
    }

    /// Ends the process and waits for it; returns how it ended, in words.
    pub(super) fn end(&mut self) -> String {
        match &mut self.end {
            End::Here(here) => here.end(),
            End::Far(far) => far.end(),
        }
    }

    /// Whether it is stopped (`SIGSTOP`, a debugger), as far as this host can tell.
    pub(super) fn is_stopped(&self) -> bool {
        matches!(&self.end, End::Here(here) if here.process.is_stopped())
    }

    /// How it ended, if it has; on another host, its event tells.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        match &mut self.end {
            End::Here(here) => here.process.ended(),
            End::Far(_) => None,
        }
    }
}

impl Here {
    fn start(spec: &LinkSpec<'_>, index: usize, events: Sender<Event>) -> Result<Self> {
        let arguments = [SUBCOMMAND, spec.backend.label(), &spec.id.to_string()];
        let LinkSpec { binary, env, processors, namespace, .. } = *spec;
        let (process, socket) = Process::start(binary, &arguments, env, processors, namespace)?;
        let mut reader = socket.try_clone().map_err(Error::system("start a worker"))?;
        let forwarder = Some(std::thread::spawn(move || forward(&mut reader, index, &events)));
        Ok(Self { process, socket, forwarder })
    }

    fn end(&mut self) -> String {
        let status = self.process.end();
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        if let Some(forwarder) = self.forwarder.take() {
            let _ = forwarder.join();
        }
        ended(status)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a process ended, in words.
pub(crate) fn ended(status: Option<ExitStatus>) -> String {
    match status {
        Some(status) => format!("the process ended ({status})"),
        None => "the process ended".to_owned(),
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
