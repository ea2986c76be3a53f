//! A child process that never outlives this one.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};

/// A running child; killed and reaped when dropped, and killed by the kernel if this process is.
///
/// The kernel ties the child to the *thread* that started it, so that thread has to wait for it, as
/// [`crate::pip`] does.
pub(crate) struct TiedChild(Child);

impl TiedChild {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        // Process ids of Linux are positive and fit an i32.
        let parent = std::process::id() as libc::pid_t;
        // SAFETY: the closure runs in the child between fork and exec, where only async-signal-safe
        // calls are allowed. It makes two system calls, prctl and getppid, and neither allocates
        // nor takes a lock.
        unsafe { command.pre_exec(move || die_with(parent)) };
        command.spawn().map(Self)
    }

    /// How it ended, or `None` while it runs.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }
}

impl Drop for TiedChild {
    fn drop(&mut self) {
        // Both do nothing to a child that has been waited for, and there is nobody to tell of a
        // failure.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn die_with(parent: libc::pid_t) -> io::Result<()> {
    // SAFETY: PR_SET_PDEATHSIG takes one integer and touches no memory.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: getppid has no preconditions.
    match unsafe { libc::getppid() } == parent {
        true => Ok(()),
        // The parent died before the signal was asked for.
        false => Err(io::Error::from_raw_os_error(libc::ESRCH)),
    }
}
