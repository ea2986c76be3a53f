//! What is asked for is what comes, to the token.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::server::{MODEL, Server};

fn words(events: &[Value]) -> Vec<&str> {
    let text = |event: &'_ Value| event["choices"][0]["text"].as_str().map(str::to_owned);
    assert!(events.iter().filter_map(text).all(|text| !text.is_empty()));
    events.iter().filter_map(|event| event["choices"][0]["text"].as_str()).collect()
}

fn streams(arguments: &[&str]) {
    let server = Server::instant(arguments);
    let prompt = "once upon a time ".repeat(40);
    for (tokens, cached) in [(1, 0), (2, 160), (40, 160)] {
        let asked = json!({
            "prompt": prompt, "max_tokens": tokens, "stream": true,
            "stream_options": {"include_usage": true}, "ignore_eos": true, "unknown": [1]
        });
        let response = server.complete(&asked);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.header("content-type"), Some("text/event-stream"));
        let events = response.events();
        assert_eq!(words(&events).len(), tokens);
        let [.., usage, done] = &events[..] else { panic!("{events:?}") };
        assert_eq!((done, &usage["choices"]), (&json!("[DONE]"), &json!([])));
        // 680 bytes, at four bytes a token.
        let expected = json!({
            "prompt_tokens": 170, "completion_tokens": tokens, "total_tokens": 170 + tokens,
            "prompt_tokens_details": {"cached_tokens": cached}
        });
        assert_eq!(usage["usage"], expected);
        assert_eq!(events[tokens - 1]["choices"][0]["finish_reason"], "length");
    }
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
    // 11 blocks of 32 KiB; the second and the third time, the first 10 were there.
    assert_eq!(server.metric("kv_transfer_bytes_total"), f64::from((11 + 1 + 1) * (32 << 10)));
    assert_eq!(server.metric("kvbench_reused_blocks_total"), 20.0);
    assert_eq!(server.metric("kvbench_ttft_seconds_count"), 3.0);
    server.process().signal(Signal::SIGINT);
    let finished = server.finish().0.returned(0);
    assert!(finished.stdout.contains("requests 3 ok"), "{}", finished.stdout);
}

#[test]
fn a_stream_over_ucx_has_an_event_per_token() {
    streams(&["--backend", "ucx"]);
}

#[test]
fn a_stream_over_ucx_read() {
    streams(&["--op", "read"]);
}

#[test]
fn a_stream_over_libfabric() {
    streams(&["--backend", "libfabric"]);
}

#[test]
fn a_stream_over_libfabric_read_in_another_layout() {
    streams(&["--backend", "libfabric", "--op", "read", "--layout", "all-layers"]);
}

#[test]
fn a_stream_over_emulated_nics_says_so() {
    let server = Server::instant(&["--emulate-efa", "2"]);
    assert_eq!(server.complete(&json!({"stream": true})).events().len(), 5);
    let label = "modelled compute, real transfers, emulated NICs";
    assert!(server.get("/metrics").body.contains(&format!("label=\"{label}\"")));
    server.process().signal(Signal::SIGINT);
    let (finished, lines) = server.finish();
    assert!(finished.returned(0).stdout.starts_with(label));
    assert_eq!((&lines[0]["label"], &lines[0]["emulated"]), (&json!(label), &json!(true)));
}

#[test]
fn an_answer_at_once_has_the_same_words_and_usage() {
    let server = Server::instant(&["--prefill-workers", "2", "--decode-workers", "2"]);
    let response = server.complete(&json!({"prompt": ["Hello"], "max_tokens": 10})).json();
    assert_eq!(response["object"], "text_completion");
    assert_eq!(response["model"], MODEL);
    assert_eq!(response["choices"][0]["text"], " the a of to in and is for that the");
    assert_eq!(response["choices"][0]["finish_reason"], "length");
    let usage = json!({
        "prompt_tokens": 2, "completion_tokens": 10, "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 0}
    });
    assert_eq!(response["usage"], usage);
    let ids = server.complete(&json!({"prompt": [1, 2, 3]})).json();
    assert_eq!(ids["usage"]["prompt_tokens"], 3);
}

