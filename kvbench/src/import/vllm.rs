//! What `vllm bench serve --save-result` writes.
//!
//! With `--save-detailed` it holds lists with an element per request, and the run has requests (a vLLM
//! that writes no `start_times` counts as one without). Else the run has vLLM's own figures only, which
//! have no intervals. vLLM sends no request IDs that a log could be joined by.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lines::{damaged, file, inert};
use super::{KeyMetric, Request, Run};
use crate::error::Result;

/// Where vLLM has each metric, in milliseconds or per second.
const SUMMARY: [(KeyMetric, &str); 8] = [
    (KeyMetric::TtftMean, "mean_ttft_ms"),
    (KeyMetric::TtftMedian, "median_ttft_ms"),
    (KeyMetric::TtftP99, "p99_ttft_ms"),
    (KeyMetric::ItlMean, "mean_tpot_ms"),
    (KeyMetric::LatencyMean, "mean_e2el_ms"),
    (KeyMetric::LatencyP99, "p99_e2el_ms"),
    (KeyMetric::TokenRate, "output_throughput"),
    (KeyMetric::RequestRate, "request_throughput"),
];

/// What describes the load.
const LOAD: [&str; 5] =
    ["model_id", "num_prompts", "request_rate", "burstiness", "max_concurrency"];

/// A result file.
#[derive(Deserialize)]
struct Export {
    completed: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The lists of a detailed one, in seconds.
#[derive(Deserialize)]
struct Detail {
    start_times: Vec<f64>,
    ttfts: Vec<f64>,
    itls: Vec<Vec<f64>>,
    output_lens: Vec<u64>,
    errors: Vec<String>,
}

/// Reads a result file, which holds one run.
///
/// # Errors
/// It cannot be read, is no such file, or its parts do not fit each other.
pub fn read(name: &str, path: &Path) -> Result<Vec<Run>> {
    let damaged = |why: &str| damaged(path, why);
    let export: Export = serde_json::from_slice(&file(path)?)
        .map_err(|error| damaged(&inert(&error.to_string())))?;
    let Export { completed, rest } = export;
    let mut run = Run {
        name: name.to_owned(),
        client: "vLLM",
        concurrency: rest.get("max_concurrency").and_then(Value::as_u64),
        load: load(&rest),
        requests: Vec::new(),
        failures: BTreeMap::new(),
        summary: summary(&rest),
    };
    if rest.contains_key("start_times") {
        let detail: Detail = serde_json::from_value(Value::Object(rest))
            .map_err(|error| damaged(&inert(&error.to_string())))?;
        detail.check().map_err(|why| damaged(&why))?;
        (run.requests, run.failures) = detail.requests();
        if run.requests.len() as u64 != completed {
            let found = run.requests.len();
            return Err(damaged(&format!(
                "it has {found} answered requests and counts {completed}"
            )));
        }
    } else if let Some(failed) = rest.get("failed").and_then(Value::as_u64).filter(|n| *n > 0) {
        run.failures.insert("vLLM gives no reason without --save-detailed".to_owned(), failed);
    }
    if completed == 0 {
        return Err(damaged("no request was answered"));
    }
    Ok(vec![run])
}

fn load(export: &Map<String, Value>) -> BTreeMap<String, String> {
    let told = LOAD.into_iter().filter_map(|key| Some((key, export.get(key)?)));
    let told = told.filter(|(_, value)| !value.is_null());
    told.map(|(key, value)| (key.to_owned(), inert(&plain(value)))).collect()
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn summary(export: &Map<String, Value>) -> BTreeMap<KeyMetric, f64> {
    let told = SUMMARY.into_iter().filter_map(|(metric, key)| {
        let value = export.get(key)?.as_f64().filter(|value| *value > 0.0)?;
        Some((metric, if metric.is_rate() { value } else { value * 1e6 }))
    });
    told.collect()
}

impl Detail {
    fn check(&self) -> std::result::Result<(), String> {
        let lengths = [
            ("ttfts", self.ttfts.len()),
            ("itls", self.itls.len()),
            ("output_lens", self.output_lens.len()),
            ("errors", self.errors.len()),
        ];
        let expected = self.start_times.len();
        match lengths.into_iter().find(|(_, length)| *length != expected) {
            None => Ok(()),
            Some((list, length)) => {
                Err(format!("start_times has {expected} elements, {list} has {length}"))
            }
        }
    }

    fn requests(&self) -> (Vec<Request>, BTreeMap<String, u64>) {
        let (mut requests, mut failures) = (Vec::new(), BTreeMap::new());
        let first = self.start_times.iter().copied().fold(f64::INFINITY, f64::min);
        for (index, start) in self.start_times.iter().enumerate() {
            if !self.errors[index].is_empty() || self.output_lens[index] == 0 {
                let reason = self.errors[index].lines().last().unwrap_or("no output");
                *failures.entry(inert(reason)).or_default() += 1;
                continue;
            }
            let (ttft, tokens) = (self.ttfts[index], self.output_lens[index]);
            let rest: f64 = self.itls[index].iter().sum();
            let start_ns = ns(start - first);
            requests.push(Request {
                id: None,
                due_ns: None,
                start_ns,
                end_ns: start_ns + ns(ttft + rest),
                latency_ns: ns(ttft + rest),
                ttft_ns: Some(ns(ttft)),
                itl_ns: (tokens > 1).then(|| ns(rest / (tokens - 1) as f64)),
                tokens,
            });
        }
        requests.sort_by_key(|request| request.start_ns);
        (requests, failures)
    }
}

/// Nanoseconds of seconds.
fn ns(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}
