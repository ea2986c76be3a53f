//! The two halves of a connection, with TLS or without, which two threads may use at once.
//!
//! TLS has one state for both directions. It is locked while bytes are turned into others, never while
//! the network is waited for, so that neither half holds the other up.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt};
use rustls::Connection;

/// How long a write may wait for a peer that reads nothing.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// Seconds without a word until a peer is asked whether it is there, between questions, and how many
/// of them may stay without an answer: a host that vanished is given up after 20 s.
const KEEP_ALIVE: (u32, u32, u32) = (5, 5, 3);

/// How much is read from the network at a time.
const CHUNK: usize = 16 << 10;

/// The half that sends.
pub(crate) struct Sender {
    stream: TcpStream,
    tls: Option<Arc<Mutex<Connection>>>,
    /// What is on its way from TLS to the network.
    encrypted: Vec<u8>,
}

/// The half that receives.
pub(crate) struct Receiver {
    stream: Deadlined,
    tls: Option<Arc<Mutex<Connection>>>,
    /// What came from the network; TLS has taken `taken` of its `filled` bytes.
    chunk: Box<[u8]>,
    taken: usize,
    filled: usize,
}

/// A stream on which reading has a deadline.
struct Deadlined {
    stream: TcpStream,
    until: Option<Instant>,
}

/// Makes a connection of `stream`, both of whose ends have until `until` to agree on TLS. Reading keeps that
/// deadline until [`Receiver::wait`] says otherwise.
pub(super) fn open(
    stream: TcpStream,
    tls: Option<Connection>,
    until: Instant,
) -> io::Result<(Sender, Receiver)> {
    let (idle, interval, count) = KEEP_ALIVE;
    setsockopt(&stream, sockopt::KeepAlive, &true)?;
    setsockopt(&stream, sockopt::TcpKeepIdle, &idle)?;
    setsockopt(&stream, sockopt::TcpKeepInterval, &interval)?;
    setsockopt(&stream, sockopt::TcpKeepCount, &count)?;
    // The same where something that was sent is not acknowledged; in milliseconds.
    setsockopt(&stream, sockopt::TcpUserTimeout, &(1000 * (idle + interval * count)))?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_LIMIT))?;
    let mut reading = Deadlined { stream: stream.try_clone()?, until: Some(until) };
    let tls = match tls {
        None => None,
        Some(mut tls) => {
            while tls.is_handshaking() {
                tls.complete_io(&mut reading)?;
            }
            while tls.wants_write() {
                tls.write_tls(&mut reading)?;
            }
            Some(Arc::new(Mutex::new(tls)))
        }
    };
    let sender = Sender { stream, tls: tls.clone(), encrypted: Vec::new() };
    let chunk = vec![0; if tls.is_some() { CHUNK } else { 0 }].into();
    Ok((sender, Receiver { stream: reading, tls, chunk, taken: 0, filled: 0 }))
}

impl Sender {
    /// Ends the connection for both halves, and for the peer.
    pub(crate) fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Receiver {
    /// From now on reading fails once `until` is over; without it, messages may come at any time.
    ///
    /// # Errors
    /// The system refused.
    pub(crate) fn wait(&mut self, until: Option<Instant>) -> io::Result<()> {
        self.stream.until = until;
        if until.is_none() { self.stream.stream.set_read_timeout(None) } else { Ok(()) }
    }
}

impl Write for Sender {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.stream.write(data) };
        self.encrypted.clear();
        let written = {
            let mut tls = lock(tls);
            let written = tls.writer().write(data)?;
            while tls.wants_write() {
                tls.write_tls(&mut self.encrypted)?;
            }
            written
        };
        self.stream.write_all(&self.encrypted)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Read for Receiver {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.stream.read(out) };
        loop {
            {
                let mut tls = lock(tls);
                match tls.reader().read(out) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                }
                if self.taken < self.filled {
                    let mut rest = &self.chunk[self.taken..self.filled];
                    self.taken += tls.read_tls(&mut rest)?;
                    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
                    tls.process_new_packets().map_err(invalid)?;
                    continue;
                }
            }
            (self.taken, self.filled) = (0, self.stream.read(&mut self.chunk)?);
            if self.filled == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Read for Deadlined {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(until) = self.until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
        }
        self.stream.read(out)
    }
}

impl Write for Deadlined {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.stream.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Locks, whether or not another thread panicked: TLS itself knows when it is broken.
fn lock(tls: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    tls.lock().unwrap_or_else(PoisonError::into_inner)
}
