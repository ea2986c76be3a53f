//! A run that goes on, and one that has ended: what it says, and that it leaves no process behind.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::Process;
use super::process::Mark;
use super::wait::eventually;

/// Far more than any run of the tests takes, on any machine.
const RUN_LIMIT: Duration = Duration::from_secs(240);

/// How long processes may outlive the coordinator.
const CLEANUP_LIMIT: Duration = Duration::from_secs(15);

/// A run that goes on.
pub struct Running {
    child: Child,
    mark: Mark,
    begun: Instant,
    stdout: Receiver<String>,
    /// Lines of standard error.
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        Self::spawn(command)
    }

    /// Starts it with its standard input, and its standard error where that is piped.
    pub(super) fn spawn(mut command: Command) -> Self {
        let mark = Mark::new();
        let (key, value) = mark.variable();
        command.env(key, value).stdout(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().expect("kvbench starts");

        let (all, stdout) = channel();
        let mut pipe = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).expect("it is UTF-8");
            let _ = all.send(text);
        });
        let (each, lines) = channel();
        if let Some(pipe) = child.stderr.take().map(BufReader::new) {
            std::thread::spawn(move || {
                pipe.lines().try_for_each(|line| each.send(line.expect("it is UTF-8")))
            });
        }
        Self { child, mark, begun, stdout, lines, stderr: String::new() }
    }

    /// Waits until it says a line that begins with `wanted` on standard error, and returns the line.
    pub fn wait_for(&mut self, wanted: &str) -> String {
        self.wait_for_line(wanted, |line| line.starts_with(wanted))
    }

    /// The same of a line that has `wanted` anywhere.
    pub fn wait_for_words(&mut self, wanted: &str) -> String {
        self.wait_for_line(wanted, |line| line.contains(wanted))
    }

    fn wait_for_line(&mut self, wanted: &str, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = self.begun + RUN_LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("it never said {wanted:?}, but:\n{}", self.stderr);
            };
            self.stderr += &format!("{line}\n");
            if is_it(&line) {
                return line;
            }
        }
    }

    /// The worker of `backend` in `role` (`initiator`, `target`), once it is there.
    pub fn worker(&mut self, backend: &str, role: &str) -> Process {
        eventually(&format!("the {role} of {backend}"), RUN_LIMIT, || {
            let ended = self.child.try_wait().expect("it can be waited for");
            assert!(ended.is_none(), "it ended early:\n{}", self.stdout.iter().collect::<String>());
            self.processes().into_iter().find(|process| process.is_worker(backend, role))
        })
    }

    /// All of its processes.
    pub fn processes(&self) -> Vec<Process> {
        self.mark.processes()
    }

    /// The process that was started.
    pub fn coordinator(&self) -> Process {
        Process { pid: self.child.id() as i32, arguments: Vec::new() }
    }

    /// Waits for its end, and until none of its processes is left.
    pub fn finish(mut self) -> Finished {
        let status = eventually("the end of the run", RUN_LIMIT, || {
            self.child.try_wait().expect("it can be waited for")
        });
        let took = self.begun.elapsed();
        eventually("the end of every process of the run", CLEANUP_LIMIT, || {
            self.processes().is_empty().then_some(())
        });
        let stdout = self.stdout.recv_timeout(CLEANUP_LIMIT).expect("standard output ends");
        let mut stderr = std::mem::take(&mut self.stderr);
        // The channel ends with the pipe, whose last writer is gone.
        self.lines.iter().for_each(|line| stderr += &format!("{line}\n"));
        Finished { status, took, stdout, stderr }
    }
}

impl Drop for Running {
    /// Leaves nothing behind when a test fails half-way.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.processes().iter().for_each(|process| process.signal(Signal::SIGKILL));
    }
}

/// A run that has ended and left no process behind.
pub struct Finished {
    status: ExitStatus,
    pub took: Duration,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Fails the test unless it returned `code`.
    #[track_caller]
    pub fn returned(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless it was ended by `signal`.
    #[track_caller]
    pub fn was_ended_by(self, signal: Signal) -> Self {
        assert_eq!(self.status.signal(), Some(signal as i32), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless standard error has all of `words`.
    #[track_caller]
    pub fn complained_of(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in:\n{}", self.stderr);
        }
        self
    }
}
