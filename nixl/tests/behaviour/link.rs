//! The wire between the two processes of a test, on which no wait is endless.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long a process waits for the other.
const PATIENCE: Duration = Duration::from_secs(30);

/// One end of the wire.
pub struct Link(UnixStream);

impl Link {
    /// The end that this process was started with, as its standard input.
    pub fn of_this_process() -> Self {
        let fd = std::io::stdin().as_fd().try_clone_to_owned().expect("standard input is open");
        let stream = UnixStream::from(fd);
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a time limit");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket takes a time limit");
        Self(stream)
    }

    pub fn send(&mut self, message: &[u8]) {
        let len = u32::try_from(message.len()).expect("messages are short").to_le_bytes();
        self.0.write_all(&len).and_then(|()| self.0.write_all(message)).expect("the peer listens");
    }

    pub fn receive(&mut self) -> Vec<u8> {
        let mut len = [0; 4];
        self.0.read_exact(&mut len).expect("the peer says something");
        let mut message = vec![0; u32::from_le_bytes(len) as usize];
        self.0.read_exact(&mut message).expect("the peer ends its sentence");
        message
    }

    /// Returns when both processes have called it equally often.
    pub fn meet(&mut self) {
        self.send(b"here");
        assert_eq!(self.receive(), b"here");
    }

    /// Returns when the other process is gone.
    pub fn wait_for_end(&mut self) {
        match self.0.read(&mut [0]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("the peer is still there: {other:?}"),
        }
    }
}
