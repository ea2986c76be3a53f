//! What makes no sense is refused with the status that says so, and harms nobody.

use nix::sys::signal::Signal;
use serde_json::json;

use super::client::send;
use super::server::{MODEL, Server};
use crate::harness::Kvbench;

#[test]
fn each_mistake_has_its_status() {
    let server = Server::instant(&["--blocks", "64"]);
    let cases = [
        (json!({"model": "another/model"}), 404, "does not exist"),
        (json!({"max_tokens": 1_000_000_000}), 400, "maximum context length"),
        (json!({"max_tokens": 1024}), 400, "maximum context length"),
        (json!({"prompt": "x".repeat(10_000)}), 400, "maximum context length"),
        (json!({"max_tokens": 0}), 400, "less than 1"),
        (json!({"max_tokens": "ten"}), 400, "no request"),
        (json!({"prompt": ""}), 400, "empty"),
        (json!({"prompt": null}), 400, "prompt"),
        (json!({"prompt": ["a", "b"]}), 400, "2 prompts"),
        (json!({"n": 3}), 400, "only one choice"),
    ];
    for (changes, status, message) in cases {
        let response = server.complete(&changes);
        assert_eq!(response.status, status, "{changes}: {response:?}");
        let error = &response.json()["error"];
        assert!(error["message"].as_str().unwrap().contains(message), "{changes}: {error}");
        assert_eq!(error["type"], "invalid_request_error");
    }
    assert_eq!(server.complete(&json!({"model": null, "stream": null})).status, 200);
    assert_eq!(server.get("/v1/completions").status, 405);
    let nowhere = server.get("/v1/embeddings");
    assert_eq!(
        (nowhere.status, &nowhere.json()["error"]["type"]),
        (404, &json!("invalid_request_error"))
    );
    assert_eq!(server.metric("kvbench_kv_blocks_in_use"), 0.0);
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let server = Server::instant(&[]);
    let body = json!({"model": MODEL, "prompt": "x".repeat(9 << 20)}).to_string();
    let response = send(server.address(), "POST /v1/completions", &[], body.as_bytes()).response();
    assert_eq!(response.status, 413);
}

#[test]
fn garbage_is_answered_and_the_server_goes_on() {
    let server = Server::instant(&[]);
    let whole = json!({
        "model": MODEL, "prompt": "a b c", "max_tokens": 3, "stream": true,
        "stream_options": {"include_usage": true}
    });
    let whole = whole.to_string().into_bytes();
    // Xorshift with a fixed seed: the same garbage every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..300 {
        let mut body = whole.clone();
        for _ in 0..=random(4) {
            let at = random(body.len().max(1));
            match random(4) {
                0 => body.insert(at, random(256) as u8),
                1 => drop(body.splice(at..(at + 1).min(body.len()), [random(256) as u8])),
                2 => body.truncate(at),
                _ => body.insert(at, b"{}[]\",:0"[random(8)]),
            }
        }
        let path = ["POST /v1/completions", "POST /v1/chat/completions"][round % 2];
        let response = send(server.address(), path, &[], &body).response();
        let known = [200, 400, 404].contains(&response.status);
        assert!(known, "{}: {response:?}", String::from_utf8_lossy(&body));
    }
    for nonsense in ["", "\r\n\r\n", "BREW /pot", "GET"] {
        send(server.address(), nonsense, &[], b"\0\0").rest();
    }
    assert_eq!(server.complete(&json!({})).status, 200);
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
    server.process().signal(Signal::SIGINT);
    server.finish().0.returned(0);
}

#[test]
fn wrong_usage_is_told_before_anything_starts() {
    let cases = [
        (["--backend", "libfabric", "--ucx-tls", "tcp"], 2, "--ucx-tls is for UCX"),
        (["--emulate-efa", "2", "--backend", "ucx"], 2, "UCX does not see them"),
        (["--compute", "slow", "--port", "0"], 2, "possible values"),
        (["--host", "192.0.2.1", "--port", "0"], 3, "failed to listen"),
        (["--blocks", "4000000000", "--port", "0"], 2, "descriptors"),
        (["--tokenizer", "/nonexistent", "--port", "0"], 2, "failed to read"),
        (["--enumerate", "nothing0", "--port", "0"], 3, "no NIC of that name"),
        (["--netns", "nowhere:", "--port", "0"], 3, "/run/netns/nowhere"),
        (["--netns", "a:b", "--emulate-efa", "2"], 2, "cannot be used with"),
    ];
    for (arguments, code, words) in cases {
        let run = Kvbench::new(&[&["serve"][..], &arguments].concat()).finish();
        run.returned(code).complained_of(&[words]);
    }
}

#[test]
fn a_backend_that_cannot_be_created_is_an_environment_that_cannot_do_it() {
    let arguments = ["serve", "--port", "0", "--ucx-tls", "nonsense"];
    let run = Kvbench::new(&arguments).finish();
    run.returned(3).complained_of(&["of UCX failed to create the backend"]);
}
