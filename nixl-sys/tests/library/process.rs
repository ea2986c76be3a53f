//! Runs parts of a test in processes of their own, which outlive neither their deadline nor the test.
//!
//! A part is the current test once more, in this test binary started again: [`part`] tells the test
//! which part it is. The tests of the `nixl` crate use this file as well.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Tells a process which part it is.
const PART: &str = "NIXL_TEST_PART";

/// What a part says at its end: one whose test was not found ends well too, but without a word.
const FINISHED: &str = "this part is finished";

/// Far more than any part needs: only one that hangs comes near it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A process that runs a part.
pub struct Process {
    child: Child,
    log: File,
    part: String,
}

/// How a part ended.
#[derive(Debug)]
pub struct Ended {
    pub part: String,
    /// `None`: it was killed at its deadline.
    pub status: Option<ExitStatus>,
    pub log: String,
}

/// The part that this process is; `None` in the one that runs the whole test.
pub fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// To be said at the end of a part.
pub fn finished() {
    println!("{FINISHED}");
}

/// Runs `body` in a process of its own, and fails the test when it fails, crashes or hangs.
///
/// `name` tells several bodies of a test apart.
pub fn alone(name: &str, body: impl FnOnce()) {
    match part() {
        None => Process::start(name, Stdio::null()).end(Instant::now() + LIMIT).succeed(),
        Some(mine) if mine == name => {
            body();
            finished();
        }
        Some(_) => {}
    }
}

impl Process {
    /// Starts a part of the current test.
    pub fn start(part: &str, stdin: impl Into<Stdio>) -> Self {
        let thread = std::thread::current();
        let test = thread.name().expect("the test harness names its threads");
        let log = tempfile::tempfile().expect("a temporary file can be made");
        let output = || Stdio::from(log.try_clone().expect("a file can be cloned"));
        let mut command = Command::new(std::env::current_exe().expect("the test binary is there"));
        command
            .args([test, "--exact", "--nocapture", "--include-ignored"])
            .env(PART, part)
            .stdin(stdin)
            .stdout(output())
            .stderr(output());
        let parent = std::process::id();
        // SAFETY: it makes two system calls, which is allowed between fork and exec.
        unsafe { command.pre_exec(move || die_with(parent)) };
        let child = command.spawn().expect("the test binary starts");
        Self { child, log, part: part.to_owned() }
    }

    /// Waits for its end, and kills it when `deadline` comes first.
    pub fn end(mut self, deadline: Instant) -> Ended {
        let in_time = self.wait(deadline);
        if !in_time {
            self.child.kill().expect("a child that was not waited for can be killed");
        }
        let status = self.child.wait().expect("a child can be waited for");
        let mut log = Vec::new();
        self.log.rewind().and_then(|()| self.log.read_to_end(&mut log)).expect("a log is readable");
        let log = String::from_utf8_lossy(&log).into_owned();
        Ended { part: std::mem::take(&mut self.part), status: in_time.then_some(status), log }
    }

    fn wait(&self, deadline: Instant) -> bool {
        // SAFETY: the call takes a process id and flags, and returns a descriptor or -1.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, self.child.id(), 0) };
        assert!(fd >= 0, "pidfd_open: {}", std::io::Error::last_os_error());
        // SAFETY: the descriptor is new, and nobody else's.
        let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
        let mut poll = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left_ms = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
            // SAFETY: `poll` is one valid entry.
            match unsafe { libc::poll(&mut poll, 1, left_ms) } {
                -1 => {} // Interrupted by a signal.
                ready => return ready == 1,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when it was waited for already, as they should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Whether it ran to its end and left with code 0.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success()) && self.log.contains(FINISHED)
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.and_then(|status| status.signal())
    }

    /// Fails the test unless the part succeeded.
    pub fn succeed(&self) {
        assert!(self.succeeded(), "part {:?}: {:?}\n{}", self.part, self.status, self.log);
    }
}

/// Asks for SIGKILL when the thread that started this process ends, which is the test's.
fn die_with(parent: u32) -> std::io::Result<()> {
    // SAFETY: the option takes a signal.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the call takes nothing and always succeeds.
    if unsafe { libc::getppid() }.cast_unsigned() != parent {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    }
    Ok(())
}
