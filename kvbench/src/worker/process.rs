//! A worker process as the one that started it holds it: its socket, its log, its end.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::placement::cpu_set;
use crate::bound::bind;
use crate::error::{Error, Result};
use crate::netns::{OpenNamespace, enter};

/// The most that is kept of a worker's log.
const MAX_LOG: usize = 4 << 20;

/// A worker process. It ends with the thread that started it.
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<Vec<u8>>>,
    log_keeper: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts `binary` with `arguments` and `env`, on `processors` only and in `namespace`; returns it with this end of
    /// the socket that is its standard input.
    ///
    /// The arguments say who it is, also for whoever looks at a list of processes.
    pub(crate) fn start(
        binary: &Path,
        arguments: &[&str],
        env: &BTreeMap<String, String>,
        processors: Option<&[usize]>,
        namespace: Option<&OpenNamespace>,
    ) -> Result<(Self, UnixStream)> {
        let failed = || Error::system("start a worker");
        let (ours, theirs) = UnixStream::pair().map_err(failed())?;
        let (log_reader, log_writer) = std::io::pipe().map_err(failed())?;
        let log_copy = log_writer.try_clone().map_err(failed())?;
        let mut command = Command::new(binary);
        command.args(arguments).envs(env).stdin(OwnedFd::from(theirs));
        command.stdout(log_writer).stderr(log_copy);
        if let Some(namespace) = namespace {
            let namespace = namespace.as_fd().try_clone_to_owned().map_err(failed())?;
            // SAFETY: `enter` only makes system calls, which are safe between fork and exec.
            unsafe { command.pre_exec(move || Ok(enter(namespace.as_fd())?)) };
        }
        if let Some(processors) = processors.map(cpu_set) {
            // SAFETY: the closure only makes a system call that is safe between fork and exec.
            unsafe {
                command.pre_exec(move || {
                    nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &processors)?;
                    Ok(())
                });
            }
        }
        bind(&mut command);
        let child = command.spawn().map_err(failed())?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&log);
        let log_keeper = Some(std::thread::spawn(move || keep_log(log_reader, &sink)));
        Ok((Self { child, log, log_keeper }, ours))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> Vec<u8> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it and waits for it; returns how it ended.
    pub(crate) fn end(&mut self) -> Option<ExitStatus> {
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        if let Some(keeper) = self.log_keeper.take() {
            let _ = keeper.join();
        }
        status
    }

    /// Whether it is stopped (`SIGSTOP`, a debugger).
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        stat.is_ok_and(|stat| {
            let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
            matches!(state, Some('T' | 't'))
        })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
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
