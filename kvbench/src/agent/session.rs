//! One connection: who it is, what it wants, and, where that is a worker, what the two say to each other.

use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use super::AgentJob;
use super::guard::{Guard, MOST_LANES, check};
use super::limits::Taken;
use crate::measure::Machine;
use crate::wire::{Receiver, Sender, accept, receive, send};
use crate::worker::far::{About, FromAgent, Opening, Order, ToAgent};
use crate::worker::link::ended;
use crate::worker::mailbox::MailboxFile;
use crate::worker::process::Process;
use crate::worker::protocol::{Reply, Request};
use crate::worker::{SUBCOMMAND, last_words};

/// How long the near end may take to say what it wants.
const OPENING_LIMIT: Duration = Duration::from_secs(5);

/// How long a worker may take nothing in before it counts as lost.
const WORKER_LIMIT: Duration = Duration::from_secs(10);

/// Messages that wait to be passed on; more than that, and whoever sends waits too.
const WAITING: usize = 16;

/// Lines of a worker's log that the near end is told.
const LAST_WORDS: usize = 20;

/// What happens in a worker's session.
enum Event {
    /// The near end says something, or is gone.
    Near(Option<ToAgent>),
    /// The worker does.
    Worker(Option<Reply>),
}

/// Holds a session; what became of it, in words.
///
/// # Errors
/// The near end was refused: why.
pub(super) fn hold(
    stream: TcpStream,
    job: &AgentJob,
    tls: Option<Arc<ServerConfig>>,
    taken: &Taken,
) -> Result<String, String> {
    let (mut sender, mut receiver) = accept(stream, &job.token, tls)?;
    let opening = (receiver.wait(Some(Instant::now() + OPENING_LIMIT)))
        .and_then(|()| receive(&mut receiver))
        .and_then(|opening| receiver.wait(None).map(|()| opening));
    let opening = opening.map_err(|error| format!("it did not say what it wants: {error}"))?;
    let held = match opening {
        None => Ok("it wanted nothing".to_owned()),
        Some(Opening::Look) => look(&mut sender, job),
        Some(Opening::Start(order)) => work(&mut sender, receiver, job, &order, taken),
    };
    if let Err(reason) = &held {
        let _ = send(&mut sender, &FromAgent::Refused { reason: reason.clone() });
    }
    sender.close();
    held
}

fn look(sender: &mut Sender, job: &AgentJob) -> Result<String, String> {
    let host = nix::sys::utsname::uname().map(|name| name.nodename().to_string_lossy().into());
    let about = About {
        host: host.unwrap_or_default(),
        nixl: job.nixl.version.clone(),
        facts: Machine::look().facts(&job.nixl),
    };
    let told = send(sender, &FromAgent::About(Box::new(about)));
    told.map(|()| "it looked at this host".to_owned()).map_err(|error| error.to_string())
}

/// Starts a worker and stays with it until either end is gone, or its time is up.
fn work(
    sender: &mut Sender,
    mut receiver: Receiver,
    job: &AgentJob,
    order: &Order,
    taken: &Taken,
) -> Result<String, String> {
    check(order)?;
    let seat = taken.seat()?;
    let mailbox = MailboxFile::create(MOST_LANES as usize);
    let mailbox = mailbox.map_err(|error| format!("mailbox: {error}"))?;
    let mut guard = Guard { order, nixl: &job.nixl, mailbox: mailbox.path(), seat };
    let arguments = [SUBCOMMAND, order.backend.label(), &order.id.to_string()];
    // The worker ends with this thread.
    let started = Process::start(&job.binary, &arguments, &order.env, None, None);
    let (mut process, mut worker) = started.map_err(|error| error.to_string())?;
    let until = Instant::now() + job.limits.time;
    let (events, happened) = sync_channel(WAITING);
    let copy = || -> std::io::Result<UnixStream> {
        worker.set_write_timeout(Some(WORKER_LIMIT))?;
        worker.try_clone()
    };
    let mut replies = copy().map_err(|error| error.to_string())?;
    send(sender, &FromAgent::Started).map_err(|error| error.to_string())?;
    std::thread::scope(|scope| {
        let near = events.clone();
        scope.spawn(move || pass(&near, Event::Near, || receive(&mut receiver)));
        scope.spawn(move || pass(&events, Event::Worker, || receive(&mut replies)));
        let mut refused = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let step = match happened.recv_timeout(left) {
                Ok(Event::Near(Some(ToAgent::Request(request)))) => {
                    guard.admit(request).and_then(|request| tell(&mut worker, &request))
                }
                Ok(Event::Worker(Some(reply))) => {
                    send(sender, &FromAgent::Reply(reply)).map_err(|error| error.to_string())
                }
                Ok(Event::Near(Some(ToAgent::End) | None) | Event::Worker(None))
                | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let limit = job.limits.time.as_secs();
                    Err(format!("a worker lives for {limit} s at most (--max-time)"))
                }
            };
            if let Err(reason) = step {
                let _ = send(sender, &FromAgent::Refused { reason: reason.clone() });
                refused = Some(reason);
                break;
            }
        }
        let how = ended(process.end());
        let log = last_words(&process.log(), LAST_WORDS).join("\n");
        let _ = send(sender, &FromAgent::Ended { how: how.clone(), log });
        // So that both threads come to their ends, also where one waits for this one.
        sender.close();
        let _ = worker.shutdown(Shutdown::Both);
        drop(happened);
        let about = format!("{} of {}: {how}", order.id, order.backend);
        Ok(refused.map_or(about.clone(), |reason| format!("{about}; refused: {reason}")))
    })
}

/// Passes on what comes, until nothing does.
fn pass<M>(
    events: &SyncSender<Event>,
    event: impl Fn(Option<M>) -> Event,
    mut next: impl FnMut() -> std::io::Result<Option<M>>,
) {
    loop {
        let message = next().unwrap_or_default();
        let last = message.is_none();
        if events.send(event(message)).is_err() || last {
            return;
        }
    }
}

fn tell(worker: &mut UnixStream, request: &Request) -> Result<(), String> {
    send(worker, request).map_err(|error| format!("the worker takes nothing in: {error}"))
}
