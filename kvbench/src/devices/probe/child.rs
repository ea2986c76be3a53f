//! The main function of a probe.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use super::{Asked, SUBCOMMAND, libfabric, ucx};
use crate::runtime::Nixl;

/// Asks the library that the arguments name, and writes the answer to standard output.
///
/// The process ends without the libraries' exit handlers, which may crash it.
pub fn main() -> ! {
    let code = match answer() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("kvbench {SUBCOMMAND} is started by kvbench itself: {error}");
            2
        }
    };
    // SAFETY: _exit only ends the process.
    unsafe { libc::_exit(code) }
}

fn answer() -> io::Result<()> {
    let mut arguments = std::env::args().skip(2);
    let mut next = || arguments.next().ok_or(io::ErrorKind::InvalidInput);
    let asked: Asked = serde_json::from_str(&next()?)?;
    let nixl: Nixl = serde_json::from_str(&next()?)?;
    let mut output = take_standard_output()?;
    let text = match asked {
        Asked::Libfabric => serde_json::to_vec(&libfabric::see(&nixl)),
        Asked::Ucx => serde_json::to_vec(&ucx::see(&nixl)),
    };
    output.write_all(&text?)
}

/// Standard output for the answer alone; what libraries print there goes to standard error.
fn take_standard_output() -> io::Result<File> {
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    nix::unistd::dup2_stdout(io::stderr())?;
    Ok(output.into())
}