#[test]
fn chats_are_answered_in_their_own_form() {
    let server = Server::instant(&[]);
    let ask = |stream: bool| {
        let messages = json!([{"role": "user", "content": "Hello"}]);
        let body = json!({
            "model": MODEL, "messages": messages, "max_completion_tokens": 3, "stream": stream
        });
        server.post("/v1/chat/completions", &[], &body).response()
    };
    let whole = ask(false).json();
    assert_eq!(whole["object"], "chat.completion");
    let message = json!({"role": "assistant", "content": " the a of"});
    assert_eq!(whole["choices"][0]["message"], message);
    let events = ask(true).events();
    let deltas: Vec<&Value> = events.iter().map(|event| &event["choices"][0]["delta"]).collect();
    assert_eq!(*deltas[0], json!({"role": "assistant", "content": " the"}));
    assert_eq!(*deltas[2], json!({"content": " of"}));
    assert_eq!(events.len(), 4, "three tokens and the end, no usage: it was not asked for");
}

#[test]
fn prompts_are_counted_by_the_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"?": 0, "a": 1, "bee": 2}, "unk_token": "?"}
    });
    std::fs::write(&file, tokenizer.to_string()).unwrap();
    let server = Server::instant(&["--tokenizer", folder.path().to_str().unwrap()]);
    let response = server.complete(&json!({"prompt": "bee bee something a bee"})).json();
    assert_eq!(response["usage"]["prompt_tokens"], 5);
}

#[test]
fn the_small_paths_tell_what_is_served() {
    let server = Server::instant(&["--blocks", "10"]);
    let models = server.get("/v1/models").json();
    assert_eq!(models["data"][0]["id"], MODEL);
    assert_eq!(models["data"][0]["max_model_len"], 160);
    assert_eq!(server.get("/health").json()["status"], "ok");
    let metrics = server.get("/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    let labels = "kv_transfer_bytes_total{backend=\"UCX\",rails=\"all\"} 0";
    assert!(metrics.body.lines().any(|line| line == labels), "{}", metrics.body);
}

#[test]
fn the_log_joins_a_request_to_its_transfer() {
    const SCHEMA: &str = include_str!("../../../kvbench/schema/serving-1.schema.json");
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    // The schema admits further keys; those that are written are all described.
    close(&mut schema["$defs"]);
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one");
    let server = Server::paced(&[]);
    let prompt = "x".repeat(200);
    let body = json!({"model": MODEL, "prompt": prompt, "max_tokens": 2});
    for (header, id) in [("X-Request-ID", "one"), ("x-correlation-id", "two")] {
        let response = server.post("/v1/completions", &[(header, id)], &body).response();
        assert_eq!(response.header("x-request-id"), Some(id));
    }
    server.process().signal(Signal::SIGTERM);
    let (_, lines) = server.finish();
    for line in &lines {
        let errors: Vec<String> =
            validator.iter_errors(line).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{line}");
    }
    assert_eq!(lines[0]["label"], "modelled compute, real transfers");
    let entry = lines.iter().find(|line| line["request_id"] == "one").expect("it is logged");
    let ms = |key: &str| entry[key].as_f64().expect("it was reached");
    let parts = ms("queue_ms") + ms("prefill_ms") + ms("transfer_ms") + ms("first_decode_ms");
    assert!((parts - ms("ttft_ms")).abs() < 0.01, "{entry}");
    assert!(ms("first_decode_ms") >= 5.0 && ms("total_ms") >= 10.0, "{entry}");
    assert_eq!(entry["transfer"]["bytes"], 4 * (32 << 10));
    assert_eq!((&entry["blocks"], &entry["tokens"]), (&json!(4), &json!(2)));
    assert!(lines.iter().any(|line| line["request_id"] == "two"));
}

/// Admits no key that is not described.
pub fn close(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if map.contains_key("properties") {
        map.entry("additionalProperties").or_insert(json!(false));
    }
    map.values_mut().for_each(close);
}
