//! Requests joined with the endpoint's log.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::exports::{log, path, run};

/// The lines of a file as JSON.
fn lines(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(path(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_request_is_found_and_its_phases_make_up_the_ttft() {
    let log = log(&["ucx", "libfabric"]);
    for (name, backend) in [("ucx", "UCX"), ("libfabric", "LIBFABRIC")] {
        let found = log.join(&run(name)).unwrap();
        assert_eq!(found.requests, 40);
        assert_eq!(found.backends.iter().collect::<Vec<_>>(), [backend]);
        assert!(!found.emulated);
        let phases = [
            found.queue_ns,
            found.prefill_ns,
            found.transfer_ns,
            found.first_decode_ns,
            found.outside_ns,
        ];
        assert!((phases.iter().sum::<f64>() / found.ttft_ns - 1.0).abs() < 1e-9, "{found:?}");
        assert!(phases.iter().all(|ns| *ns > 0.0), "{found:?}");
    }
}

#[test]
fn the_share_of_the_transfer_is_that_of_the_files() {
    let transfers: BTreeMap<String, f64> = lines("ucx.log.jsonl")
        .iter()
        .filter(|line| line["kind"] == "request")
        .map(|line| {
            let id = line["request_id"].as_str().unwrap();
            (id.to_owned(), line["transfer_ms"].as_f64().unwrap())
        })
        .collect();
    let pairs: Vec<(f64, f64)> = lines("ucx/profile_export.jsonl")
        .iter()
        .map(|line| {
            let id = line["metadata"]["x_request_id"].as_str().unwrap();
            let ttft = line["metrics"]["time_to_first_token"]["value"].as_f64().unwrap();
            (transfers[id], ttft)
        })
        .collect();
    let share = pairs.iter().map(|(transfer, _)| transfer).sum::<f64>()
        / pairs.iter().map(|(_, ttft)| ttft).sum::<f64>();

    let found = log(&["ucx"]).join(&run("ucx")).unwrap();
    let interval = found.share.unwrap();
    assert!((interval.value / share - 1.0).abs() < 1e-6, "{interval:?} for {share}");
    assert!(interval.low < share && share < interval.high);
    let mut shares: Vec<f64> = pairs.iter().map(|(transfer, ttft)| transfer / ttft).collect();
    shares.sort_unstable_by(f64::total_cmp);
    let median = (shares[19] + shares[20]) / 2.0;
    assert!((found.share_quantiles[1] / median - 1.0).abs() < 1e-6, "{found:?} for {median}");
}

#[test]
fn emulated_nics_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let real = fs::read_to_string(path("ucx.log.jsonl")).unwrap();
    fs::write(&file, real.replace("\"emulated\":false", "\"emulated\":true")).unwrap();
    let mut log = log(&[]);
    log.add(&file).unwrap();
    assert!(log.join(&run("ucx")).unwrap().emulated);
}
