//! A client of few lines: one request per connection.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Far more than any answer of the tests takes.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let is_it = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(is_it).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The data of each event; `[DONE]` as a text.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        let event = |text: &str| match text {
            "[DONE]" => Value::from(text),
            json => serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}")),
        };
        data.map(event).collect()
    }
}

/// A request that was sent; its answer may be read in part.
pub struct Exchange(BufReader<TcpStream>);

/// Sends a request and its body.
pub fn send(address: SocketAddr, head: &str, headers: &[(&str, &str)], body: &[u8]) -> Exchange {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("there are time-outs");
    let mut text = format!("{head} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
    for (key, value) in headers {
        text += &format!("{key}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(text.as_bytes()).expect("it is read");
    // A server may answer before it has read a body that it does not want.
    let _ = stream.write_all(body);
    Exchange(BufReader::new(stream))
}

impl Exchange {
    /// Waits for a line of the answer, and returns it.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("it answers in time");
        line
    }

    /// Reads lines until one that begins with `wanted`.
    pub fn until(&mut self, wanted: &str) {
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the answer ended before {wanted:?}");
            if line.starts_with(wanted) {
                return;
            }
        }
    }

    /// Reads the answer to its end.
    pub fn response(mut self) -> Response {
        let first = self.line();
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{first:?} is no status line"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            match line.trim_end().split_once(": ") {
                Some((key, value)) => headers.push((key.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut response = Response { status, headers, body: String::new() };
        response.body = match response.header("transfer-encoding") {
            Some("chunked") => self.chunks(),
            _ => self.rest(),
        };
        response
    }

    /// Everything to the end of the connection. A server that did not want all of the request resets
    /// it.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
            _ => {}
        }
        String::from_utf8(rest).expect("it is UTF-8")
    }

    fn chunks(&mut self) -> String {
        let mut body = Vec::new();
        loop {
            let size = self.line();
            let size = usize::from_str_radix(size.trim(), 16).expect("a chunk has a size");
            if size == 0 {
                return String::from_utf8(body).expect("it is UTF-8");
            }
            let start = body.len();
            body.resize(start + size, 0);
            self.0.read_exact(&mut body[start..]).expect("a chunk is whole");
            self.line();
        }
    }
}
