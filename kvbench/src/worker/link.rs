//! The coordinator's end of one worker: its process, and what it replies.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

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
}

/// A worker process.
pub(super) struct Link {
    pub id: WorkerId,
    process: Process,
    socket: UnixStream,
    forwarder: Option<JoinHandle<()>>,
}

impl Link {
    /// Starts a worker; what it does arrives as events of worker `index`.
    pub(super) fn start(spec: &LinkSpec<'_>, index: usize, events: Sender<Event>) -> Result<Self> {
        let arguments = [SUBCOMMAND, spec.backend.label(), &spec.id.to_string()];
        let LinkSpec { binary, env, processors, namespace, .. } = *spec;
        let (process, socket) = Process::start(binary, &arguments, env, processors, namespace)?;
        let mut reader = socket.try_clone().map_err(Error::system("start a worker"))?;
        let forwarder = Some(std::thread::spawn(move || forward(&mut reader, index, &events)));
        Ok(Self { id: spec.id, process, socket, forwarder })
    }

    /// Sends a request. A worker that is gone is reported by its event, not here.
    pub(super) fn send(&mut self, request: &Request) {
        let _ = send(&mut self.socket, request);
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it has logged so far.
    pub(super) fn log(&self) -> Vec<u8> {
        self.process.log()
    }

    /// Ends the process and waits for it; returns how it ended.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        let status = self.process.end();
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        if let Some(forwarder) = self.forwarder.take() {
            let _ = forwarder.join();
        }
        status
    }

    /// Whether it is stopped (`SIGSTOP`, a debugger).
    pub(super) fn is_stopped(&self) -> bool {
        self.process.is_stopped()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.ended()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end();
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
