//! Child processes that end with this one and inherit nothing from it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::{prctl, signal::Signal};
use nix::unistd::{getpid, getppid};

/// Binds the child that `command` starts to the thread that starts it: when that ends, so does the
/// child. It gets no descriptors but its standard streams.
pub(crate) fn bind(command: &mut Command) {
    let parent = getpid();
    // SAFETY: the closure only makes system calls that are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            keep_standard_streams_only();
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            // The parent may have died before the line above.
            if getppid() != parent {
                return Err(std::io::Error::other("the parent is gone"));
            }
            Ok(())
        });
    }
}

/// Keeps what the parent inherited from whoever started it out of the program that comes next,
/// and out of its count of descriptors. Kernels before 5.11 cannot, and then it is not kept out.
fn keep_standard_streams_only() {
    let (first, last) = (3_u32, u32::MAX);
    // SAFETY: close_range closes nothing here, it only marks descriptors; it touches no memory.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, libc::CLOSE_RANGE_CLOEXEC) };
}
