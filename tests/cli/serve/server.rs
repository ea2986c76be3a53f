//! A server of a small model, and what can be asked of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Exchange, Response, send};
use crate::harness::{Finished, Kvbench, Links, Process, Running, eventually};

/// The model's name.
pub const MODEL: &str = "test/small";

/// How long it may take until what follows from an event is seen.
const LIMIT: Duration = Duration::from_secs(30);

/// Two layers: a block of 16 tokens has 32 KiB.
pub const CONFIG: &str = r#"{"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "hidden_size": 256, "torch_dtype": "bfloat16"}"#;

/// A server that runs.
pub struct Server {
    run: Running,
    address: SocketAddr,
    folder: TempDir,
}

impl Server {
    /// One without compute time, with `arguments`.
    pub fn instant(arguments: &[&str]) -> Self {
        Self::start(&[&["--compute", "instant"], arguments].concat(), |command| command)
    }

    /// One without compute time whose sides are at either end of `links`.
    pub fn across(links: &Links, arguments: &[&str]) -> Self {
        let arguments = [&["--compute", "instant"], arguments].concat();
        Self::start(&arguments, |command| command.across(links))
    }

    /// One whose tokens take 5 ms each, with `arguments`.
    pub fn paced(arguments: &[&str]) -> Self {
        let arguments = [&["--compute", "instant", "--itl", "5"], arguments].concat();
        Self::start(&arguments, |command| command)
    }

    fn start(arguments: &[&str], at: impl FnOnce(Kvbench) -> Kvbench) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let config = folder.path().join("config.json");
        std::fs::write(&config, CONFIG).expect("there is room");
        let log = folder.path().join("log.jsonl");
        let [config, log] = [&config, &log].map(|path| path.to_str().expect("it is UTF-8"));
        let common =
            ["serve", "--port", "0", "--model", config, "--served-model-name", MODEL, "--log", log];
        let mut run = at(Kvbench::new(&[&common[..], arguments].concat())).start();
        let line = run.wait_for("listening on http://");
        let address = line.split(['/', ';']).nth(2).and_then(|text| text.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{line:?} has no address"));
        Self { run, address, folder }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request without waiting for the answer.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Exchange {
        send(self.address, &format!("POST {path}"), headers, body.to_string().as_bytes())
    }

    /// Asks for a completion; `changes` are made to a request that is right.
    pub fn complete(&self, changes: &Value) -> Response {
        self.begin(changes).response()
    }

    /// As [`Self::complete`], without waiting for the answer.
    pub fn begin(&self, changes: &Value) -> Exchange {
        begin_at(self.address, changes)
    }

    pub fn get(&self, path: &str) -> Response {
        send(self.address, &format!("GET {path}"), &[], b"").response()
    }

    /// The sum of a metric over its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").body;
        let samples = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with([' ', '{']).then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
        });
        samples.sum()
    }

    /// Waits until a metric has a value.
    pub fn wait_for_metric(&self, name: &str, value: f64) {
        eventually(&format!("{name} {value}"), LIMIT, || {
            (self.metric(name) == value).then_some(())
        });
    }

    /// Waits until a metric has at least a value.
    pub fn wait_for_at_least(&self, name: &str, value: f64) {
        eventually(&format!("{name} at least {value}"), LIMIT, || {
            (self.metric(name) >= value).then_some(())
        });
    }

    /// A worker, once it is there.
    pub fn worker(&self, kind: &str, index: u32) -> Process {
        eventually(&format!("{kind} {index}"), LIMIT, || {
            self.run.processes().into_iter().find(|process| process.serves_as(kind, index))
        })
    }

    pub fn process(&self) -> Process {
        self.run.coordinator()
    }

    /// Where it logs.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log.jsonl")
    }

    /// Waits for its end; the lines that it logged.
    pub fn finish(self) -> (Finished, Vec<Value>) {
        let log = self.log();
        let finished = self.run.finish();
        let text = std::fs::read_to_string(log).expect("there is a log");
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
        (finished, lines.collect())
    }
}

/// Asks for a completion at an address; `changes` are made to a request that is right.
pub fn begin_at(address: SocketAddr, changes: &Value) -> Exchange {
    let mut body = json!({"model": MODEL, "prompt": "Once upon a time", "max_tokens": 4});
    for (key, value) in changes.as_object().expect("changes are an object") {
        body[key] = value.clone();
    }
    send(address, "POST /v1/completions", &[], body.to_string().as_bytes())
}
