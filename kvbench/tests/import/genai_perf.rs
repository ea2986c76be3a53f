//! Exports of GenAI-Perf, written by hand after the source of perf_analyzer.

use std::fs;

use kvbench::error::Result;
use kvbench::import::{KeyMetric, Run, figures, genai_perf};
use serde_json::{Value, json};

/// A request whose tokens came at these milliseconds from its start.
fn request(start_ms: u64, at_ms: &[u64]) -> Value {
    let event = |text: &str| json!({"response": format!("data: {}\n\n", json!({"choices": [{"text": text}]}))});
    let mut outputs: Vec<_> = at_ms.iter().map(|_| event(" the")).collect();
    outputs.push(json!({"response": "data: [DONE]\n\n"}));
    let done = at_ms.last().map_or(1, |last| last + 1);
    let times: Vec<_> = at_ms.iter().chain([&done]).map(|at| (start_ms + at) * 1_000_000).collect();
    json!({
        "timestamp": start_ms * 1_000_000,
        "request_inputs": {"payload": "{\"prompt\":\"Hi\"}"},
        "response_timestamps": times,
        "response_outputs": outputs,
    })
}

fn export() -> Value {
    let requests = json!([request(2000, &[200, 220, 240]), request(1000, &[100, 110, 120])]);
    json!({
        "experiments": [{
            "experiment": {"mode": "concurrency", "value": 2},
            "requests": requests,
            "window_boundaries": [],
        }],
        "version": "2.59.0", "service_kind": "openai", "endpoint": "v1/completions",
    })
}

fn read(export: &Value, summary: Option<Value>) -> Result<Vec<Run>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("profile_export.json"), export.to_string()).unwrap();
    if let Some(summary) = summary {
        let file = folder.path().join("profile_export_genai_perf.json");
        fs::write(file, summary.to_string()).unwrap();
    }
    genai_perf::read("old", folder.path())
}

fn refusal(export: &Value, summary: Option<Value>) -> String {
    let error = read(export, summary).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

#[test]
fn timestamps_become_the_figures_of_genai_perf() {
    let runs = read(&export(), None).unwrap();
    let [run] = &runs[..] else { panic!("{runs:?}") };
    assert_eq!((run.name.as_str(), run.client, run.concurrency), ("old", "GenAI-Perf", Some(2)));
    let value = |metric| figures(run).iter().find(|one| one.metric == metric).unwrap().value;
    let near = |metric, expected: f64| {
        let found = value(metric);
        assert!((found / expected - 1.0).abs() < 1e-6, "{metric}: {found} for {expected}");
    };
    near(KeyMetric::TtftMean, 150e6);
    near(KeyMetric::ItlMean, 15e6);
    near(KeyMetric::LatencyMean, 180e6);
    // From 1.0 s to 2.24 s.
    near(KeyMetric::TokenRate, 6.0 / 1.24);
    assert!(run.requests.is_sorted_by_key(|request| request.start_ns));
}

#[test]
fn each_experiment_is_a_run_and_the_summary_tells_the_load() {
    let mut export = export();
    let mut more = export["experiments"][0].clone();
    more["experiment"]["value"] = json!(1);
    export["experiments"].as_array_mut().unwrap().push(more);
    let summary = json!({
        "request_count": {"unit": "count", "avg": 4},
        "input_config": {
            "model_names": ["m"],
            "endpoint": {"type": "completions", "url": "localhost:8000"},
            "input": {"output_tokens": {"mean": 3}},
        },
    });
    let runs = read(&export, Some(summary)).unwrap();
    assert_eq!(runs.iter().map(|run| run.concurrency).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let load = &runs[0].load;
    assert_eq!((&*load["concurrency"], &*load["input.output_tokens.mean"]), ("1", "3"));
    assert!(!load.contains_key("endpoint.url"), "{load:?}");
}

#[test]
fn a_summary_alone_gives_figures_without_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profile_export_genai_perf.json");
    let write = |unit: &str| {
        let summary = json!({
            "time_to_first_token": {"unit": unit, "avg": 150.0, "p50": 140.0, "p99": 199.0},
            "output_token_throughput": {"unit": "tokens/sec", "avg": 4.5},
            "input_config": {"perf_analyzer": {"stimulus": {"concurrency": 7}}},
        });
        fs::write(&file, summary.to_string()).unwrap();
    };
    write("ms");
    let runs = genai_perf::read("old", folder.path()).unwrap();
    assert_eq!(runs, genai_perf::read("old", &file).unwrap());
    let figures: Vec<_> = figures(&runs[0]).iter().map(|one| (one.metric, one.value)).collect();
    assert_eq!(
        figures,
        [
            (KeyMetric::TtftMean, 150e6),
            (KeyMetric::TtftMedian, 140e6),
            (KeyMetric::TtftP99, 199e6),
            (KeyMetric::TokenRate, 4.5),
        ]
    );
    assert_eq!((runs[0].concurrency, &*runs[0].load["concurrency"]), (Some(7), "7"));
    write("us");
    let told = genai_perf::read("old", &file).unwrap_err().to_string();
    assert!(told.contains("time_to_first_token is in \"us\""), "{told}");
}

#[test]
fn requests_without_an_answer_failed() {
    let mut export = export();
    let requests = export["experiments"][0]["requests"].as_array_mut().unwrap();
    requests.push(request(3000, &[]));
    let mut refused = request(4000, &[]);
    refused["response_outputs"][0]["response"] = json!("{\"error\":{\"code\":\"too_long\"}}");
    requests.push(refused);
    let runs = read(&export, None).unwrap();
    let failures: Vec<_> = runs[0].failures.iter().map(|(why, count)| (&**why, *count)).collect();
    assert_eq!(failures, [("no output", 1), ("too_long", 1)]);
    assert_eq!(runs[0].requests.len(), 2);
}

#[test]
fn what_does_not_fit_together_is_refused_by_name() {
    let changed = |path: &str, value: Value| {
        let mut export = export();
        *export.pointer_mut(path).unwrap() = value;
        refusal(&export, None)
    };
    let first = "/experiments/0/requests/0";
    let told = changed(&format!("{first}/response_timestamps"), json!([1, 2]));
    assert!(
        told.contains("profile_export.json is damaged:\n  request 1: 2 timestamps for 4"),
        "{told}"
    );
    let told = changed(&format!("{first}/timestamp"), json!(9_000_000_000_000_u64));
    assert!(told.contains("request 1: its timestamps are out of order"), "{told}");
    let told = changed(&format!("{first}/response_outputs/0/response"), json!("noise\n\n"));
    assert!(told.contains("request 1: "), "{told}");
    let told = changed("/service_kind", json!("triton"));
    assert!(told.contains("of kind triton"), "{told}");
    let told = refusal(&export(), Some(json!({"request_count": {"avg": 3}})));
    assert!(told.contains("it has 2 requests, and ") && told.contains("counts 3"), "{told}");
    let empty = tempfile::tempdir().unwrap();
    let told = genai_perf::read("old", empty.path()).unwrap_err().to_string();
    assert!(told.contains("has no profile_export.json"), "{told}");
}
