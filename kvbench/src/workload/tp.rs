//! Which numbers of ranks can share a model's heads.

use super::error::{GeometryError, Side, list};
use super::heads::HeadSplit;
use super::model::Model;

/// Splits the KV heads of `model` among `tp` ranks, or says why no engine would.
pub(super) fn split(model: &Model, tp: u64, side: Side) -> Result<HeadSplit, GeometryError> {
    if tp == 0 {
        let option = match side {
            Side::Prefill => "prefill_tp",
            Side::Decode => "decode_tp",
        };
        return Err(GeometryError::Shape {
            option,
            problem: "is 0".to_owned(),
            remedy: format!("choose one of {}", list(&allowed(model))),
        });
    }
    let uneven = |kind, heads| GeometryError::TensorParallel {
        side,
        tp,
        kind,
        heads,
        model: model.name().to_owned(),
        allowed: allowed(model),
    };
    if !model.attention_heads().is_multiple_of(tp) {
        return Err(uneven("attention", model.attention_heads()));
    }
    let kv_heads = model.attention().heads();
    HeadSplit::new(kv_heads, tp).ok_or_else(|| uneven("KV", kv_heads))
}

/// Every number of ranks that splits the model: it divides the query heads, and divides or is divided by the KV heads.
fn allowed(model: &Model) -> Vec<u64> {
    let heads = model.attention_heads();
    (1..=heads)
        .filter(|&tp| {
            heads.is_multiple_of(tp) && HeadSplit::new(model.attention().heads(), tp).is_some()
        })
        .collect()
}
