//! A worker process of a deployment: it computes prompts or generates tokens as long as the model
//! says, and moves blocks for real.

mod decode;
mod memory;
mod mover;
mod pause;
mod prefill;
mod running;
mod set_up;

use std::io::Write;
use std::os::unix::net::UnixStream;

use nix::sys::signal::{SigHandler, Signal, signal};

use super::message::{Order, Report};
use crate::worker::child::{attach, exit};
use crate::worker::protocol::send;

use set_up::SetUp;

/// Obeys the router on standard input, which is a socket, until it is closed.
///
/// The process ends without running destructors: NIXL's may wait for peers that are gone.
pub fn main() -> ! {
    outlive_interrupts();
    let (socket, orders) = attach::<Order>();
    let mut reports = Reports { socket, frames: Vec::new() };
    let mut set_up = SetUp::default();
    while let Ok(order) = orders.recv() {
        match set_up.obey(order) {
            Ok((report, None)) => reports.say(&report),
            Ok((report, Some(mut running))) => {
                reports.say(&report);
                reports.flush();
                running.run(&orders, &mut reports);
            }
            Err((reason, environment)) => reports.say(&Report::Failed { reason, environment }),
        }
        reports.flush();
    }
    exit(0)
}

/// A terminal interrupts all processes of a command; when it is time to end, the router says.
fn outlive_interrupts() {
    // Where it is refused, requests that are under way at an interrupt fail, and that is told.
    // SAFETY: to ignore a signal runs no handler.
    let _ = unsafe { signal(Signal::SIGINT, SigHandler::SigIgn) };
}

/// What is told to the router, several reports at a time.
struct Reports {
    socket: UnixStream,
    frames: Vec<u8>,
}

impl Reports {
    fn say(&mut self, report: &Report) {
        // Only a frame that is too long fails, and no report is.
        let _ = send(&mut self.frames, report);
    }

    /// Sends what was said. A router that is gone takes this process along.
    fn flush(&mut self) {
        if self.frames.is_empty() {
            return;
        }
        if self.socket.write_all(&self.frames).is_err() {
            exit(0);
        }
        self.frames.clear();
    }
}
