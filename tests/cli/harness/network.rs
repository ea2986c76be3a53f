//! A network that only one run uses, so that the counters of its NICs count nothing else.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::LazyLock;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

/// Whether [`enter`] works for this user on this system.
pub fn can_be_made() -> bool {
    static POSSIBLE: LazyLock<bool> = LazyLock::new(|| {
        let mut probe = Command::new(env!("CARGO_BIN_EXE_kvbench"));
        // SAFETY: `enter` only makes system calls, which are allowed between fork and exec.
        unsafe { probe.arg("--version").pre_exec(enter) };
        probe.output().is_ok_and(|output| output.status.success())
    });
    *POSSIBLE
}

/// Gives this process a network with nothing but a loopback, and a `/sys` that shows it.
pub fn enter() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    show_network()?;
    raise_loopback()
}

/// Gives this process a `/sys` that shows the network that it is in.
pub fn show_network() -> io::Result<()> {
    const NOTHING: Option<&str> = None;
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?;
    mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), NOTHING)?;
    Ok(())
}

fn raise_loopback() -> io::Result<()> {
    let any = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // SAFETY: all zeros are a valid ifreq: an empty name and no flags.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
    // SAFETY: the request is an ifreq, which this ioctl reads, and outlives the call.
    match unsafe { libc::ioctl(any.as_raw_fd(), libc::SIOCSIFFLAGS, &request) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
