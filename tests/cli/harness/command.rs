//! The `kvbench` binary with its arguments and an environment that the machine does not shape.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{SigHandler, Signal, signal};

use super::{End, Finished, Links, Running, Terminal, network, nixl};

/// Variables that change what kvbench does.
const PREFIXES: [&str; 6] = ["FI_", "HWLOC_", "KVBENCH_", "NIXL_", "UCX_", "XDG_CACHE_"];

/// `CAP_SYS_ADMIN` of the kernel's `capability.h`.
const CAP_SYS_ADMIN: libc::c_ulong = 21;

/// The command, not started yet.
pub struct Kvbench(Command);

impl Kvbench {
    /// `kvbench` with `arguments` and with no NIXL: none installed, none cached, none to be fetched.
    /// `home` is an empty folder.
    pub fn without_nixl(home: &Path, arguments: &[&str]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_kvbench").as_ref(), home, arguments)
    }

    fn program(program: &Path, home: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        for (key, _) in std::env::vars_os() {
            if PREFIXES.iter().any(|prefix| key.to_string_lossy().starts_with(prefix)) {
                command.env_remove(key);
            }
        }
        // No Python is found on this path, and so no NIXL in a Python.
        command.env("PATH", home).env("HOME", home).env("KVBENCH_NO_FETCH", "1");
        command.args(arguments);
        // Whoever runs the tests in the background of a script has them ignore Ctrl-C, also here.
        let heed = || {
            // SAFETY: the default disposition has no handler.
            unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }?;
            Ok(())
        };
        // SAFETY: `heed` makes one system call, which is allowed between fork and exec.
        unsafe { command.pre_exec(heed) };
        Self(command)
    }

    /// `kvbench` with `arguments` and with the pinned NIXL, whatever else this machine has.
    pub fn new(arguments: &[&str]) -> Self {
        Self::without_nixl(Path::new("/nonexistent"), arguments).with_nixl()
    }

    /// A script that calls `kvbench`, which has the pinned NIXL; `PATH` is to be set.
    pub fn called_by(script: &Path, arguments: &[&str]) -> Self {
        Self::program(script, Path::new("/nonexistent"), arguments).with_nixl()
    }

    fn with_nixl(self) -> Self {
        let runtime = nixl::runtime();
        self.env("KVBENCH_CACHE_DIR", &runtime.cache).env("NIXL_PREFIX", &runtime.prefix)
    }

    /// With a variable.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(key, value);
        self
    }

    /// With a network that nobody else uses, where the system lets this user make one; whether it
    /// does.
    pub fn in_network_of_its_own(mut self) -> (Self, bool) {
        let possible = network::can_be_made();
        if possible {
            // SAFETY: `enter` only makes system calls, which are allowed between fork and exec.
            unsafe { self.0.pre_exec(network::enter) };
        }
        (self, possible)
    }

    /// With its sides at either end of `links`.
    pub fn across(mut self, links: &Links) -> Self {
        links.adopt(&mut self.0);
        self.0.args(["--netns", &links.netns()]);
        self
    }

    /// At one end of `links`, as on a host of its own.
    pub fn at(mut self, end: End, links: &Links) -> Self {
        links.put(&mut self.0, end);
        self
    }

    /// Without `CAP_SYS_ADMIN`, also for root.
    pub fn without_administration(mut self) -> Self {
        let drop = || {
            // SAFETY: this takes a number and touches no memory. Only who has the capability can drop it.
            unsafe { libc::prctl(libc::PR_CAPBSET_DROP, CAP_SYS_ADMIN) };
            Ok(())
        };
        // SAFETY: prctl is a system call, which is allowed between fork and exec.
        unsafe { self.0.pre_exec(drop) };
        self
    }

    /// With one more open file, which it inherits from whoever starts it.
    pub fn inheriting(mut self, file: File) -> Self {
        let keep = move || nix::unistd::dup(&file).map(std::mem::forget).map_err(io::Error::from);
        // SAFETY: dup is a system call, which is allowed between fork and exec.
        unsafe { self.0.pre_exec(keep) };
        self
    }

    /// With a limit of what its files may grow to (`ulimit -f`).
    pub fn with_files_up_to(mut self, bytes: u64) -> Self {
        let limit = move || {
            let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
            // SAFETY: it only reads `limit`, which lives.
            match unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        };
        // SAFETY: setrlimit is a system call, which is allowed between fork and exec.
        unsafe { self.0.pre_exec(limit) };
        self
    }

    /// Starts it.
    pub fn start(self) -> Running {
        Running::start(self.0)
    }

    /// Starts it on a terminal.
    pub fn on_a_terminal(self) -> Terminal {
        Terminal::start(self.0)
    }

    /// Starts it and waits for its end.
    pub fn finish(self) -> Finished {
        self.start().finish()
    }
}
