//! Open and closed loops, on both backends; every line that is written is described.

use serde_json::{Value, json};

use super::bench::Bench;
use crate::serve::close;

const SCHEMA: &str = include_str!("../../../kvbench/schema/load-1.schema.json");

#[test]
fn both_backends_get_the_same_load() {
    let bench = Bench::new();
    let page = bench.file("load.html");
    let ended = bench.run(&[
        "--request-rate",
        "50",
        "--request-count",
        "40",
        "--warmup-request-count",
        "5",
        "--isl",
        "200",
        "--isl-stddev",
        "40",
        "--goodput",
        "kv_delivered:60000",
        "--html",
        page.to_str().unwrap(),
    ]);
    let kinds: Vec<&Value> = ended.records.iter().map(|record| &record["kind"]).collect();
    assert_eq!(kinds, ["load", "point", "end", "load", "point", "end"]);
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    // The schema admits further keys; those that are written are all described.
    close(&mut schema["$defs"]);
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one");
    for line in ended.records.iter().chain(&ended.requests) {
        let errors: Vec<String> =
            validator.iter_errors(line).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{line}");
    }
    assert_eq!(ended.requests.len(), 2 * (40 + 5));
    for request in &ended.requests {
        let ms = |key: &str| request[key].as_f64().expect("it was reached");
        let parts = ms("queue_ms") + ms("prefill_ms") + ms("transfer_ms");
        assert!((parts - ms("kv_delivered_ms")).abs() < 0.01, "{request}");
        assert!(ms("queue_ms") + 0.01 >= ms("late_ms") + ms("slot_ms"), "{request}");
        let blocks = request["isl"].as_u64().unwrap().div_ceil(16);
        assert_eq!(request["transfer"]["bytes"], blocks * (32 << 10), "{request}");
    }
    for point in ended.points() {
        assert_eq!(point["requests"]["ok"], 40);
        assert_eq!(point["warmup_requests"], 5);
        assert_eq!(point["goodput"]["good_request_fraction"], 1.0);
        let bytes = ended.measured().filter(|one| one["backend"] == point["backend"]);
        let bytes: u64 = bytes.filter_map(|one| one["transfer"]["bytes"].as_u64()).sum();
        assert_eq!(point["bytes"], bytes);
    }
    let load = |backend: &str| -> Vec<(f64, u64)> {
        let own = ended.measured().filter(|request| request["backend"] == backend);
        own.map(|one| (one["intended_ms"].as_f64().unwrap(), one["isl"].as_u64().unwrap()))
            .collect()
    };
    assert_eq!(load("UCX"), load("LIBFABRIC"), "the seed is the same");
    let told = &ended.run.stdout;
    for words in ["UCX", "LIBFABRIC", "50/s poisson", "Path: ", "Generator: ", "Arrivals: "] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Delivery against rate") && page.contains("50/s poisson"));
}

#[test]
fn poisson_arrivals_are_recognised_when_they_are_handed_in() {
    let bench = Bench::new();
    let ended = bench.run(&[
        "--backend",
        "ucx",
        "--request-rate",
        "100",
        "--request-count",
        "300",
        "--isl",
        "16",
    ]);
    let arrivals = &ended.point()["arrivals"];
    assert_eq!(arrivals["test"]["count"], 300);
    // The seed is fixed: only a generator that does not keep to its schedule changes this.
    assert!(arrivals["test"]["p"].as_f64().unwrap() > 0.05, "{arrivals}");
    assert!((0.8..1.25).contains(&arrivals["mean_gap"].as_f64().unwrap()), "{arrivals}");
}

#[test]
fn a_closed_loop_keeps_a_number_at_a_time() {
    let bench = Bench::new();
    let ended = bench.run(&[
        "--backend",
        "libfabric",
        "--concurrency",
        "1,4",
        "--request-count",
        "40",
        "--isl",
        "64",
        "--op",
        "read",
    ]);
    let points = ended.points();
    assert_eq!(points.len(), 2);
    for (point, concurrency) in points.iter().zip([1, 4]) {
        assert_eq!(point["load"]["schedule"], "closed");
        assert_eq!(point["load"]["concurrency"], concurrency);
        assert_eq!((&point["requests"]["ok"], &point["arrivals"]), (&json!(40), &Value::Null));
    }
    // At any end of a request, so many others have arrived and not ended, at most.
    for (number, concurrency) in [(0, 1), (1, 4)] {
        let spans = || {
            ended.measured().filter(|one| one["point"] == number).map(|one| {
                let at = one["intended_ms"].as_f64().unwrap();
                (at, at + one["total_ms"].as_f64().unwrap())
            })
        };
        let most =
            spans().map(|(at, _)| spans().filter(|(from, to)| *from <= at && at < *to).count());
        assert_eq!(most.max(), Some(concurrency), "point {number}");
    }
}
