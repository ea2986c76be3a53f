//! Listens, and holds a session with whoever connects.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use super::AgentJob;
use super::limits::Taken;
use super::session::hold;
use crate::error::{Error, Result};
use crate::wire::Token;

/// Connections beyond those of workers: of who looks, and of who has not proved anything yet.
const MORE_CONNECTIONS: usize = 32;

/// How long to wait where the system has no descriptor or thread to give.
const PAUSE: Duration = Duration::from_millis(100);

/// An agent that listens.
pub struct Server {
    listener: TcpListener,
    job: Arc<AgentJob>,
    tls: Option<Arc<ServerConfig>>,
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    /// The address is not to be had, or anybody on the network could come without a token.
    pub fn listen(job: AgentJob) -> Result<Self> {
        let addresses = job.listen.to_socket_addrs();
        let addresses: Vec<SocketAddr> = addresses.map(Iterator::collect).map_err(|error| {
            Error::Usage(format!("{:?} is no HOST:PORT to listen at: {error}", job.listen))
        })?;
        let is_open = job.token == Token::none();
        if is_open && addresses.iter().any(|address| !address.ip().is_loopback()) {
            let message = format!(
                "without a token an agent listens on the loopback only, and {} is not",
                job.listen
            );
            return Err(Error::Usage(message));
        }
        let listener = TcpListener::bind(&addresses[..]).map_err(|error| Error::Environment {
            what: format!("the agent cannot listen at {}", job.listen),
            why: error.to_string(),
            remedy: "give an address of this host, and a port that is free, or 0 for any"
                .to_owned(),
        })?;
        let tls = job.identity.as_ref().map(super::Identity::server).transpose()?;
        Ok(Self { listener, job: Arc::new(job), tls })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(Error::system("find where the agent listens"))
    }

    /// Holds sessions, until this process ends; tells of each: with whom, and what became of it.
    pub fn run(self, tell: impl Fn(&str) + Send + Sync + 'static) -> ! {
        let Self { listener, job, tls } = self;
        let (taken, tell) = (Taken::new(job.limits), Arc::new(tell));
        let places = Arc::new(());
        let most = job.limits.workers as usize + MORE_CONNECTIONS;
        loop {
            let (stream, near) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(error) => {
                    tell(&format!("nobody can connect: {error}"));
                    std::thread::sleep(PAUSE);
                    continue;
                }
            };
            let place = Arc::clone(&places);
            if Arc::strong_count(&places) > most + 1 {
                tell(&format!("{near}: refused: {most} connections are open"));
                continue;
            }
            let (job, tls, taken) = (Arc::clone(&job), tls.clone(), taken.clone());
            let say = Arc::clone(&tell);
            let session = move || {
                let _place = place;
                match hold(stream, &job, tls, &taken) {
                    Ok(held) => say(&format!("{near}: {held}")),
                    Err(reason) => say(&format!("{near}: refused: {reason}")),
                }
            };
            let started = std::thread::Builder::new().name("session".to_owned()).spawn(session);
            if let Err(error) = started {
                tell(&format!("{near}: refused: {error}"));
                std::thread::sleep(PAUSE);
            }
        }
    }
}
