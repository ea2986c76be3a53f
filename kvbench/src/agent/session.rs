//! One connection: who it is, what it wants, and, where that is a worker, what the two say to each other.

use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use super::AgentJob;
use super::guard::{Guard, MOST_LANES, check};
use super::limits::Taken;
use crate::measure::Machine;
use crate::wire::{self, Sender, accept, receive, send};
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
enum Happening {
    /// The near end says something, or is gone.
    Near(Option<ToAgent>),
    /// The worker does.
    Worker(Option<Reply>),
}

/// What is to be passed on.
enum Message {
    ToWorker(Request),
    ToNear(Reply),
}

/// Why a worker's session is over.
enum Over {
    Asked,
    NearGone,
    WorkerGone,
    Refused(String),
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
    mut receiver: wire::Receiver,
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
        scope.spawn(move || pass(&near, Happening::Near, || receive(&mut receiver)));
        scope.spawn(move || pass(&events, Happening::Worker, || receive(&mut replies)));
        let why = stay(&happened, until, |message| match message {
            Message::ToWorker(request) => {
                guard.admit(request).and_then(|it| tell(&mut worker, &it))
            }
            Message::ToNear(reply) => {
                send(sender, &FromAgent::Reply(reply)).map_err(|error| error.to_string())
            }
        });
        if let Over::Refused(reason) = &why {
            // Before its peers see that the worker is gone, and complain of that.
            let _ = send(sender, &FromAgent::Refused { reason: reason.clone() });
        }
        let how = ended(process.end());
        let log = last_words(&process.log(), LAST_WORDS).join("\n");
        let _ = send(sender, &FromAgent::Ended { how: how.clone(), log });
        // So that both threads come to their ends, also where one waits for this one.
        sender.close();
        let _ = worker.shutdown(Shutdown::Both);
        drop(happened);
        let why = match why {
            Over::Asked => "it was ended, as asked".to_owned(),
            Over::NearGone => "it was ended, since the near end is gone".to_owned(),
            Over::WorkerGone => how,
            Over::Refused(reason) => format!("it was ended, since refused: {reason}"),
        };
        Ok(format!("{} of {}: {why}", order.id, order.backend))
    })
}

/// Does each thing that happens, until the session is over.
fn stay(
    happened: &Receiver<Happening>,
    until: Instant,
    mut act: impl FnMut(Message) -> Result<(), String>,
) -> Over {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let message = match happened.recv_timeout(left) {
            Ok(Happening::Near(Some(ToAgent::Request(request)))) => Message::ToWorker(request),
            Ok(Happening::Near(Some(ToAgent::End))) => return Over::Asked,
            Ok(Happening::Near(None)) => return Over::NearGone,
            Ok(Happening::Worker(Some(reply))) => Message::ToNear(reply),
            Ok(Happening::Worker(None)) | Err(RecvTimeoutError::Disconnected) => {
                return Over::WorkerGone;
            }
            Err(RecvTimeoutError::Timeout) => {
                return Over::Refused("a worker lives no longer here (--max-time)".to_owned());
            }
        };
        if let Err(reason) = act(message) {
            return Over::Refused(reason);
        }
    }
}

/// Passes on what comes, until nothing does.
fn pass<M>(
    events: &SyncSender<Happening>,
    event: impl Fn(Option<M>) -> Happening,
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
