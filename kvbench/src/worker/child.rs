//! The main function of a worker process.

use std::ffi::CStr;
use std::io::BufReader;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};

use nix::sys::prctl;
use serde::de::DeserializeOwned;

use super::endpoint::Endpoint;
use super::protocol::{Reply, Request, receive, send};

/// The title of a worker that waits for the coordinator.
const IDLE: &CStr = c"kvbench";

/// Answers the coordinator on standard input, which is a socket, until it is closed.
///
/// The process ends without running destructors: NIXL's may wait for peers that are gone.
pub fn main() -> ! {
    let (mut socket, requests) = attach::<Request>();
    let mut endpoint = Endpoint::default();
    while let Ok(request) = requests.recv() {
        show(request.title());
        let ready = || answer(&mut socket, &Reply::Ready);
        let reply = endpoint.answer(request, &requests, ready);
        // Before the answer: who has it may ask at once for the next.
        show(IDLE);
        answer(&mut socket, &reply);
    }
    exit(0)
}

/// Tells lists of processes what this one is at. That they do not show it is no failure.
fn show(title: &CStr) {
    let _ = prctl::set_name(title);
}

/// The socket to whoever started this process, and what comes over it, also while this thread is
/// inside of C.
///
/// Call it first, and once: standard input becomes the socket.
pub(crate) fn attach<M: DeserializeOwned + Send + 'static>() -> (UnixStream, Receiver<M>) {
    flush_lines();
    // SAFETY: standard input is open in every process, and nothing else here uses it.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(0) });
    let (sender, messages) = channel();
    match socket.try_clone() {
        Ok(reader) => drop(std::thread::spawn(move || listen(reader, &sender))),
        Err(error) => {
            eprintln!("kvbench starts its workers itself: {error}");
            exit(2);
        }
    }
    (socket, messages)
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

/// Passes messages on; when the coordinator is gone, or says something that makes no sense, so is
/// this process.
fn listen<M: DeserializeOwned>(socket: UnixStream, messages: &Sender<M>) {
    let mut socket = BufReader::new(socket);
    loop {
        match receive(&mut socket) {
            Ok(Some(message)) => {
                if messages.send(message).is_err() {
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

/// Ends this process at once.
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: _exit only ends the process.
    unsafe { libc::_exit(code) }
}
