//! The main function of a worker process.

use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};

use super::endpoint::Endpoint;
use super::protocol::{Reply, Request, receive, send};

/// Answers the coordinator on standard input, which is a socket, until it is closed.
///
/// The process ends without running destructors: NIXL's may wait for peers that are gone.
pub fn main() -> ! {
    flush_lines();
    // SAFETY: standard input is open in every process, and nothing else here uses it.
    let mut socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(0) });
    let (sender, requests) = channel();
    match socket.try_clone() {
        Ok(reader) => drop(std::thread::spawn(move || listen(reader, &sender))),
        Err(error) => {
            eprintln!("kvbench {} is started by kvbench itself: {error}", super::SUBCOMMAND);
            exit(2);
        }
    }
    let mut endpoint = Endpoint::default();
    while let Ok(request) = requests.recv() {
        let ready = || answer(&mut socket, &Reply::Ready);
        let reply = endpoint.answer(request, &requests, ready);
        answer(&mut socket, &reply);
    }
    exit(0)
}

/// Makes C's standard output flush after every line: UCX logs there, and this process may be ended at
/// any time.
fn flush_lines() {
    unsafe extern "C" {
        static mut stdout: *mut libc::FILE;
    }
    // SAFETY: C's stdout is open, and nothing has been written to it yet.
    unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, 0) };
}

/// Passes requests on, also while the main thread is inside of C; when the coordinator is gone, or
/// says something that makes no sense, so is this process.
fn listen(mut socket: UnixStream, requests: &Sender<Request>) {
    loop {
        match receive(&mut socket) {
            Ok(Some(request)) => {
                if requests.send(request).is_err() {
                    exit(0);
                }
            }
            Ok(None) => exit(0),
            Err(error) => {
                eprintln!("failed to understand the coordinator: {error}");
                exit(2);
            }
        }
    }
}

fn answer(socket: &mut UnixStream, reply: &Reply) {
    if let Err(error) = send(socket, reply) {
        eprintln!("failed to answer the coordinator: {error}");
        exit(0);
    }
}

fn exit(code: i32) -> ! {
    // SAFETY: _exit only ends the process.
    unsafe { libc::_exit(code) }
}
