//! Every preset at several tensor parallelisms against a table computed independently in Python.

use kvbench::workload::{
    GeometryError, KvCacheReport, KvGeometry, Layout, Model, Shape, preset_names,
};

const TABLE: &str = include_str!("data/geometry_golden.csv");

/// A line of the table: the columns after `error` as numbers, in the order of the header.
struct Golden<'a> {
    model: &'a str,
    shape: Shape,
    error: &'a str,
    numbers: Vec<u64>,
}

fn table() -> Vec<Golden<'static>> {
    TABLE.lines().skip(1).map(golden).collect()
}

fn golden(line: &'static str) -> Golden<'static> {
    let cells: Vec<&str> = line.split(',').collect();
    let [model, tp, isl_tokens, error] = cells[..4] else { panic!("{line}") };
    let (prefill_tp, decode_tp) = tp.split_once(':').unwrap();
    let shape = Shape {
        isl_tokens: isl_tokens.parse().unwrap(),
        prefill_tp: prefill_tp.parse().unwrap(),
        decode_tp: decode_tp.parse().unwrap(),
        ..Shape::default()
    };
    let numbers = cells[4..]
        .iter()
        .filter(|cell| !cell.is_empty())
        .map(|cell| cell.parse().unwrap())
        .collect();
    Golden { model, shape, error, numbers }
}

fn report(model: &str, shape: Shape, layout: Layout) -> KvCacheReport {
    KvCacheReport::new(
        &KvGeometry::new(Model::preset(model).unwrap(), Shape { layout, ..shape }).unwrap(),
    )
}

#[test]
fn presets_agree_with_the_table() {
    let mut compared = 0;
    for Golden { model, shape, numbers, .. } in
        table().into_iter().filter(|line| line.error.is_empty())
    {
        let [separate, together, all] = [Layout::KvSeparate, Layout::KvTogether, Layout::AllLayers]
            .map(|layout| report(model, shape, layout));
        let computed = [
            separate.bytes_per_token,
            separate.prefill_block_bytes,
            separate.block_bytes,
            separate.blocks_per_rank,
            separate.bytes_per_rank,
            separate.bytes_per_request,
            separate.streams,
            separate.descriptors_per_request,
            together.descriptors_per_request,
            all.descriptors_per_request,
        ];
        assert_eq!(computed[..], numbers, "{model} {shape:?}");
        for report in [together, all] {
            assert_eq!(report.bytes_per_request, separate.bytes_per_request);
            assert_eq!(report.blocks_per_request * report.block_bytes, report.bytes_per_request);
        }
        compared += 1;
    }
    assert!(compared > 100, "only {compared} lines compared");
}

#[test]
fn uneven_tensor_parallelism_is_refused_for_the_reason_in_the_table() {
    for Golden { model, shape, error, .. } in
        table().into_iter().filter(|line| !line.error.is_empty())
    {
        match KvGeometry::new(Model::preset(model).unwrap(), shape) {
            Err(GeometryError::TensorParallel { kind, .. }) => {
                assert_eq!(kind, error, "{model} {shape:?}")
            }
            other => panic!("{model} {shape:?}: {other:?}"),
        }
    }
}

#[test]
fn the_table_has_every_preset_at_tp_1_4_and_8() {
    for name in preset_names() {
        for tp in [1, 4, 8] {
            let same = |line: &Golden| {
                line.model == name && [line.shape.prefill_tp, line.shape.decode_tp] == [tp, tp]
            };
            assert!(table().iter().any(same), "{name} TP {tp}");
        }
    }
}

#[test]
fn the_worked_example_of_the_documentation() {
    let report =
        report("Qwen3-0.6B", Shape { isl_tokens: 512, ..Shape::default() }, Layout::KvSeparate);
    assert_eq!(report.blocks_per_request, 1792);
    assert_eq!(report.block_bytes, 32_768);
    assert_eq!(report.bytes_per_request, 58_720_256);
    assert_eq!(report.bytes_per_token, 28 * 2 * 8 * 128 * 2);
}

#[test]
fn an_mla_latent_is_neither_paired_nor_divided() {
    let shape = Shape { isl_tokens: 16, prefill_tp: 8, decode_tp: 8, ..Shape::default() };
    let report = report("DeepSeek-R1", shape, Layout::KvSeparate);
    assert_eq!(report.bytes_per_token, 61 * (512 + 64) * 2);
    assert_eq!(report.block_bytes, 16 * (512 + 64) * 2);
    assert_eq!(report.bytes_per_rank, 16 * report.bytes_per_token);
    assert_eq!(report.bytes_per_request, 8 * report.bytes_per_rank);
}

#[test]
fn a_kv_head_is_replicated_not_divided() {
    let at = |tp| {
        let shape = Shape { prefill_tp: tp, decode_tp: tp, ..Shape::default() };
        report("Qwen3-235B-A22B", shape, Layout::KvSeparate)
    };
    assert_eq!(at(4).block_bytes, 16 * 128 * 2);
    assert_eq!(at(8).block_bytes, at(4).block_bytes);
    assert_eq!(at(8).bytes_per_request, 2 * at(4).bytes_per_request);
}

#[test]
fn the_report_reads_as_json_and_as_a_table() {
    let report = report(
        "openai/gpt-oss-20b",
        Shape { isl_tokens: 512, ..Shape::default() },
        Layout::AllLayers,
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["tp"], serde_json::json!([1, 1]));
    assert_eq!(json["layout"], "all-layers");
    assert_eq!(json["dtype"], "bf16");
    assert_eq!(json["windowed_layers"], 12);
    let table = report.to_string();
    assert!(
        table.contains("layers                   24, of which 12 keep a sliding window\n"),
        "{table}"
    );
    assert!(table.contains("block bytes, decode      16384 (16.0 KiB)\n"), "{table}");
    assert!(table.contains("bytes per descriptor     393216 (384.0 KiB)\n"), "{table}");
}
