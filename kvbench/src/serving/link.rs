//! The router's end of one worker: its process, the orders to it, and what it reports.

use std::io::{BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::message::{Order, Report, WorkerId};
use super::router::Event;
use crate::error::{Error, Result};
use crate::variant::BackendName;
use crate::worker::Start;
use crate::worker::process::Process;
use crate::worker::protocol::{receive, send};

/// A worker process. Orders wait in memory while it does not read them, so that a worker that hangs
/// stops nobody else; the router ends such a worker when it misses its deadline.
pub(super) struct Link {
    process: Process,
    socket: UnixStream,
    orders: Sender<Order>,
}

impl Link {
    /// Starts `binary` as worker `id`, as `start` says; what it does arrives as events.
    ///
    /// # Errors
    /// The system refused.
    pub fn start(
        binary: &Path,
        backend: BackendName,
        id: WorkerId,
        start: &Start<'_>,
        events: Sender<Event>,
    ) -> Result<Self> {
        let index = id.index.to_string();
        let arguments = [super::SUBCOMMAND, backend.label(), id.kind.name(), &index];
        let (process, socket) =
            Process::start(binary, &arguments, &start.launch.env, None, start.namespace)?;
        let copy = || socket.try_clone().map_err(Error::system("start a worker"));
        let (reader, writer) = (copy()?, copy()?);
        let (orders, queue) = channel();
        std::thread::spawn(move || write(writer, &queue));
        std::thread::spawn(move || read(reader, id, &events));
        Ok(Self { process, socket, orders })
    }

    /// Tells it something. A worker that is gone is reported by its event, not here.
    pub fn tell(&self, order: Order) {
        let _ = self.orders.send(order);
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<u8> {
        self.process.log()
    }

    /// Ends it; how it ended, and its last complaints.
    pub fn end(&mut self) -> (String, Vec<u8>) {
        let status = self.process.end();
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        let how = match status {
            Some(status) => format!("the process ended ({status})"),
            None => "the process ended".to_owned(),
        };
        (how, self.log())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end();
    }
}

/// Writes orders, as many at a time as there are.
fn write(mut socket: UnixStream, orders: &Receiver<Order>) {
    let mut frames = Vec::new();
    while let Ok(first) = orders.recv() {
        let next = std::iter::from_fn(|| orders.try_recv().ok());
        for order in std::iter::once(first).chain(next) {
            if let Err(error) = send(&mut frames, &order) {
                eprintln!("kvbench: an order could not be sent: {error}");
            }
        }
        if socket.write_all(&frames).is_err() {
            return;
        }
        frames.clear();
    }
}

fn read(socket: UnixStream, id: WorkerId, events: &Sender<Event>) {
    let mut socket = BufReader::new(socket);
    while let Ok(Some(report)) = receive::<Report>(&mut socket) {
        if events.send(Event::Report(id, report)).is_err() {
            return;
        }
    }
    let _ = events.send(Event::Gone(id));
}
