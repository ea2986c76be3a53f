//! How two hosts talk: framed messages over TCP, both ends proving that they have the same token, with
//! TLS where a certificate is pinned. It knows nothing of what is said.
//!
//! Whoever listens here trusts nobody before the handshake is over: until then a message is at most a
//! few hundred bytes, and all of them together have a deadline.

mod channel;
mod frame;
mod handshake;
mod tls;
mod token;

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, ServerConfig, ServerConnection};

pub(crate) use channel::{Receiver, Sender};
pub(crate) use frame::{receive, send};
pub use tls::{Fingerprint, Identity};
pub use token::Token;

/// How long a connection, TLS and the handshake may take together.
const LIMIT: Duration = Duration::from_secs(5);

/// Connects to an agent at `address`, with TLS where its certificate is `pinned`.
///
/// # Errors
/// Why there is no connection, in words.
pub(crate) fn connect(
    address: &str,
    token: &Token,
    pinned: Option<&Fingerprint>,
) -> Result<(Sender, Receiver), String> {
    let until = Instant::now() + LIMIT;
    let stream = reach(address, until)?;
    let tls = pinned.map(tls::client).transpose()?;
    let open = |config| ClientConnection::new(config, tls::server_name());
    let tls = tls.map(open).transpose().map_err(|error| error.to_string())?;
    let opened = channel::open(stream, tls.map(Into::into), until);
    let (mut sender, mut receiver) = opened.map_err(|error| match pinned {
        Some(_) => format!("TLS: {error}"),
        None => error.to_string(),
    })?;
    handshake::near(&mut sender, &mut receiver, token)?;
    receiver.wait(None).map_err(|error| error.to_string())?;
    Ok((sender, receiver))
}

/// Takes up a connection that `stream` is, with TLS where there is a configuration for it.
///
/// # Errors
/// Why it is refused, in words. The other side was told, as far as it may know.
pub(crate) fn accept(
    stream: TcpStream,
    token: &Token,
    tls: Option<Arc<ServerConfig>>,
) -> Result<(Sender, Receiver), String> {
    let until = Instant::now() + LIMIT;
    let tls = tls.map(ServerConnection::new).transpose().map_err(|error| error.to_string())?;
    let opened = channel::open(stream, tls.map(Into::into), until);
    let (mut sender, mut receiver) = opened.map_err(|error| error.to_string())?;
    handshake::far(&mut sender, &mut receiver, token)?;
    receiver.wait(None).map_err(|error| error.to_string())?;
    Ok((sender, receiver))
}

/// A connection to the first of the host's addresses that answers.
fn reach(address: &str, until: Instant) -> Result<TcpStream, String> {
    let addresses = address.to_socket_addrs().map_err(|error| error.to_string())?;
    let mut refusal = "the name has no address".to_owned();
    for one in addresses {
        let left = until.saturating_duration_since(Instant::now());
        match TcpStream::connect_timeout(&one, left.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(refusal)
}

#[cfg(test)]
mod tests;
