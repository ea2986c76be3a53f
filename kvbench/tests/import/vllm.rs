//! Results of `vllm bench serve`, written by hand after the keys of its source.

use std::fs;

use kvbench::error::Result;
use kvbench::import::{KeyMetric, Run, figures, vllm};
use serde_json::{Value, json};

use crate::exports::only;

fn read(export: &Value) -> Result<Run> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ucx.json");
    fs::write(&file, export.to_string()).unwrap();
    vllm::read("ucx", &file).map(only)
}

fn plain() -> Value {
    json!({
        "date": "20260101-000000", "model_id": "Qwen/Qwen3-0.6B", "num_prompts": 3, "request_rate": "inf",
        "burstiness": 1.0, "max_concurrency": null, "duration": 2.5, "completed": 2, "failed": 1,
        "request_throughput": 0.8, "output_throughput": 4.0, "mean_ttft_ms": 150.0,
        "median_ttft_ms": 150.0, "p99_ttft_ms": 199.0, "mean_tpot_ms": 12.5
    })
}

/// Two requests that were answered: 0.1 and 0.2 s to the first token, 5 tokens each; and one that was not.
fn detailed() -> Value {
    let mut export = plain();
    for (key, list) in [
        ("start_times", json!([100.0, 100.5, 100.25])),
        ("ttfts", json!([0.1, 0.2, 0.0])),
        ("itls", json!([[0.01, 0.01, 0.01, 0.01], [0.015, 0.015, 0.015, 0.015], []])),
        ("output_lens", json!([5, 5, 0])),
        ("errors", json!(["", "", "Traceback\nServerDisconnectedError"])),
    ] {
        export[key] = list;
    }
    export
}

fn value(run: &Run, metric: KeyMetric) -> Option<f64> {
    figures(run).iter().find(|figure| figure.metric == metric).map(|figure| figure.value)
}

#[test]
fn without_detail_the_figures_are_those_of_vllm_without_intervals() {
    let run = read(&plain()).unwrap();
    assert_eq!(value(&run, KeyMetric::TtftP99), Some(199e6));
    assert_eq!(value(&run, KeyMetric::TokenRate), Some(4.0));
    assert_eq!(value(&run, KeyMetric::LatencyMean), None, "not asked of vLLM");
    assert!(figures(&run).iter().all(|figure| figure.interval().is_none()));
    assert_eq!(run.failed(), 1);
    assert_eq!(run.load["request_rate"], "inf");
    assert!(!run.load.contains_key("max_concurrency"));
}

#[test]
fn detail_gives_requests_and_names_failures() {
    let run = read(&detailed()).unwrap();
    assert_eq!(
        run.failures.iter().collect::<Vec<_>>(),
        [(&"ServerDisconnectedError".to_owned(), &1)]
    );
    let near = |metric, expected: f64| {
        let found = value(&run, metric).unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6, "{metric}: {found} for {expected}");
    };
    near(KeyMetric::TtftMean, 150e6);
    near(KeyMetric::ItlMean, 12.5e6);
    near(KeyMetric::LatencyMean, 200e6);
    // From 100.0 to 100.5 + 0.2 + 0.06.
    near(KeyMetric::TokenRate, 10.0 / 0.76);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let refusal = |key: &str, value: Value| {
        let mut export = detailed();
        export[key] = value;
        read(&export).unwrap_err().to_string()
    };
    let told = refusal("ttfts", json!([0.1]));
    assert!(
        told.contains("ucx.json is damaged:\n  start_times has 3 elements, ttfts has 1"),
        "{told}"
    );
    let told = refusal("completed", json!(3));
    assert!(told.contains("2 answered requests and counts 3"), "{told}");
    let told = read(&json!([])).unwrap_err().to_string();
    assert!(told.contains("ucx.json is damaged"), "{told}");
}
