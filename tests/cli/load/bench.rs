//! A load on a small model, and what it leaves behind.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Finished, Kvbench, Running};

/// Two layers: a block of 16 tokens has 32 KiB.
const CONFIG: &str = r#"{"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "hidden_size": 256, "torch_dtype": "bfloat16"}"#;

/// A folder for the files of a load.
pub struct Bench(TempDir);

/// A load that has ended.
pub struct Ended {
    pub run: Finished,
    /// Its records.
    pub records: Vec<Value>,
    /// Its requests, those that warmed up too.
    pub requests: Vec<Value>,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("config.json"), CONFIG).expect("there is room");
        Self(folder)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Starts a load with `arguments`.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let [config, json, log] = ["config.json", "load.jsonl", "requests.jsonl"]
            .map(|name| self.file(name).to_str().expect("it is UTF-8").to_owned());
        let common = ["load", "--model", &config, "--json", &json, "--log", &log];
        Kvbench::new(&[&common[..], arguments].concat()).start()
    }

    /// What a load that returned `code` left behind.
    pub fn ended(&self, run: Finished) -> Ended {
        let [records, requests] =
            ["load.jsonl", "requests.jsonl"].map(|name| lines(&self.file(name)));
        Ended { run, records, requests }
    }

    /// Runs a load with `arguments`, which shall end well.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.ended(self.start(arguments).finish().returned(0))
    }
}

impl Ended {
    /// Its points.
    pub fn points(&self) -> Vec<&Value> {
        self.records.iter().filter(|record| record["kind"] == "point").collect()
    }

    /// Its only point.
    pub fn point(&self) -> &Value {
        let points = self.points();
        assert_eq!(points.len(), 1, "{points:?}");
        points[0]
    }

    /// The requests that were measured.
    pub fn measured(&self) -> impl Iterator<Item = &Value> {
        self.requests.iter().filter(|request| request["stage"] == "measured")
    }

    /// How many of them were delivered later than `ms` after their intended arrival.
    pub fn later_than(&self, ms: f64) -> usize {
        let delivered = self.measured().filter_map(|request| request["kv_delivered_ms"].as_f64());
        delivered.filter(|delivered_ms| *delivered_ms > ms).count()
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}
