//! Which layers attend to a sliding window only, by the rules of Hugging Face's configuration classes.

use super::error::GeometryError;
use super::fields::Fields;

const FULL: &str = "full_attention";
const SLIDING: &str = "sliding_attention";

/// For each layer the number of tokens it keeps, or `None` where it keeps all.
///
/// In order of precedence:
/// 1. `use_sliding_window: false`, or a Qwen model without that key: no layer has a window, whatever
///    `sliding_window` and `layer_types` say (`Qwen2Config` sets `sliding_window` to `None`).
/// 2. `layer_types`: one entry per layer, `full_attention` or `sliding_attention`.
/// 3. `sliding_window_pattern: n`, or the fixed pattern of the model type: every n-th layer is full (Gemma 3: 6,
///    Cohere 2: 4, Gemma 2 and gpt-oss: 2).
/// 4. `use_sliding_window: true`: the layers from `max_window_layers` on.
/// 5. Mistral and its relatives: every layer.
///
/// A window that none of these explains is an error: to guess would misstate the size of the cache.
pub(super) fn windows(fields: &Fields<'_>, layers: u64) -> Result<Vec<Option<u64>>, GeometryError> {
    let model_type = fields.text("model_type")?.unwrap_or_default();
    let switched_on = fields.flag("use_sliding_window")?;
    let kinds = layer_types(fields, layers)?;
    let all_full = vec![None; layers as usize];

    if !switched_on.unwrap_or(!model_type.starts_with("qwen")) {
        return Ok(all_full);
    }
    let window_tokens = fields.positive("sliding_window")?;
    if let Some(kinds) = kinds {
        return from_types(fields, &kinds, window_tokens);
    }
    if window_tokens.is_none() {
        return Ok(all_full);
    }
    let windowed = rule(fields, model_type, switched_on)?;
    Ok((0..layers).map(|layer| window_tokens.filter(|_| windowed(layer))).collect())
}

fn layer_types<'a>(
    fields: &Fields<'a>,
    layers: u64,
) -> Result<Option<Vec<&'a str>>, GeometryError> {
    const KEY: &str = "layer_types";
    let Some(kinds) = fields.texts(KEY)? else { return Ok(None) };
    if kinds.len() as u64 != layers {
        let problem = format!("has {} entries for {layers} layers", kinds.len());
        return Err(fields.error(
            KEY,
            problem,
            "write one entry per layer, or correct num_hidden_layers",
        ));
    }
    if let Some(other) = kinds.iter().find(|kind| ![FULL, SLIDING].contains(kind)) {
        let problem = format!(
            "has `{other}`, whose cache is not one block of K and V per `block_tokens` tokens"
        );
        return Err(fields.error(
            KEY,
            problem,
            format!("use a model whose layers are {FULL} or {SLIDING}"),
        ));
    }
    Ok(Some(kinds))
}

fn from_types(
    fields: &Fields<'_>,
    kinds: &[&str],
    window_tokens: Option<u64>,
) -> Result<Vec<Option<u64>>, GeometryError> {
    if window_tokens.is_none() && kinds.contains(&SLIDING) {
        let problem = format!("is missing though layer_types has {SLIDING}");
        return Err(fields.error(
            "sliding_window",
            problem,
            "add the length of the window in tokens",
        ));
    }
    Ok(kinds.iter().map(|&kind| window_tokens.filter(|_| kind == SLIDING)).collect())
}

/// The layers with a window where `layer_types` does not list them.
fn rule(
    fields: &Fields<'_>,
    model_type: &str,
    switched_on: Option<bool>,
) -> Result<Box<dyn Fn(u64) -> bool>, GeometryError> {
    let fixed_pattern = match model_type {
        "gpt_oss" | "gemma2" => Some(2),
        "gemma3" | "gemma3_text" => Some(6),
        "cohere2" => Some(4),
        _ => None,
    };
    if let Some(pattern) = fields.positive("sliding_window_pattern")?.or(fixed_pattern) {
        return Ok(Box::new(move |layer| (layer + 1) % pattern != 0));
    }
    if switched_on == Some(true) {
        let first = fields.natural("max_window_layers")?.ok_or_else(|| {
            fields.error(
                "max_window_layers",
                "is missing though use_sliding_window is true",
                "add it, or layer_types",
            )
        })?;
        return Ok(Box::new(move |layer| layer >= first));
    }
    if ["mistral", "mixtral", "phi3", "starcoder2"].contains(&model_type) {
        return Ok(Box::new(|_| true));
    }
    let problem =
        format!("is set, but nothing says which layers of a `{model_type}` it applies to");
    Err(fields.error(
        "sliding_window",
        problem,
        "add layer_types with one entry per layer, or remove sliding_window",
    ))
}
