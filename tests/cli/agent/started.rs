//! An agent that a test has started.

use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::{End, Finished, Kvbench, Links, Process, Running, eventually};

/// How long a worker may outlive its session.
const CLEANUP_LIMIT: Duration = Duration::from_secs(10);

/// An agent, and the token that lets in.
pub struct Agent {
    running: Running,
    folder: TempDir,
    pub address: String,
    /// Of its certificate, where it has one.
    pub fingerprint: Option<String>,
}

impl Agent {
    /// One on the loopback.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, "127.0.0.1:0", |command| command)
    }

    /// One at the far end of `links`.
    pub fn start_across(links: &Links) -> Self {
        let listen = format!("{}:0", Links::address(End::B));
        Self::start_with(&[], &listen, |command| command.at(End::B, links))
    }

    fn start_with(
        arguments: &[&str],
        listen: &str,
        place: impl FnOnce(Kvbench) -> Kvbench,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "a token for tests only\n").unwrap();
        let token = ["agent", "--listen", listen, "--token-file", token.to_str().unwrap()];
        let command = Kvbench::new(&[&token[..], arguments].concat());
        let mut running = place(command).start();
        let line = running.wait_for("listening on ");
        let address = line.split([' ', ';']).nth(2).expect("it tells where").to_owned();
        let fingerprint = arguments.contains(&"--tls").then(|| {
            let line = running.wait_for("for the near end: ");
            line.rsplit(' ').next().expect("it tells the fingerprint").to_owned()
        });
        Self { running, folder, address, fingerprint }
    }

    /// The arguments of who is let in.
    pub fn peer(&self) -> Vec<String> {
        let token = self.folder.path().join("token").display().to_string();
        let mut peer =
            vec!["--peer".to_owned(), self.address.clone(), "--token-file".to_owned(), token];
        if let Some(fingerprint) = &self.fingerprint {
            peer.extend(["--peer-fingerprint".to_owned(), fingerprint.clone()]);
        }
        peer
    }

    /// A command that has its targets there.
    pub fn kvbench(&self, arguments: &[&str]) -> Kvbench {
        let peer = self.peer();
        let peer: Vec<_> = peer.iter().map(String::as_str).collect();
        Kvbench::new(&[&peer[..], arguments].concat())
    }

    /// The worker of `backend` that it has started, once it is there.
    pub fn target(&mut self, backend: &str) -> Process {
        self.running.worker(backend, "target")
    }

    /// Waits until it has said a line with these words.
    pub fn says(&mut self, words: &str) {
        self.running.wait_for_words(words);
    }

    pub fn signal(&self, signal: Signal) {
        self.running.coordinator().signal(signal);
    }

    /// Waits until all of its workers are gone, and fails the test unless it lives.
    pub fn is_alone(&self) {
        eventually("the end of the agent's workers", CLEANUP_LIMIT, || {
            let own = self.running.processes();
            assert!(!own.is_empty(), "the agent itself is gone");
            (!own.iter().any(Process::is_any_worker)).then_some(())
        });
    }

    /// Ends it; what it said, once none of its processes is left.
    pub fn end(self) -> Finished {
        self.signal(Signal::SIGKILL);
        self.running.finish().was_ended_by(Signal::SIGKILL)
    }
}
