//! What a link lets through is what a client waits for: shaped links between the sides, over which the
//! blocks of every request go.

use std::time::Instant;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::server::{MODEL, Server};
use crate::harness::{BURST_BYTES, Links};

/// Megabits per second of the link.
const RATE: u64 = 200;

/// Tokens of a prompt: 128 blocks of 32 KiB, which take the link a sixth of a second.
const TOKENS: usize = 2048;

/// What lies outside of the log may be such a share of a client's time to first token.
const OUTSIDE: f64 = 0.05;

/// The client's time to first token, and what the log has of it, all in milliseconds.
struct Told {
    ttft_ms: f64,
    entry: Value,
}

impl Told {
    fn ms(&self, key: &str) -> f64 {
        self.entry[key].as_f64().unwrap_or_else(|| panic!("no {key} in {}", self.entry))
    }

    fn parts_ms(&self) -> f64 {
        ["queue_ms", "prefill_ms", "transfer_ms", "first_decode_ms"]
            .map(|key| self.ms(key))
            .iter()
            .sum()
    }
}

/// Asks four times over links of `rate`, each time for another prompt.
fn ask(rate: u64, backend: &[&str], op: &str) -> Option<(Vec<Told>, String)> {
    let links = Links::of(&[rate])?;
    let server = Server::across(&links, &[&["--op", op][..], backend].concat());
    let ttfts_ms = ["a", "b", "c", "d"].map(|name| {
        let prompt = name.repeat(4 * TOKENS);
        let body = json!({"model": MODEL, "prompt": prompt, "max_tokens": 2, "stream": true});
        let asked = Instant::now();
        let mut answer = server.post("/v1/completions", &[("X-Request-ID", name)], &body);
        answer.until("data: ");
        let ttft_ms = asked.elapsed().as_secs_f64() * 1e3;
        answer.until("data: [DONE]");
        (name, ttft_ms)
    });
    server.process().signal(Signal::SIGINT);
    let (finished, lines) = server.finish();
    let stdout = finished.returned(0).stdout;
    assert_eq!(lines[0]["netns"]["prefill"].as_str(), links.netns().split(':').next());
    let told = ttfts_ms.map(|(name, ttft_ms)| {
        let entry = lines.iter().find(|line| line["request_id"] == name).expect("it is logged");
        Told { ttft_ms, entry: entry.clone() }
    });
    Some((told.into(), stdout))
}

fn crosses_the_link(backend: &[&str], op: &str, initiator: &str) {
    let Some((told, summary)) = ask(RATE, backend, op) else { return };
    for one in &told {
        let bytes = one.entry["transfer"]["bytes"].as_u64().expect("blocks moved");
        assert_eq!(bytes, TOKENS as u64 / 16 * (32 << 10));
        let least_ms = (bytes - BURST_BYTES) as f64 * 8.0 / (RATE as f64 * 1e3);
        assert!(one.ms("transfer_ms") >= least_ms, "{least_ms} ms at least: {}", one.entry);
        assert!(one.parts_ms() <= one.ttft_ms, "{} ms: {}", one.ttft_ms, one.entry);
    }
    // Others may have had the processor; the quickest request shows whether a part is missing.
    let outside = told.iter().map(|one| 1.0 - one.parts_ms() / one.ttft_ms).fold(1.0, f64::min);
    assert!(outside <= OUTSIDE, "{outside} of the time to first token is in no part");
    assert!(summary.contains(&format!("bytes on {initiator} for ")), "{summary}");
}

#[test]
fn ucx_write() {
    crosses_the_link(&["--backend", "ucx", "--ucx-tls", "tcp"], "write", "a0");
}

#[test]
fn ucx_read() {
    crosses_the_link(&["--backend", "ucx", "--ucx-tls", "tcp"], "read", "b0");
}

#[test]
fn libfabric_write() {
    crosses_the_link(&["--backend", "libfabric"], "write", "a0");
}

#[test]
fn libfabric_read() {
    crosses_the_link(&["--backend", "libfabric"], "read", "b0");
}
