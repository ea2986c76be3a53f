//! AIPerf's artifacts: `profile_export.jsonl`, a line per request, and `profile_export_aiperf.json`, what
//! was asked for and what AIPerf made of it. As AIPerf 0.13 writes them (schema 1.4).
//!
//! Figures are made of the requests. The summary says how many there should be, so that an export that
//! lost some is known, and what the load was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::files::{flatten, folders};
use super::lines::{self, damaged, file, inert};
use super::{Request, Run};
use crate::error::{Error, Result};

const REQUESTS: &str = "profile_export.jsonl";
const SUMMARY: &str = "profile_export_aiperf.json";

/// A line of the requests.
#[derive(Deserialize)]
struct Line {
    metadata: Metadata,
    #[serde(default)]
    metrics: BTreeMap<String, Quantity>,
    error: Option<Failure>,
}

/// Times are those of one wall clock, ns.
#[derive(Deserialize)]
struct Metadata {
    x_request_id: Option<String>,
    credit_issued_ns: Option<u64>,
    request_start_ns: u64,
    request_end_ns: u64,
    benchmark_phase: String,
    #[serde(default)]
    was_cancelled: bool,
}

/// Some metrics are lists; none of those is read.
#[derive(Deserialize)]
struct Quantity {
    value: Value,
    unit: String,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<i64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    /// Answered requests; absent where there are none.
    request_count: Option<Count>,
    #[serde(default)]
    input_config: Map<String, Value>,
}

#[derive(Deserialize)]
struct Count {
    avg: f64,
}

/// Reads the artifacts in a folder, or in each folder in it that has some: a run each, by concurrency.
///
/// # Errors
/// There are none, a file is damaged, or the two files do not fit each other.
pub fn read(name: &str, folder: &Path) -> Result<Vec<Run>> {
    let runs =
        artifacts(folder)?.iter().map(|folder| run(name, folder)).collect::<Result<Vec<_>>>();
    let mut runs = runs?;
    runs.sort_by_key(|run| run.concurrency);
    Ok(runs)
}

fn run(name: &str, folder: &Path) -> Result<Run> {
    let summary_file = folder.join(SUMMARY);
    let summary: Summary = serde_json::from_slice(&file(&summary_file)?)
        .map_err(|error| damaged(&summary_file, &inert(&error.to_string())))?;
    let requests_file = folder.join(REQUESTS);
    let lines: Vec<(usize, Line)> = lines::read(&requests_file)?;
    let mut run = Run {
        name: name.to_owned(),
        client: "AIPerf",
        concurrency: concurrency(&summary.input_config),
        load: load(&summary.input_config),
        requests: Vec::new(),
        failures: BTreeMap::new(),
        summary: BTreeMap::new(),
    };
    for (number, line) in lines.iter().filter(|(_, line)| line.is_measured()) {
        if let Some(reason) = line.failure() {
            *run.failures.entry(reason).or_default() += 1;
        } else {
            let request = line.request();
            let why = |why| damaged(&requests_file, &format!("line {number}: {why}"));
            run.requests.push(request.map_err(why)?);
        }
    }
    let counted = summary.request_count.map_or(0, |count| count.avg as usize);
    if run.requests.len() != counted {
        let found = run.requests.len();
        return Err(damaged(
            &requests_file,
            &format!("it has {found} answered requests, and {SUMMARY} counts {counted}"),
        ));
    }
    run.requests.sort_by_key(|request| request.start_ns);
    Ok(run)
}

/// The folders that have requests.
fn artifacts(folder: &Path) -> Result<Vec<PathBuf>> {
    let has = |folder: &Path| folder.join(REQUESTS).is_file() || folder.join(SUMMARY).is_file();
    let found = folders(folder, has)?;
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::Usage(format!(
            "{} has no {REQUESTS}; give the folder that `aiperf profile --artifact-dir` wrote",
            folder.display()
        ))),
    }
}

/// How many requests the client kept under way, or at most.
fn concurrency(config: &Map<String, Value>) -> Option<u64> {
    let phases = config.get("phases")?.as_array()?;
    let measured = phases.iter().find(|phase| phase["kind"] == "profiling");
    measured.or(phases.first())?.get("concurrency")?.as_u64()
}

/// What was asked for, as `phases.0.concurrency`: model, endpoint (wherever it was), data and load.
fn load(config: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut load = BTreeMap::new();
    for section in ["models", "endpoint", "datasets", "phases"] {
        if let Some(value) = config.get(section) {
            flatten(section, value, &mut load);
        }
    }
    load.retain(|key, _| !key.starts_with("endpoint.urls"));
    load
}

impl Line {
    /// Not a part of the warm-up.
    fn is_measured(&self) -> bool {
        self.metadata.benchmark_phase == "profiling"
    }

    /// Why it failed, if it did.
    fn failure(&self) -> Option<String> {
        let Some(failure) = &self.error else {
            return self.metadata.was_cancelled.then(|| "cancelled".to_owned());
        };
        let code = failure.code.map(|code| code.to_string());
        let message = failure.message.as_deref().map(gist);
        let told: Vec<String> =
            [code, failure.kind.clone(), message].into_iter().flatten().collect();
        Some(if told.is_empty() { "no reason given".to_owned() } else { inert(&told.join(" ")) })
    }

    fn request(&self) -> std::result::Result<Request, String> {
        let tokens = self.number("output_sequence_length")?.map(|(value, _)| value as u64);
        Ok(Request {
            id: self.metadata.x_request_id.clone(),
            due_ns: self.metadata.credit_issued_ns,
            start_ns: self.metadata.request_start_ns,
            end_ns: self.metadata.request_end_ns,
            latency_ns: self.time_ns("request_latency")?.ok_or("it has no request_latency")?,
            ttft_ns: self.time_ns("time_to_first_token")?,
            itl_ns: self.time_ns("inter_token_latency")?,
            tokens: tokens.unwrap_or(0),
        })
    }

    fn time_ns(&self, metric: &str) -> std::result::Result<Option<u64>, String> {
        let Some((value, unit)) = self.number(metric)? else { return Ok(None) };
        let unit_ns = match unit {
            "ns" => 1.0,
            "us" => 1e3,
            "ms" => 1e6,
            "sec" | "s" => 1e9,
            _ => return Err(format!("{metric} is in {}, which is no unit of time", inert(unit))),
        };
        Ok(Some((value * unit_ns).round() as u64))
    }

    /// A metric that it has, and its unit.
    fn number(&self, metric: &str) -> std::result::Result<Option<(f64, &str)>, String> {
        let Some(Quantity { value, unit }) = self.metrics.get(metric) else { return Ok(None) };
        match value.as_f64().filter(|value| *value >= 0.0) {
            Some(number) => Ok(Some((number, unit))),
            None => Err(format!("{metric} is {}, which is no figure", inert(&value.to_string()))),
        }
    }
}

/// What an error message says that it says of other requests too: the code in a body of OpenAI's form,
/// or its first line.
fn gist(message: &str) -> String {
    let body: Option<Value> = serde_json::from_str(message).ok();
    let code = body.as_ref().and_then(|body| body.pointer("/error/code")?.as_str());
    code.or_else(|| message.lines().next()).unwrap_or_default().to_owned()
}
