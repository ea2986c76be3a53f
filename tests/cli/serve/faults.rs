//! Clients that vanish and workers that die: others go on, and no block is lost.

use nix::sys::signal::Signal;
use serde_json::json;

use super::server::Server;

/// Many tokens: a stream that goes on for as long as a test takes.
fn long() -> serde_json::Value {
    json!({"max_tokens": 5_000, "stream": true})
}

#[test]
fn a_client_that_vanishes_gives_its_blocks_back() {
    let server = Server::paced(&[]);
    let mut streamed = server.begin(&long());
    streamed.until("data: ");
    let whole = server.begin(&json!({"max_tokens": 5_000}));
    server.wait_for_metric("kvbench_requests_running", 2.0);
    assert!(server.metric("kvbench_kv_blocks_in_use") >= 2.0 * 5_000.0 / 16.0);
    drop(streamed);
    server.wait_for_metric("kvbench_requests_running", 1.0);
    drop(whole);
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
    server.wait_for_metric("kvbench_requests_total{status=\"cancelled\"}", 2.0);
    server.process().signal(Signal::SIGINT);
    let (_, lines) = server.finish();
    let cancelled = lines.iter().filter(|line| line["status"] == "cancelled").count();
    assert_eq!(cancelled, 2);
}

fn a_decode_worker_dies(arguments: &[&str]) {
    let server = Server::paced(&[&["--decode-workers", "2"], arguments].concat());
    // One on each worker, the least loaded first.
    let mut streams: Vec<_> = (0..2)
        .map(|number| {
            let prompt = format!("{number} {}", "once upon a time ".repeat(20));
            let mut asked = json!({"prompt": prompt, "max_tokens": 600, "stream": true});
            asked["stream_options"] = json!({"include_usage": true});
            let mut stream = server.begin(&asked);
            stream.until("data: ");
            stream
        })
        .collect();
    server.worker("decode", 0).signal(Signal::SIGKILL);
    let second = streams.remove(1).rest();
    let first = streams.remove(0).rest();
    assert!(first.contains("event: error\n: decode 0 is gone"), "{first}");
    assert!(!first.contains("[DONE]"), "{first}");
    assert!(second.contains("\"completion_tokens\":600"), "{second}");
    assert!(second.contains("[DONE]"), "{second}");

    server.wait_for_metric("kvbench_workers_ready", 3.0);
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
    assert_eq!(server.metric("kvbench_worker_restarts_total"), 1.0);
    for _ in 0..4 {
        assert_eq!(server.complete(&json!({"prompt": "again"})).status, 200);
    }
    server.process().signal(Signal::SIGINT);
    server.finish().0.returned(0).complained_of(&["decode 0", "another one takes its place"]);
}

#[test]
fn a_dead_decode_worker_of_ucx_costs_its_own_requests_only() {
    a_decode_worker_dies(&["--backend", "ucx"]);
}

#[test]
fn a_dead_decode_worker_of_libfabric_costs_its_own_requests_only() {
    a_decode_worker_dies(&["--backend", "libfabric"]);
}

#[test]
fn a_decode_worker_that_reads_dies() {
    a_decode_worker_dies(&["--op", "read"]);
}

/// Kills workers in the midst of many transfers.
fn workers_die_while_blocks_move(arguments: &[&str]) {
    // LIBFABRIC may hang when its peer dies; the worker that does is replaced too, after 4 s.
    let common = ["--blocks", "256", "--timeout", "4s"];
    let server = Server::instant(&[&common[..], arguments].concat());
    for (round, kind) in ["decode", "prefill", "decode"].into_iter().enumerate() {
        let requests: Vec<_> = (0..40)
            .map(|number| {
                let prompt = format!("{round} {number} {}", "once upon a time ".repeat(40));
                server.begin(&json!({"prompt": prompt, "max_tokens": 2}))
            })
            .collect();
        server.worker(kind, 0).signal(Signal::SIGKILL);
        let statuses: Vec<u16> =
            requests.into_iter().map(|request| request.response().status).collect();
        let known = statuses.iter().all(|status| [200, 502].contains(status));
        assert!(known, "{statuses:?}");
        server.wait_for_at_least("kvbench_worker_restarts_total", (round + 1) as f64);
        server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
        server.wait_for_metric("kvbench_workers_ready", 2.0);
        let after = server.complete(&json!({"prompt": format!("after {round}")}));
        assert_eq!(after.status, 200, "{after:?}");
    }
}

#[test]
fn workers_of_ucx_that_write_die_while_blocks_move() {
    workers_die_while_blocks_move(&["--op", "write"]);
}

#[test]
fn workers_of_ucx_that_read_die_while_blocks_move() {
    workers_die_while_blocks_move(&["--op", "read"]);
}

#[test]
fn workers_of_libfabric_that_write_die_while_blocks_move() {
    workers_die_while_blocks_move(&["--backend", "libfabric"]);
}

#[test]
fn workers_of_libfabric_that_read_die_while_blocks_move() {
    workers_die_while_blocks_move(&["--backend", "libfabric", "--op", "read"]);
}

#[test]
fn a_request_that_waits_for_a_worker_gets_the_fresh_one() {
    let server = Server::instant(&[]);
    server.worker("decode", 0).signal(Signal::SIGKILL);
    server.wait_for_metric("kvbench_worker_restarts_total", 1.0);
    // Wherever the fresh one is with its set-up.
    assert_eq!(server.complete(&json!({})).status, 200);
}
