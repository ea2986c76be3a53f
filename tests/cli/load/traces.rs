//! Replays of traces: times, lengths, and what does not move again.

use super::bench::Bench;

/// Two prompts that begin alike, one that does not.
const TRACE: &str = r#"{"timestamp": 1000, "input_length": 1024, "output_length": 2, "hash_ids": [1, 2]}
{"timestamp": 1400, "input_length": 1536, "output_length": 1, "hash_ids": [1, 2, 3]}
{"timestamp": 1800, "input_length": 700, "output_length": 1, "hash_ids": [8, 9]}
{"timestamp": 9000, "input_length": 512, "output_length": 1, "hash_ids": [1]}
"#;

#[test]
fn equal_beginnings_move_once() {
    for (backend, op) in [("ucx", "write"), ("libfabric", "read")] {
        let bench = Bench::new();
        let file = bench.file("trace.jsonl");
        std::fs::write(&file, TRACE).unwrap();
        let ended = bench.run(&[
            "--backend",
            backend,
            "--op",
            op,
            "--input-file",
            file.to_str().unwrap(),
            "--fixed-schedule-auto-offset",
            "--fixed-schedule-end-offset",
            "2000",
            "--synthesis-speedup-ratio",
            "2",
        ]);
        let of = |key: &str| -> Vec<u64> {
            ended.measured().filter_map(|request| request[key].as_u64()).collect()
        };
        assert_eq!(of("isl"), [1024, 1536, 700]);
        assert_eq!(of("tokens"), [2, 1, 1]);
        assert_eq!(of("reused_blocks"), [0, 64, 0]);
        let moved = ended.measured().filter_map(|one| one["transfer"]["blocks"].as_u64());
        assert_eq!(moved.collect::<Vec<_>>(), [64, 32, 44]);
        let intended = ended.measured().filter_map(|one| one["intended_ms"].as_f64());
        assert_eq!(intended.collect::<Vec<_>>(), [0.0, 200.0, 400.0]);
        assert_eq!(ended.point()["reused_blocks"], 64);
        assert!(ended.run.stdout.contains("64 blocks were there already"), "{}", ended.run.stdout);
    }
}

#[test]
fn its_requests_can_have_other_times() {
    let bench = Bench::new();
    let file = bench.file("trace.jsonl");
    std::fs::write(&file, TRACE).unwrap();
    let file = file.to_str().unwrap();
    let own = ["--input-file", file, "--no-fixed-schedule", "--concurrency", "2"];
    let ended = bench.run(&[&own[..], &["--backend", "ucx"]].concat());
    let lengths = ended.measured().filter_map(|request| request["isl"].as_u64());
    assert_eq!(lengths.collect::<Vec<_>>(), [1024, 1536, 700, 512]);
    assert_eq!(ended.point()["load"]["schedule"], "closed");
}

#[test]
fn a_line_that_is_no_request_is_refused_by_its_number() {
    let bench = Bench::new();
    let file = bench.file("trace.jsonl");
    std::fs::write(&file, "{\"input_length\": 5}\n{\"timestamp\": 5}\n").unwrap();
    let run = bench.start(&["--input-file", file.to_str().unwrap()]).finish().returned(2);
    run.complained_of(&["trace.jsonl, line 2", "input_length"]);
}
