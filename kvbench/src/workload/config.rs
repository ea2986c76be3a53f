//! A model's geometry from its Hugging Face `config.json`.

use serde_json::{Map, Value};

use super::dtype::KvDtype;
use super::error::GeometryError;
use super::fields::Fields;
use super::model::{Attention, Model};
use super::windows::windows;

/// Sections in which multimodal models keep the configuration of their language model.
const TEXT_SECTIONS: [&str; 3] = ["text_config", "language_config", "llm_config"];

/// Keys of caches this geometry does not model, with what they would add or change.
const NOT_MODELLED: [(&str, &str); 8] = [
    ("compress_ratios", "compresses the cache by layer"),
    ("index_topk", "adds the key cache of a sparse-attention indexer"),
    ("full_attention_interval", "mixes in linear attention, whose state does not grow with tokens"),
    ("attn_layer_period", "mixes in state-space layers, whose state does not grow with tokens"),
    (
        "hybrid_override_pattern",
        "mixes in state-space layers, whose state does not grow with tokens",
    ),
    ("attention_chunk_size", "attends within chunks"),
    ("num_kv_shared_layers", "shares the cache of one layer among several"),
    ("global_head_dim", "gives full-attention layers a head size of their own"),
];

/// Most layers accepted.
const MAX_LAYERS: u64 = 1 << 16;

/// Reads `text`, the contents of `file`. `dtype` overrides the configuration's own.
pub(super) fn parse(
    file: &str,
    text: &str,
    dtype: Option<KvDtype>,
) -> Result<Model, GeometryError> {
    let object: Map<String, Value> = serde_json::from_str(text)
        .map_err(|source| GeometryError::Json { file: file.to_owned(), source })?;
    let top = Fields::top(file, &object);
    let name = top.text("_name_or_path")?.filter(|name| !name.is_empty()).unwrap_or(file);
    read(name, &top, dtype)
}

/// Reads the model `name` from the top level of its configuration.
pub(super) fn read(
    name: &str,
    top: &Fields<'_>,
    dtype: Option<KvDtype>,
) -> Result<Model, GeometryError> {
    let fields = language_model(top);
    for (key, effect) in NOT_MODELLED {
        if fields.value(key).is_some_and(in_use) {
            let remedy = "use a model whose cache is plain K and V, or an MLA latent";
            return Err(fields.error(key, format!("{effect}, which is not modelled"), remedy));
        }
    }
    let layers = fields.required("num_hidden_layers")?;
    if layers > MAX_LAYERS {
        let remedy = format!("write a number from 1 to {MAX_LAYERS}");
        return Err(fields.error("num_hidden_layers", format!("is {layers}, too large"), remedy));
    }
    let attention_heads = fields.required("num_attention_heads")?;
    let attention = attention(&fields, attention_heads)?;
    let windows = windows(&fields, layers)?;
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => declared_dtype(top, &fields)?,
    };
    Model::new(name, attention_heads, attention, windows, dtype)
}

/// The section that holds the language model, or the top level.
fn language_model<'a>(top: &Fields<'a>) -> Fields<'a> {
    let complete = |fields: &Fields<'_>| fields.value("num_hidden_layers").is_some();
    TEXT_SECTIONS
        .iter()
        .filter_map(|key| top.section(key))
        .find(|section| complete(section) || !complete(top))
        .unwrap_or(*top)
}

/// A key set to zero, `false` or an empty list switches its feature off.
fn in_use(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// MLA where `kv_lora_rank` is set, else grouped-query attention.
fn attention(fields: &Fields<'_>, attention_heads: u64) -> Result<Attention, GeometryError> {
    if let Some(kv_lora_rank) = fields.positive("kv_lora_rank")? {
        return Ok(Attention::Latent {
            kv_lora_rank,
            qk_rope_head_dim: fields.required("qk_rope_head_dim")?,
        });
    }
    let kv_heads = fields.positive("num_key_value_heads")?.unwrap_or(attention_heads);
    if !attention_heads.is_multiple_of(kv_heads) {
        let problem =
            format!("is {kv_heads}, which does not divide the {attention_heads} attention heads");
        return Err(fields.error(
            "num_key_value_heads",
            problem,
            "correct it, or num_attention_heads",
        ));
    }
    let head_dim = match fields.positive("head_dim")? {
        Some(head_dim) => head_dim,
        None => split_hidden(fields, attention_heads)?,
    };
    match fields.positive("v_head_dim")? {
        Some(v_head_dim) if v_head_dim != head_dim => {
            let problem = format!(
                "is {v_head_dim} but head_dim is {head_dim}: unequal K and V are not modelled"
            );
            Err(fields.error("v_head_dim", problem, "use a model whose K and V have one head size"))
        }
        _ => Ok(Attention::GroupedQuery { kv_heads, head_dim }),
    }
}

/// The head size of models that do not state it: `hidden_size / num_attention_heads`.
fn split_hidden(fields: &Fields<'_>, attention_heads: u64) -> Result<u64, GeometryError> {
    let hidden_size = fields.required("hidden_size")?;
    if hidden_size.is_multiple_of(attention_heads) {
        return Ok(hidden_size / attention_heads);
    }
    let problem =
        format!("is {hidden_size}, not a multiple of the {attention_heads} attention heads");
    Err(fields.error("hidden_size", problem, "add head_dim"))
}

/// `dtype`, or `torch_dtype` as it was called before, at the top level or with the language model.
fn declared_dtype(top: &Fields<'_>, fields: &Fields<'_>) -> Result<KvDtype, GeometryError> {
    for place in [top, fields] {
        for key in ["dtype", "torch_dtype"] {
            if let Some(text) = place.text(key)? {
                let remedy = "state the KV dtype: fp8, bf16, fp16 or fp32";
                return text.parse().map_err(|_| {
                    place.error(key, format!("is the unknown type `{text}`"), remedy)
                });
            }
        }
    }
    Err(fields.error(
        "torch_dtype",
        "is missing",
        "add it, or state the KV dtype: fp8, bf16, fp16 or fp32",
    ))
}
