//! The processes of a run, by a mark in their environment, which they all inherit.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const VARIABLE: &str = "KVBENCH_TEST_RUN";

/// What marks the processes of one run.
pub struct Mark(String);

impl Mark {
    /// One that no other run has.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed)))
    }

    /// The variable and its value.
    pub fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.0)
    }

    /// The run's processes, dead ones left out.
    pub fn processes(&self) -> Vec<Process> {
        let wanted = format!("{VARIABLE}={}", self.0);
        let has_mark = |process: &Process| process.read("environ").contains(&wanted);
        all().into_iter().filter(has_mark).collect()
    }
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    pub pid: i32,
    pub arguments: Vec<String>,
}

impl Process {
    /// Whether it is a worker of `backend` in `role`, of rank 0.
    pub fn is_worker(&self, backend: &str, role: &str) -> bool {
        let role = format!("{role} 0");
        self.arguments.iter().skip(1).eq(["worker", backend, &role])
    }

    /// Whether it is a worker of a deployment: `prefill 0`, `decode 1`.
    pub fn serves_as(&self, kind: &str, index: u32) -> bool {
        let [_, command, _, its_kind, its_index] = &self.arguments[..] else { return false };
        command == "serve-worker" && its_kind == kind && *its_index == index.to_string()
    }

    /// Whether it is a worker.
    pub fn is_any_worker(&self) -> bool {
        self.arguments.get(1).is_some_and(|argument| argument == "worker")
    }

    /// What lists of processes call it.
    pub fn title(&self) -> String {
        let title = std::fs::read_to_string(format!("/proc/{}/comm", self.pid));
        title.unwrap_or_default().trim_end().to_owned()
    }

    /// Sends a signal; that it is gone already is no failure.
    pub fn signal(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.pid), signal);
    }

    /// What its open file descriptors lead to, by number.
    pub fn descriptors(&self) -> BTreeMap<u32, PathBuf> {
        let listing = std::fs::read_dir(format!("/proc/{}/fd", self.pid)).expect("it is there");
        let target = |entry: std::fs::DirEntry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, std::fs::read_link(entry.path()).ok()?))
        };
        listing.flatten().filter_map(target).collect()
    }

    /// The NUL-separated strings of one of its files in `/proc`.
    fn read(&self, file: &str) -> Vec<String> {
        let bytes = std::fs::read(format!("/proc/{}/{file}", self.pid)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.split_terminator('\0').map(str::to_owned).collect()
    }
}

fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc is there");
    let names = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    names
        .map(|pid| {
            let process = Process { pid, arguments: Vec::new() };
            Process { arguments: process.read("cmdline"), ..process }
        })
        .collect()
}
