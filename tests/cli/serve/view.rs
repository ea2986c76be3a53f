//! What is seen of a server while it serves.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::json;
use tempfile::tempdir;

use super::server::{CONFIG, MODEL, begin_at};
use crate::harness::{Kvbench, Terminal};

/// A server on a terminal, and where it listens.
fn on_a_terminal() -> (Terminal, std::net::SocketAddr) {
    let folder = tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(&config, CONFIG).unwrap();
    let arguments = ["serve", "--port", "0", "--model", config.to_str().unwrap()];
    let rest = ["--served-model-name", MODEL, "--compute", "instant", "--ui", "dashboard"];
    let mut run = Kvbench::new(&[&arguments[..], &rest].concat()).on_a_terminal();
    let line = run.wait_for("over UCX, http://");
    let address = line.split("http://").nth(1).and_then(|text| text.trim().parse().ok());
    (run, address.unwrap_or_else(|| panic!("{line:?} has no address")))
}

#[test]
fn requests_show_and_q_ends_it_well() {
    let (mut run, address) = on_a_terminal();
    run.wait_for("prefill 0 ░░░░░░░░░░ 0 of 1024");
    assert_eq!(begin_at(address, &json!({})).response().status, 200);
    // Blanks within a figure do not break.
    run.wait_for("ok\u{a0}1");
    let ttft = run.wait_for("TTFT");
    let is_told = ["µs", "ms"].iter().any(|unit| ttft.contains(unit));
    assert!(is_told && ttft.contains(" 1 "), "{ttft}");
    run.press("q");
    let run = run.finish().run.returned(0);
    assert!(run.stdout.contains("requests 1 ok"), "{}", run.stdout);
}

#[test]
fn a_worker_that_dies_is_among_the_notices_and_told_again() {
    let (mut run, _) = on_a_terminal();
    run.process(|process| process.serves_as("decode", 0)).signal(Signal::SIGKILL);
    run.wait_for("notices");
    run.wait_for("workers\u{a0}replaced\u{a0}1");
    run.press("\x03");
    let run = run.finish();
    assert!(run.left.contains("kvbench: decode 0 of UCX failed to serve"), "{}", run.left);
    run.run.returned(0);
}
