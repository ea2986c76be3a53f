//! GenAI-Perf's export, of endpoints that speak OpenAI's API: `profile_export.json`, in which perf_analyzer keeps when each request was
//! sent and when each piece of its answer came; and, where it is beside that, GenAI-Perf's own summary
//! `profile_export_genai_perf.json`, for what was asked for. Where that is all that was kept, its figures count, without
//! intervals.
//!
//! As perf_analyzer writes them (`src/profile_data_exporter.cc`), read as GenAI-Perf does
//! (`profile_data_parser/llm_profile_data_parser.py`): pieces without text count for nothing. GenAI-Perf counts the tokens of the
//! text with a tokenizer; here the endpoint's own usage counts, and without it a piece is a token.

mod answer;
mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::answer::{Answer, Piece};
use self::summary::Summary;
use super::files::folders;
use super::lines::{damaged, file, inert};
use super::{Request, Run};
use crate::error::{Error, Result};

const REQUESTS: &str = "profile_export.json";
const CLIENT: &str = "GenAI-Perf";

#[derive(Deserialize)]
struct Export {
    service_kind: String,
    experiments: Vec<Experiment>,
}

/// A run at one load.
#[derive(Deserialize)]
struct Experiment {
    experiment: Level,
    requests: Vec<Line>,
}

/// `concurrency` or `request_rate`.
#[derive(Deserialize)]
struct Level {
    mode: String,
    value: f64,
}

/// Times are those of one wall clock, ns.
#[derive(Deserialize)]
struct Line {
    timestamp: u64,
    response_timestamps: Vec<u64>,
    response_outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    response: String,
}

/// Reads an export or a summary, given itself or by its folder, or those in each folder in that: a run for each load.
///
/// # Errors
/// There is none, it is damaged or of another kind of endpoint, or its summary does not fit it.
pub fn read(name: &str, path: &Path) -> Result<Vec<Run>> {
    let files = match path.is_file() {
        true => vec![path.to_owned()],
        false => exports(path)?,
    };
    let read = |file: &PathBuf| match summary::is_one(file) {
        true => Ok(vec![summary::read(name, file)?]),
        false => of_file(name, file),
    };
    let runs = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let mut runs: Vec<Run> = runs.into_iter().flatten().collect();
    runs.sort_by_key(|run| run.concurrency);
    Ok(runs)
}

fn exports(folder: &Path) -> Result<Vec<PathBuf>> {
    let export = |folder: &Path| {
        let requests = folder.join(REQUESTS);
        requests.is_file().then_some(requests).or_else(|| summary::within(folder))
    };
    let found = folders(folder, |folder| export(folder).is_some())?;
    match found.is_empty() {
        false => Ok(found.iter().filter_map(|folder| export(folder)).collect()),
        true => Err(Error::Usage(format!(
            "{} has no {REQUESTS}; give the folder that `genai-perf profile --artifact-dir` wrote, or the file",
            folder.display()
        ))),
    }
}

fn of_file(name: &str, path: &Path) -> Result<Vec<Run>> {
    let export: Export = json(path)?;
    if export.service_kind != "openai" {
        let kind = inert(&export.service_kind);
        return Err(Error::Usage(format!(
            "{} is of an endpoint of kind {kind}; those of kind openai can be read",
            path.display()
        )));
    }
    let summary = match summary::beside(path) {
        Some(path) => Some((json::<Summary>(&path)?, path)),
        None => None,
    };
    let mut runs = Vec::new();
    for experiment in &export.experiments {
        let mut run = run(name, experiment).map_err(|why| damaged(path, &why))?;
        if let Some((summary, _)) = &summary {
            run.load.extend(summary.load());
        }
        runs.push(run);
    }
    let found: usize = export.experiments.iter().map(|experiment| experiment.requests.len()).sum();
    if let Some((summary, file)) = &summary
        && let Some(counted) = summary.requests()
        && counted as usize != found
    {
        let file = file.display();
        return Err(damaged(
            path,
            &format!("it has {found} requests, and {file} counts {counted}"),
        ));
    }
    Ok(runs)
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let told = |error: serde_json::Error| damaged(path, &inert(&error.to_string()));
    serde_json::from_slice(&file(path)?).map_err(told)
}

fn run(name: &str, experiment: &Experiment) -> std::result::Result<Run, String> {
    let Level { mode, value } = &experiment.experiment;
    let mut run = Run {
        name: name.to_owned(),
        client: CLIENT,
        load: BTreeMap::from([(inert(mode), value.to_string())]),
        concurrency: (mode == "concurrency").then_some(*value as u64),
        ..Run::default()
    };
    for (line, number) in experiment.requests.iter().zip(1..) {
        let answer = line.answer().map_err(|why| format!("request {number}: {why}"))?;
        match line.request(&answer) {
            Ok(request) => run.requests.push(request),
            Err(reason) => *run.failures.entry(inert(&reason)).or_default() += 1,
        }
    }
    run.requests.sort_by_key(|request| request.start_ns);
    Ok(run)
}

impl Line {
    fn answer(&self) -> std::result::Result<Answer, String> {
        let (times, outputs) = (&self.response_timestamps, &self.response_outputs);
        if times.len() != outputs.len() {
            return Err(format!("{} timestamps for {} responses", times.len(), outputs.len()));
        }
        let texts = outputs.iter().map(|output| &*output.response);
        let answer = Answer::read(times.iter().copied().zip(texts))?;
        let order = [self.timestamp].into_iter().chain(times.iter().copied());
        match order.is_sorted() {
            true => Ok(answer),
            false => Err("its timestamps are out of order".to_owned()),
        }
    }

    /// The request, or why it failed.
    fn request(&self, answer: &Answer) -> std::result::Result<Request, String> {
        if let Some(error) = &answer.error {
            return Err(error.clone());
        }
        let (Some(Piece { at_ns: first, .. }), Some(Piece { at_ns: last, .. })) =
            (answer.pieces.first(), answer.pieces.last())
        else {
            return Err("no output".to_owned());
        };
        let tokens = answer.tokens.unwrap_or(answer.pieces.len() as u64);
        let latency_ns = last - self.timestamp;
        let steps = tokens.saturating_sub(1);
        let is_paced = answer.is_streamed && steps > 0 && answer.pieces.len() > 1;
        Ok(Request {
            id: None,
            due_ns: None,
            start_ns: self.timestamp,
            end_ns: *last,
            latency_ns,
            ttft_ns: answer.is_streamed.then_some(first - self.timestamp),
            itl_ns: is_paced.then(|| (last - first) / steps),
            tokens,
        })
    }
}
