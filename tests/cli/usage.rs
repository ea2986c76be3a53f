//! Wrong usage ends at once with one message: what is wrong, why, and what to do.

use std::time::Duration;

use tempfile::tempdir;

use crate::harness::Kvbench;

/// Nothing is loaded or measured for a message.
const AT_ONCE: Duration = Duration::from_secs(5);

#[track_caller]
fn refuses(arguments: &[&str], code: i32, words: &[&str]) {
    let home = tempdir().unwrap();
    let run = Kvbench::without_nixl(home.path(), arguments).finish();
    let run = run.returned(code).complained_of(words);
    assert_eq!(run.stdout, "");
    assert!(run.took < AT_ONCE, "it took {:?}", run.took);
}

#[test]
fn an_unknown_backend() {
    refuses(&["--backend", "nope"], 2, &["unknown backend \"nope\"", "ucx or libfabric"]);
}

#[test]
fn an_unknown_option() {
    refuses(&["--no-such-option"], 2, &["--no-such-option", "Usage:"]);
}

#[test]
fn no_rails() {
    refuses(&["--rails", "0"], 2, &["--rails", "at least 1, or all"]);
}

#[test]
fn empty_blocks() {
    refuses(&["--block-size", "0"], 2, &["--block-size", "4096, 32KiB"]);
}

#[test]
fn a_batch_of_no_blocks() {
    refuses(&["--block-size", "4KiB", "--batch", "0"], 2, &["--batch", "1.."]);
}

#[test]
fn blocks_of_a_size_and_a_model_at_once() {
    refuses(&["--block-size", "4KiB", "--model", "x"], 2, &["cannot be used with", "--model"]);
}

#[test]
fn a_prompt_longer_than_any() {
    refuses(&["--isl", "1000000000000"], 2, &["1000000000000", "too large", "choose"]);
}

#[test]
fn ranks_that_do_not_split_the_heads() {
    let words = ["TP 3", "16 attention heads of Qwen/Qwen3-0.6B", "choose one of 1, 2, 4, 8, 16"];
    refuses(&["--tp", "3"], 2, &words);
}

#[test]
fn a_model_that_is_nearly_a_preset() {
    let words = ["unknown model `Qwen/Qwen3-0.7B`", "did you mean Qwen/Qwen3-0.6B"];
    refuses(&["--model", "Qwen/Qwen3-0.7B"], 2, &words);
}

#[test]
fn a_model_without_heads() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"hidden_size": 1024, "num_hidden_layers": 4}"#).unwrap();
    let file = config.to_str().unwrap();
    refuses(&["--model", file], 2, &[file, "`num_attention_heads` is missing", "add it"]);
}

#[test]
fn a_model_file_that_is_not_json() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, "{").unwrap();
    let file = config.to_str().unwrap();
    refuses(&["--model", file], 2, &[file, "config.json of a Hugging Face model"]);
}

#[test]
fn a_variable_without_a_value() {
    refuses(&["--env", "UCX_TLS"], 2, &["--env", "\"UCX_TLS\": give KEY=VALUE"]);
}

#[test]
fn a_parameter_without_a_name() {
    refuses(&["--param", "=1"], 2, &["--param", "\"=1\": give KEY=VALUE"]);
}

#[test]
fn a_duration_that_is_none() {
    refuses(&["--duration", "0s"], 2, &["--duration", "10s, 250ms, 2m"]);
}

#[test]
fn transports_of_a_backend_that_does_not_run() {
    let arguments = ["--ucx-tls", "tcp", "--backend", "libfabric"];
    refuses(&arguments, 2, &["--ucx-tls is for UCX", "not among --backend"]);
}
