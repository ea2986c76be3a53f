//! A run compares what it was asked to compare, and says what it found.

use std::path::Path;

use kvbench::workload::Op;
use tempfile::tempdir;

use crate::harness::{Finished, Kvbench, assert_sound, cell, parse, pinned_version, read};

/// 64 KiB of KV cache for a prompt of 64 tokens.
const SMALL_MODEL: &str = r#"{
    "model_type": "llama", "torch_dtype": "bfloat16", "hidden_size": 256,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64
}"#;
const SMALL_MODEL_BYTES: u64 = 64 << 10;

fn run(arguments: &[&str]) -> Finished {
    Kvbench::new(&[arguments, &["--duration", "500ms"]].concat()).finish().returned(0)
}

#[test]
fn the_default_run_compares_ucx_with_libfabric() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let run = run(&["--json", file.to_str().unwrap(), "--ui", "none"]);
    for (backend, ratio) in [("UCX", " 1.00 "), ("LIBFABRIC", ".")] {
        let row = run.stdout.lines().find(|line| line.trim().starts_with(backend));
        let row = row.unwrap_or_else(|| panic!("no {backend} in:\n{}", run.stdout));
        assert!(row.contains(ratio) && row.trim_end().ends_with("verified"), "{row}");
    }
    assert!(run.stdout.contains("Verdict: "), "{}", run.stdout);
    assert_eq!(run.stderr, "", "there is nothing to complain of");

    let records = read(&file);
    assert_eq!(records.len(), 2, "one per variant");
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_sound(cell);
        assert_eq!(cell.workload.model.as_deref(), Some("Qwen/Qwen3-0.6B"));
        assert_eq!((cell.workload.blocks, cell.workload.bytes), (1792, 56 << 20));
        assert_eq!(cell.environment.nixl.as_deref(), Some(pinned_version()));
        let asked = ["--json", file.to_str().unwrap(), "--ui", "none", "--duration", "500ms"];
        assert_eq!(cell.command[1..], asked);
    }
    let base = cell(&records, "UCX");
    let other = cell(&records, "LIBFABRIC");
    assert!(base.comparison.is_none(), "the first variant is what others are compared with");
    assert_eq!(other.comparison.as_ref().map(|it| &it.base), Some(&records[0].cell));
}

#[test]
fn the_backend_named_first_is_the_base() {
    let run = run(&["--block-size", "4KiB", "--backend", "libfabric,ucx", "--json", "-"]);
    let records = parse(&run.stdout);
    assert!(cell(&records, "LIBFABRIC").comparison.is_none());
    assert!(cell(&records, "UCX").comparison.is_some());
}

#[test]
fn read_and_write_both_bring_the_data() {
    for (name, op) in [("read", Op::Read), ("write", Op::Write)] {
        let run = run(&["--op", name, "--block-size", "16KiB", "--batch", "4", "--json", "-"]);
        let records = parse(&run.stdout);
        for backend in ["UCX", "LIBFABRIC"] {
            assert_sound(cell(&records, backend));
            assert_eq!(cell(&records, backend).workload.op, op);
        }
    }
}

#[test]
fn blocks_have_the_size_and_number_asked_for() {
    let run = run(&["--block-size", "4KiB", "--batch", "16", "--json", "-"]);
    let records = parse(&run.stdout);
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_sound(cell);
        let work = &cell.workload;
        assert_eq!((work.blocks, work.block_bytes, work.bytes), (16, 4096, 65_536));
        assert_eq!(work.model, None);
    }
}

#[test]
fn a_config_file_is_a_model() {
    let records = with_small_model("1", &["--backend", "ucx"]);
    let cell = cell(&records, "UCX");
    assert_sound(cell);
    assert!(cell.workload.model.is_some());
    assert_eq!(cell.workload.bytes, SMALL_MODEL_BYTES);
}

#[test]
fn a_rank_can_feed_two_and_two_can_feed_one() {
    for (tp, ranks) in [("1:2", [1, 2]), ("2:1", [2, 1])] {
        for op in ["write", "read"] {
            let records = with_small_model(tp, &["--op", op]);
            for backend in ["UCX", "LIBFABRIC"] {
                let cell = cell(&records, backend);
                assert_sound(cell);
                assert_eq!(cell.workload.tp, ranks);
                assert_eq!(cell.workload.bytes, SMALL_MODEL_BYTES, "no byte twice, none missing");
            }
        }
    }
}

fn with_small_model(tp: &str, arguments: &[&str]) -> Vec<kvbench::record::Record> {
    let folder = tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, SMALL_MODEL).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let model = ["--model", &path(&config), "--isl", "64", "--tp", tp, "--json", "-"];
    parse(&run(&[&model, arguments].concat()).stdout)
}
