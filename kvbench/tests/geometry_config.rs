//! config.json files: what is read from them, and what each faulty one is answered.

use std::path::Path;

use kvbench::workload::{Attention, GeometryError, KvDtype, KvGeometry, Model, Shape};
use serde_json::{Value, json};

/// A plain model of 4 layers, changed by `changes`; a `null` removes a key.
fn config(changes: Value) -> Value {
    let mut config = json!({
        "model_type": "llama", "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 2,
        "hidden_size": 512, "torch_dtype": "bfloat16"
    });
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

fn parse(config: &Value) -> Result<Model, GeometryError> {
    Model::from_config("c.json", &config.to_string(), None)
}

fn model(changes: Value) -> Model {
    parse(&config(changes)).unwrap()
}

fn message(changes: Value) -> String {
    parse(&config(changes)).unwrap_err().to_string()
}

#[test]
fn head_dim_is_explicit_or_follows_from_the_hidden_size() {
    assert_eq!(model(json!({})).attention(), Attention::GroupedQuery { kv_heads: 2, head_dim: 64 });
    let explicit = model(json!({"head_dim": 128}));
    assert_eq!(explicit.attention(), Attention::GroupedQuery { kv_heads: 2, head_dim: 128 });
    assert_eq!(explicit.bytes_per_token(), 4 * 2 * 2 * 128 * 2);
}

#[test]
fn without_kv_heads_every_query_head_has_its_own() {
    let expected = Attention::GroupedQuery { kv_heads: 8, head_dim: 64 };
    assert_eq!(model(json!({"num_key_value_heads": null})).attention(), expected);
}

#[test]
fn a_latent_needs_no_head_dim() {
    let latent = model(
        json!({"kv_lora_rank": 512, "qk_rope_head_dim": 64, "hidden_size": null, "v_head_dim": 128}),
    );
    assert_eq!(latent.attention(), Attention::Latent { kv_lora_rank: 512, qk_rope_head_dim: 64 });
    assert_eq!(latent.bytes_per_token(), 4 * 576 * 2);
}

#[test]
fn the_dtype_is_the_configurations_unless_overridden() {
    assert_eq!(model(json!({})).dtype(), KvDtype::Bf16);
    assert_eq!(model(json!({"torch_dtype": null, "dtype": "float32"})).dtype(), KvDtype::Fp32);
    let text = config(json!({"torch_dtype": null})).to_string();
    let fp8 = Model::from_config("c.json", &text, Some(KvDtype::Fp8)).unwrap();
    assert_eq!(fp8.dtype(), KvDtype::Fp8);
    assert_eq!(fp8.clone().with_dtype(KvDtype::Fp16).bytes_per_token(), 2 * fp8.bytes_per_token());
}

#[test]
fn nested_language_models_are_found() {
    let mut inner = config(json!({"head_dim": 32}));
    inner.as_object_mut().unwrap().remove("torch_dtype");
    let outer = json!({"model_type": "gemma3", "dtype": "bfloat16", "vision_config": {}, "text_config": inner});
    let nested = parse(&outer).unwrap();
    assert_eq!((nested.layers(), nested.dtype()), (4, KvDtype::Bf16));
    assert_eq!(nested.attention(), Attention::GroupedQuery { kv_heads: 2, head_dim: 32 });

    let mut wrong = outer;
    wrong["text_config"]["head_dim"] = json!("32");
    let error = parse(&wrong).unwrap_err().to_string();
    assert!(error.starts_with("c.json: `text_config.head_dim` is the string \"32\""), "{error}");
}

#[test]
fn windows_follow_hugging_face() {
    const W: Option<u64> = Some(100);
    let windows = |changes| model(changes).windows().to_vec();
    let listed =
        json!(["full_attention", "sliding_attention", "sliding_attention", "full_attention"]);

    assert_eq!(windows(json!({})), [None; 4]);
    assert_eq!(windows(json!({"sliding_window": 100, "layer_types": listed})), [None, W, W, None]);
    assert_eq!(windows(json!({"sliding_window": 100, "model_type": "mistral"})), [W; 4]);
    assert_eq!(
        windows(json!({"sliding_window": 100, "model_type": "gpt_oss"})),
        [W, None, W, None]
    );
    assert_eq!(
        windows(json!({"sliding_window": 100, "sliding_window_pattern": 3})),
        [W, W, None, W]
    );

    let qwen = |on: Value, first: Value| {
        windows(
            json!({"model_type": "qwen2", "sliding_window": 100, "use_sliding_window": on, "max_window_layers": first}),
        )
    };
    assert_eq!(qwen(json!(false), json!(0)), [None; 4]);
    assert_eq!(qwen(json!(null), json!(0)), [None; 4]);
    assert_eq!(qwen(json!(true), json!(3)), [None, None, None, W]);
    assert_eq!(qwen(json!(true), json!(0)), [W; 4]);
    assert_eq!(qwen(json!(true), json!(28)), [None; 4]);
}

#[test]
fn gpt_oss_with_its_layers_listed_is_the_preset() {
    let layers: Vec<&str> =
        ["sliding_attention", "full_attention"].into_iter().cycle().take(24).collect();
    let published = json!({
        "model_type": "gpt_oss", "num_hidden_layers": 24, "num_attention_heads": 64, "num_key_value_heads": 8,
        "head_dim": 64, "hidden_size": 2880, "sliding_window": 128, "layer_types": layers,
        "_name_or_path": "openai/gpt-oss-20b"
    });
    let model =
        Model::from_config("config.json", &published.to_string(), Some(KvDtype::Bf16)).unwrap();
    assert_eq!(model, Model::preset("gpt-oss-20b").unwrap());
}

#[test]
fn a_window_keeps_the_blocks_that_its_tokens_touch() {
    let blocks = |isl_tokens| {
        let model = model(json!({"sliding_window": 20, "model_type": "mistral"}));
        let shape = Shape { isl_tokens, block_tokens: 10, ..Shape::default() };
        KvGeometry::new(model, shape).unwrap().decode().blocks_per_rank() / (4 * 2)
    };
    assert_eq!([5, 20, 30, 31, 35, 40].map(blocks), [1, 2, 2, 3, 3, 2]);
}

#[test]
fn every_faulty_configuration_is_named_by_file_key_problem_and_remedy() {
    let cases = [
        (json!({"num_attention_heads": null}), "`num_attention_heads` is missing; add it"),
        (json!({"num_hidden_layers": 0}), "`num_hidden_layers` is 0; write a whole number from 1"),
        (
            json!({"num_hidden_layers": 1_000_000}),
            "`num_hidden_layers` is 1000000, too large; write a number from 1",
        ),
        (
            json!({"num_hidden_layers": "28"}),
            "`num_hidden_layers` is the string \"28\", not a number; write a whole",
        ),
        (
            json!({"num_key_value_heads": -8}),
            "`num_key_value_heads` is -8, negative; write a whole number",
        ),
        (
            json!({"num_key_value_heads": 2.5}),
            "`num_key_value_heads` is 2.5, not a whole number; write",
        ),
        (
            json!({"num_key_value_heads": 3}),
            "`num_key_value_heads` is 3, which does not divide the 8 attention heads",
        ),
        (json!({"head_dim": [64]}), "`head_dim` is [64], not a number; write a whole number"),
        (json!({"head_dim": u64::MAX}), "`head_dim` is 18446744073709551615, too large; write"),
        (
            json!({"hidden_size": 500}),
            "`hidden_size` is 500, not a multiple of the 8 attention heads; add head_dim",
        ),
        (json!({"hidden_size": null}), "`hidden_size` is missing; add it"),
        (
            json!({"v_head_dim": 32}),
            "`v_head_dim` is 32 but head_dim is 64: unequal K and V are not modelled; use",
        ),
        (json!({"kv_lora_rank": 512}), "`qk_rope_head_dim` is missing; add it"),
        (
            json!({"torch_dtype": "int4"}),
            "`torch_dtype` is the unknown type `int4`; state the KV dtype",
        ),
        (json!({"torch_dtype": null}), "`torch_dtype` is missing; add it, or state the KV dtype"),
        (json!({"torch_dtype": 16}), "`torch_dtype` is 16; write a string"),
        (
            json!({"use_sliding_window": "no"}),
            "`use_sliding_window` is \"no\"; write true or false",
        ),
        (
            json!({"sliding_window": 128}),
            "`sliding_window` is set, but nothing says which layers of a `llama`",
        ),
        (json!({"sliding_window": 0, "model_type": "mistral"}), "`sliding_window` is 0; write"),
        (
            json!({"sliding_window": 8, "use_sliding_window": true}),
            "`max_window_layers` is missing though",
        ),
        (
            json!({"layer_types": ["full_attention"]}),
            "`layer_types` has 1 entries for 4 layers; write one entry",
        ),
        (json!({"layer_types": [1, 2, 3, 4]}), "`layer_types` is not a list of strings; write"),
        (
            json!({"layer_types": (["linear_attention"; 4])}),
            "`layer_types` has `linear_attention`, whose cache is not",
        ),
        (
            json!({"layer_types": (["sliding_attention"; 4])}),
            "`sliding_window` is missing though layer_types has",
        ),
        (
            json!({"index_topk": 2048}),
            "`index_topk` adds the key cache of a sparse-attention indexer, which is not",
        ),
    ];
    for (changes, expected) in cases {
        let message = message(changes);
        assert!(message.starts_with(&format!("c.json: {expected}")), "{message}");
        assert!(message.contains("; "), "no remedy in: {message}");
    }
}

#[test]
fn keys_of_features_switched_off_do_not_matter() {
    let off =
        json!({"num_kv_shared_layers": 0, "attention_chunk_size": null, "compress_ratios": []});
    assert_eq!(model(off), model(json!({})));
}

#[test]
fn broken_and_missing_files_are_named() {
    let broken = Model::from_config("broken.json", "{\"a\": ", None).unwrap_err().to_string();
    assert!(broken.starts_with("failed to parse broken.json as JSON: EOF"), "{broken}");
    let list = Model::from_config("list.json", "[]", None).unwrap_err().to_string();
    assert!(list.starts_with("failed to parse list.json as JSON: invalid type"), "{list}");
    let missing =
        Model::from_path(Path::new("/nowhere/config.json"), None).unwrap_err().to_string();
    assert!(missing.starts_with("failed to read /nowhere/config.json: "), "{missing}");
}

#[test]
fn a_folder_stands_for_its_config_json() {
    let folder = std::env::temp_dir().join(format!("kvbench-geometry-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.json"), config(json!({})).to_string()).unwrap();
    let loaded = Model::load(folder.to_str().unwrap(), Some(KvDtype::Fp8));
    std::fs::remove_dir_all(&folder).unwrap();
    let loaded = loaded.unwrap();
    assert_eq!((loaded.layers(), loaded.dtype()), (4, KvDtype::Fp8));
    assert!(loaded.name().ends_with("config.json"));
}

#[test]
fn unknown_names_are_answered_with_near_ones() {
    let near = Model::load("qwen/qwen3-0.5b", None).unwrap_err().to_string();
    assert!(
        near.starts_with("unknown model `qwen/qwen3-0.5b`; did you mean Qwen/Qwen3-0.6B"),
        "{near}"
    );
    let far = Model::load("gpt2", None).unwrap_err().to_string();
    assert!(far.contains("one of Qwen/Qwen2.5-7B, "), "{far}");
    assert_eq!(Model::load("llama-3.1-8b", Some(KvDtype::Fp8)).unwrap().dtype(), KvDtype::Fp8);
}

#[test]
fn shapes_that_make_no_sense_are_refused() {
    let refused = |shape| {
        let model = Model::preset("Qwen3-0.6B").unwrap();
        KvGeometry::new(model, shape).unwrap_err().to_string()
    };
    let valid = Shape::default();
    let cases = [
        (Shape { isl_tokens: 0, ..valid }, "`isl_tokens` is 0; choose a number from 1 to 67108864"),
        (
            Shape { isl_tokens: 1_000_000_000_000, ..valid },
            "`isl_tokens` is 1000000000000, too large; choose",
        ),
        (
            Shape { isl_tokens: u64::MAX, ..valid },
            "`isl_tokens` is 18446744073709551615, too large; choose",
        ),
        (
            Shape { block_tokens: 0, ..valid },
            "`block_tokens` is 0; choose a number from 1 to 1048576",
        ),
        (
            Shape { block_tokens: 1 << 40, ..valid },
            "`block_tokens` is 1099511627776, too large; choose",
        ),
        (Shape { prefill_tp: 0, ..valid }, "`prefill_tp` is 0; choose one of 1, 2, 4, 8, 16"),
        (Shape { decode_tp: 0, ..valid }, "`decode_tp` is 0; choose one of 1, 2, 4, 8, 16"),
        (
            Shape { decode_tp: 3, ..valid },
            "decode TP 3 does not split the 16 attention heads of Qwen/Qwen3-0.6B evenly; choose one of 1, 2, 4, 8, 16",
        ),
    ];
    for (shape, expected) in cases {
        let message = refused(shape);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn sizes_beyond_64_bits_are_errors() {
    let huge = 1 << 24;
    let heads = json!({"num_attention_heads": huge, "num_key_value_heads": huge, "head_dim": huge, "num_hidden_layers": 1 << 16});
    assert!(message(heads).starts_with("bytes per token is more than 2^64"));

    let wide = model(
        json!({"num_attention_heads": 1 << 20, "num_key_value_heads": 1 << 20, "head_dim": 1 << 20}),
    );
    let shape = Shape { isl_tokens: 1 << 26, ..Shape::default() };
    let error = KvGeometry::new(wide, shape).unwrap_err().to_string();
    assert!(error.starts_with("bytes per request is more than 2^64"), "{error}");
}
