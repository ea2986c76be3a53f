//! Starts a probe and waits for its answer.

use std::fmt::Display;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde::de::DeserializeOwned;

use super::{Answer, Asked, SUBCOMMAND};
use crate::bound::bind;
use crate::runtime::Nixl;

/// A probe at work. Dropping it ends it.
pub struct Probe {
    child: Child,
    output: Receiver<Vec<u8>>,
    complaints: Receiver<Vec<u8>>,
}

impl Probe {
    /// Starts `binary` as a probe. It ends with the thread that calls this.
    ///
    /// # Errors
    /// Why it could not be started.
    pub fn start(binary: &Path, asked: Asked, nixl: &Nixl) -> Result<Self, String> {
        let failed = |error: &dyn Display| format!("failed to start a probe: {error}");
        let json = |text: serde_json::Result<String>| text.map_err(|error| failed(&error));
        let mut command = Command::new(binary);
        command.args([SUBCOMMAND, &json(serde_json::to_string(&asked))?]);
        command.arg(json(serde_json::to_string(nixl))?);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        bind(&mut command);
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let output = everything(child.stdout.take());
        let complaints = everything::<ChildStderr>(child.stderr.take());
        Ok(Self { child, output, complaints })
    }

    /// Waits for the answer until `deadline`.
    ///
    /// # Errors
    /// Why there is none: it said so itself, crashed, or missed the deadline.
    pub fn finish<D: DeserializeOwned>(mut self, deadline: Instant) -> Answer<D> {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(output) = self.output.recv_timeout(left) else {
            return Err("it did not answer in time and was ended".to_owned());
        };
        if let Ok(answer) = serde_json::from_slice(&output) {
            return answer;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let complaints = self.complaints.recv_timeout(left).unwrap_or_default();
        let how = self.end().map_or("it ended".to_owned(), how_it_ended);
        let complaints = String::from_utf8_lossy(&complaints);
        match complaints.lines().rfind(|line| !line.trim().is_empty()) {
            Some(last) => Err(format!("{how}, saying {:?}", last.trim())),
            None => Err(how),
        }
    }

    fn end(&mut self) -> Option<ExitStatus> {
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.end();
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("it was ended by signal {signal}"),
        None => format!("it ended without an answer ({status})"),
    }
}

/// What comes out of a pipe until all of its writers have closed it, as one message.
fn everything<P: Read + Send + 'static>(pipe: Option<P>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        if matches!(read, Some(Ok(_))) {
            // Nobody waits any more when the deadline has passed.
            let _ = sender.send(bytes);
        }
    });
    receiver
}
