//! GenAI-Perf's own summary of a run: what was asked for, and its figures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CLIENT, json};
use crate::error::Result;
use crate::import::files::flatten;
use crate::import::lines::{damaged, inert};
use crate::import::{KeyMetric, Run};

/// How the names of summaries end; before it stands the stem of the export's name.
pub(super) const END: &str = "_genai_perf.json";

/// Where the summary has each metric, in milliseconds or per second.
const METRICS: [(KeyMetric, &str, &str); 8] = [
    (KeyMetric::TtftMean, "time_to_first_token", "avg"),
    (KeyMetric::TtftMedian, "time_to_first_token", "p50"),
    (KeyMetric::TtftP99, "time_to_first_token", "p99"),
    (KeyMetric::ItlMean, "inter_token_latency", "avg"),
    (KeyMetric::LatencyMean, "request_latency", "avg"),
    (KeyMetric::LatencyP99, "request_latency", "p99"),
    (KeyMetric::TokenRate, "output_token_throughput", "avg"),
    (KeyMetric::RequestRate, "request_throughput", "avg"),
];

/// A summary.
#[derive(Deserialize)]
pub(super) struct Summary {
    #[serde(default)]
    input_config: Map<String, Value>,
    #[serde(flatten)]
    metrics: Map<String, Value>,
}

impl Summary {
    /// Requests that it counts; early releases of GenAI-Perf did not.
    pub fn requests(&self) -> Option<f64> {
        self.metrics.get("request_count")?.get("avg")?.as_f64()
    }

    /// What was asked for; not where.
    pub fn load(&self) -> BTreeMap<String, String> {
        let mut load = BTreeMap::new();
        for section in ["model_names", "endpoint", "input"] {
            if let Some(value) = self.input_config.get(section) {
                flatten(section, value, &mut load);
            }
        }
        load.retain(|key, _| !key.contains("url"));
        load
    }

    /// The load of the only run: `{"concurrency": 10}`.
    fn stimulus(&self) -> Option<&Map<String, Value>> {
        self.input_config.get("perf_analyzer")?.get("stimulus")?.as_object()
    }

    fn figures(&self) -> std::result::Result<BTreeMap<KeyMetric, f64>, String> {
        let mut figures = BTreeMap::new();
        for (metric, key, statistic) in METRICS {
            let Some(found) = self.metrics.get(key) else { continue };
            let unit = found.get("unit").and_then(Value::as_str).unwrap_or_default();
            if !metric.is_rate() && unit != "ms" {
                return Err(format!("{key} is in {:?}, and not in \"ms\"", inert(unit)));
            }
            let value = found.get(statistic).and_then(Value::as_f64);
            if let Some(value) = value.filter(|value| *value > 0.0) {
                figures.insert(metric, if metric.is_rate() { value } else { value * 1e6 });
            }
        }
        match figures.is_empty() {
            false => Ok(figures),
            true => Err("it has none of the metrics".to_owned()),
        }
    }
}

/// The summary beside an export of perf_analyzer, if there is one.
pub(super) fn beside(export: &Path) -> Option<PathBuf> {
    let stem = export.file_stem()?.to_str()?;
    let path = export.with_file_name(format!("{stem}{END}"));
    path.is_file().then_some(path)
}

/// The first summary in a folder.
pub(super) fn within(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.filter(|path| is_one(path)).min()
}

/// Whether a file is called like a summary.
pub(super) fn is_one(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(END))
}

/// A run of which only the summary was kept: its figures have no intervals.
///
/// # Errors
/// It cannot be read, or holds no figures.
pub(super) fn read(name: &str, path: &Path) -> Result<Run> {
    let summary: Summary = json(path)?;
    let mut load = summary.load();
    let stimulus = summary.stimulus();
    stimulus.into_iter().flatten().for_each(|(key, value)| flatten(key, value, &mut load));
    Ok(Run {
        name: name.to_owned(),
        client: CLIENT,
        load,
        concurrency: stimulus.and_then(|stimulus| stimulus.get("concurrency")?.as_u64()),
        summary: summary.figures().map_err(|why| damaged(path, &why))?,
        ..Run::default()
    })
}
