//! The coordinator's end of a worker on another host.

use std::sync::mpsc::{Receiver as Ends, Sender as Events, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{FarHost, FromAgent, Opening, Order, ToAgent};
use crate::wire::{Receiver, Sender, receive, send};
use crate::worker::link::{Event, What};
use crate::worker::protocol::{Reply, Request};

/// How long an agent may take to start a process.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long an agent may take to end one, and to say how it ended.
const END_LIMIT: Duration = Duration::from_secs(3);

/// A worker on another host. It ends with the connection.
pub(crate) struct FarLink {
    /// Where it is, for messages.
    host: String,
    sender: Sender,
    forwarder: Option<JoinHandle<()>>,
    ends: Ends<End>,
    /// How it ended, once that is known.
    end: Option<End>,
}

/// How a worker ended.
#[derive(Clone, Default)]
struct End {
    /// Empty where the agent is gone too.
    how: String,
    log: Vec<u8>,
}

impl FarLink {
    /// Has a worker started at `host`; what it does arrives as events of worker `index`.
    ///
    /// # Errors
    /// There is no worker: why, in words.
    pub(in crate::worker) fn start(
        host: &FarHost,
        order: Order,
        index: usize,
        events: Events<Event>,
    ) -> Result<Self, String> {
        let at_host = |reason: String| format!("the agent at {host}: {reason}");
        let (sender, mut receiver) = host.open(&Opening::Start(order)).map_err(at_host)?;
        let mut started = || -> std::io::Result<Option<FromAgent>> {
            receiver.wait(Some(Instant::now() + START_LIMIT))?;
            let answer = receive(&mut receiver)?;
            receiver.wait(None)?;
            Ok(answer)
        };
        match started().map_err(|error| at_host(error.to_string()))? {
            Some(FromAgent::Started) => {}
            Some(FromAgent::Refused { reason }) => {
                return Err(at_host(format!("it refused: {reason}")));
            }
            Some(_) => return Err(at_host("it answered something else".to_owned())),
            None => return Err(at_host("it closed the connection".to_owned())),
        }
        let (end, ends) = channel();
        let name = host.to_string();
        let forwarder = std::thread::spawn(move || {
            let _ = end.send(forward(&mut receiver, &name, index, &events));
            let _ = events.send(Event { worker: index, what: What::Gone });
        });
        let (host, forwarder) = (host.to_string(), Some(forwarder));
        Ok(Self { host, sender, forwarder, ends, end: None })
    }

    /// Sends a request. A worker that is gone is reported by its event, not here.
    pub(crate) fn send(&mut self, request: &Request) {
        let _ = send(&mut self.sender, &ToAgent::Request(request.clone()));
    }

    /// The last that it logged, once it has ended.
    pub(crate) fn log(&self) -> Vec<u8> {
        self.end.clone().unwrap_or_default().log
    }

    /// Ends the process; returns how it ended, in words.
    pub(crate) fn end(&mut self) -> String {
        if self.end.is_none() {
            let _ = send(&mut self.sender, &ToAgent::End);
            let end = self.ends.recv_timeout(END_LIMIT).unwrap_or_default();
            self.end = Some(end);
            self.sender.close();
            if let Some(forwarder) = self.forwarder.take() {
                let _ = forwarder.join();
            }
        }
        match self.end.as_ref().filter(|end| !end.how.is_empty()) {
            Some(end) => format!("{} at {}", end.how, self.host),
            None => format!("the agent at {} is gone", self.host),
        }
    }
}

impl Drop for FarLink {
    fn drop(&mut self) {
        self.end();
    }
}

/// Passes on what the worker says, until it has ended.
fn forward(receiver: &mut Receiver, host: &str, worker: usize, events: &Events<Event>) -> End {
    loop {
        let reply = match receive(receiver) {
            Ok(Some(FromAgent::Reply(reply))) => reply,
            Ok(Some(FromAgent::Refused { reason })) => {
                let reason = format!("the agent at {host} refused: {reason}");
                Reply::Failed { reason, environment: true }
            }
            Ok(Some(FromAgent::Ended { how, log })) => return End { how, log: log.into() },
            Ok(Some(FromAgent::About(_) | FromAgent::Started) | None) | Err(_) => {
                return End::default();
            }
        };
        // Even if nobody listens, the end is to come.
        let _ = events.send(Event { worker, what: What::Reply(reply) });
    }
}
