//! What a load came to, on the terminal and as a page: the same figures, and every warning that is due.

use kvbench::load::{Found, Loaded, PointEntry};
use kvbench::report;
use kvbench::serving::Summary;
use serde_json::{Value, json};

use crate::page::parse;

const EVIL: &str = "</title><script>alert(1)</script>\u{1b}[31m";

fn spread(p50: f64, count: u64) -> Value {
    json!({"count": count, "mean": p50, "p50": p50, "p90": 2.0 * p50, "p95": 3.0 * p50, "p99": 4.0 * p50,
           "max": 5.0 * p50})
}

/// A point whose requests took as long as its rate is high.
fn point(number: u32, rate: f64, count: u64) -> PointEntry {
    let point = json!({
        "point": number, "started": "2026-01-02T03:04:05Z", "backend": "UCX",
        "load": {"schedule": "open", "arrival_pattern": "poisson", "arrival_smoothness": 1.0,
                 "request_rate": rate, "request_rate_ramp_s": 0.0, "concurrency": null,
                 "concurrency_ramp_s": 0.0},
        "warmup_requests": 0, "interrupted": false,
        "requests": {"ok": count, "failed": 0, "cancelled": 0, "rejected": 0}, "errors": {},
        "duration_s": 10.0, "request_rate": rate, "request_throughput": rate,
        "arrivals": {"mean_gap": 1.0, "variation": 1.0,
                     "test": {"count": count, "distance": 0.03, "p": 0.4}},
        "late_ms": spread(0.02, count), "late_share": 0.001, "kv_delivered_ms": spread(rate, count),
        "queue_ms": spread(1.0, count), "slot_ms": spread(0.0, count), "transfer_ms": spread(2.0, count),
        "request_latency_ms": spread(rate, count), "bytes": 1_000_000_u64, "bytes_per_s": 1e8,
        "moved_blocks": 10, "reused_blocks": 0,
        "goodput": {"slos": [{"metric": "kv_delivered", "at_most_ms": 50.0}], "good": count,
                    "good_request_fraction": 0.975, "goodput": rate}
    });
    serde_json::from_value(point).unwrap()
}

fn loaded(points: Vec<PointEntry>) -> Loaded {
    let serve = json!({
        "started": "2026-01-02T03:04:05Z", "label": "modelled compute, real transfers", "model": EVIL,
        "variant": {"backend": "UCX", "rails": "all", "enumerate": "all", "env": {}, "params": {}},
        "op": "write", "prefill_workers": 1, "decode_workers": 2, "blocks": 100, "block_tokens": 16,
        "compute": {"prefill_tokens_per_s": null, "prefill_overhead_ms": 0.0, "itl_ms": 0.0,
                    "itl_per_sequence_ms": 0.0},
        "block_bytes": 1024, "emulated": false, "tokenizer": "none", "versions": {"ucx": "1.23.0"}
    });
    let observed = json!({
        "path": "nic", "path_evidence": "9 bytes on lo", "transports": ["tcp/lo"], "rails_created": null,
        "rails_used": 1, "nic_bytes": {},
        "settings": {"rails": {"status": "ignored", "evidence": "the plugin does not read it"}}
    });
    let observed = serde_json::from_value(observed).unwrap();
    Loaded {
        serve: serde_json::from_value(serve).unwrap(),
        points,
        search: None,
        summary: Summary {
            label: "modelled compute, real transfers".to_owned(),
            requests: Default::default(),
            wrong: 0,
            bytes: 1_000_000,
            observed,
        },
    }
}

#[test]
fn a_row_tells_rate_latency_and_goodput() {
    let told = report::load(&[loaded(vec![point(0, 20.0, 500)])]);
    let row = told.lines().find(|line| line.starts_with(" UCX")).unwrap();
    for figure in ["20/s poisson", "500", "20 ms", "40 ms", "60 ms", "80 ms", "100 MB/s", "97.5 %"]
    {
        assert!(row.contains(figure), "no {figure} in {row}");
    }
    for line in [
        "Arrivals: UCX, 20/s poisson: poisson at 20/s (Kolmogorov–Smirnov distance 0.030, p = 0.400)",
        "Generator: UCX, 20/s poisson: late by 20 µs (p50)",
        "Path: UCX: nic (9 bytes on lo).",
        "Warning: UCX: rails was ignored: the plugin does not read it",
    ] {
        assert!(told.contains(line), "no {line:?} in\n{told}");
    }
    assert!(
        !told.contains("bottleneck") && !told.contains('*') && !told.contains('\u{1b}'),
        "{told}"
    );
}

#[test]
fn what_distorts_a_figure_is_told() {
    let mut odd = point(0, 20.0, 30);
    odd.figures.late_share = 0.2;
    odd.figures.errors.insert(EVIL.to_owned(), 3);
    odd.figures.requests.insert("cancelled".to_owned(), 2);
    odd.figures.reused_blocks = 7;
    (odd.interrupted, odd.stall_s) = (true, Some([5.0, 0.2]));
    if let Some(test) = odd.figures.arrivals.as_mut().and_then(|fit| fit.test.as_mut()) {
        test.p = 0.001;
    }
    let told = report::load(&[loaded(vec![odd])]);
    for words in [
        "Warning: UCX, 20/s poisson: not poisson at 20/s",
        "the generator is a bottleneck",
        "20.0 % of all latency",
        "3 × ",
        "2 requests had not ended",
        "7 blocks were there already",
        "it was interrupted",
        "stood still for 0.2 s after 5 s",
        "80 ms*",
        "* too few requests",
    ] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
}

#[test]
fn a_search_tells_what_it_found() {
    let search = |rate| Loaded {
        search: Some(Found { attainment: 0.95, rate }),
        ..loaded(vec![point(0, 20.0, 500)])
    };
    let told = report::load(&[search(Some(23.78))]);
    assert!(told.contains("Found: UCX: up to 23.8/s meet kv_delivered:50 in 95.0 %"), "{told}");
    assert!(report::load(&[search(None)]).contains("Found: UCX: no rate that was tried"));
}

#[test]
fn the_page_has_a_curve_per_percentile_and_says_the_same() {
    let points =
        [40.0, 10.0, 20.0].into_iter().zip(0..).map(|(rate, number)| point(number, rate, 500));
    let loaded = [loaded(points.collect())];
    let html = report::load_html(&loaded);
    let page = parse(&html);
    let said: String = page.descendants().filter_map(|node| node.text()).collect();
    for line in report::load(&loaded).lines().filter(|line| line.contains(": ")).skip(1) {
        assert!(said.contains(line), "{line:?} is missing");
    }
    // Ascending, whatever the order of the sweep.
    assert!(said.contains("UCX p50: 10/s 10 ms, 20/s 20 ms, 40/s 40 ms."), "{said}");
    assert!(said.contains("UCX p99: 10/s 40 ms, 20/s 80 ms, 40/s 160 ms."), "{said}");
    let lines = page.descendants().filter(|node| {
        node.attribute("class") == Some("line")
            && node.ancestors().any(|one| one.attribute("role") == Some("img"))
    });
    assert_eq!(lines.count(), 2);
    assert!(!html.contains("<script>"));
}

#[test]
fn nothing_measured_is_a_page_too() {
    parse(&report::load_html(&[loaded(Vec::new())]));
    parse(&report::load_html(&[]));
    assert!(report::load(&[]).contains("Nothing was loaded"));
}
