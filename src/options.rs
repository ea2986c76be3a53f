//! From arguments to a typed job.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use kvbench::error::{Error, Result};
use kvbench::stats::StoppingRule;
use kvbench::variant::{BackendName, Variant};
use kvbench::workload::{BlockTable, KvTraffic, Model, ModelSource, Shape, Traffic, Workload};

use crate::cli::{ModelArgs, RunArgs};

const DEFAULT_MODEL: &str = "Qwen/Qwen3-0.6B";
const DEFAULT_ISL_TOKENS: u64 = 512;

/// A positive length of time: `10s`, `250ms`, `1m30s`, or a number of seconds.
#[derive(Clone, Copy)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let seconds = text.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        let friendly = || text.parse::<jiff::SignedDuration>().ok()?.try_into().ok();
        match seconds.or_else(friendly) {
            Some(span) if span > Duration::ZERO && span < Duration::from_secs(1 << 32) => {
                Ok(Self(span))
            }
            _ => Err(format!("{text:?} is no length of time: give 10s, 250ms, 2m, …")),
        }
    }
}

/// Ranks of the prefill and of the decode side: `4`, or `8:2`.
#[derive(Clone, Copy)]
pub struct TensorParallel(pub u64, pub u64);

impl FromStr for TensorParallel {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (prefill, decode) = text.split_once(':').unwrap_or((text, text));
        match (prefill.parse(), decode.parse()) {
            (Ok(prefill @ 1..), Ok(decode @ 1..)) => Ok(Self(prefill, decode)),
            _ => Err(format!("{text:?}: give a number of ranks such as 4, or PREFILL:DECODE")),
        }
    }
}

/// A positive size: `32KiB`, `1MiB`, `4096`.
pub fn size(text: &str) -> std::result::Result<u64, String> {
    match text.parse::<bytesize::ByteSize>() {
        Ok(size) if size.as_u64() > 0 => Ok(size.as_u64()),
        _ => Err(format!("{text:?} is no size of at least one byte: give 4096, 32KiB, 1MiB, …")),
    }
}

/// A share above 0 and below 1: `2%`, `0.02`.
pub fn share(text: &str) -> std::result::Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let value = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    value
        .filter(|value| *value > 0.0 && *value < 1.0)
        .ok_or_else(|| format!("{text:?} is no share between 0 and 1: give 2%, 0.02, …"))
}

/// `KEY=VALUE`.
pub fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?}: give KEY=VALUE")),
    }
}

/// The variants of a run: each backend with each number of rails.
pub fn variants(arguments: &RunArgs) -> Result<Vec<Variant>> {
    let mut variants = Vec::new();
    for &backend in &arguments.backend {
        for &rails in &arguments.rails {
            let mut env: BTreeMap<_, _> = arguments.env.iter().cloned().collect();
            if let (BackendName::Ucx, Some(tls)) = (backend, &arguments.ucx_tls) {
                env.insert("UCX_TLS".to_owned(), tls.clone());
            }
            let params = arguments.param.iter().cloned().collect();
            let variant = Variant { rails, env, params, ..Variant::new(backend) };
            if !variants.contains(&variant) {
                variants.push(variant);
            }
        }
    }
    if arguments.ucx_tls.is_some() && !arguments.backend.contains(&BackendName::Ucx) {
        return Err(Error::Usage("--ucx-tls is for UCX, which is not among --backend".to_owned()));
    }
    Ok(variants)
}

/// What a run moves.
pub fn workload(arguments: &RunArgs) -> Result<Workload> {
    let traffic = match arguments.block_size {
        Some(block_bytes) => {
            let blocks = arguments.batch.unwrap_or(1);
            if blocks.checked_mul(block_bytes).is_none() {
                let message = format!("{blocks} blocks of {block_bytes} bytes are too many bytes");
                return Err(Error::Usage(message));
            }
            Traffic::Uniform { blocks, block_bytes }
        }
        None => Traffic::Kv(kv_traffic(&arguments.model)?),
    };
    Ok(Workload { op: arguments.op, traffic })
}

/// One prompt's KV cache, as the model options say.
pub fn kv_traffic(arguments: &ModelArgs) -> Result<KvTraffic> {
    let TensorParallel(prefill_tp, decode_tp) = arguments.tp.unwrap_or(TensorParallel(1, 1));
    let default = Shape::default();
    let table = arguments.block_table.unwrap_or(BlockTable::Contiguous);
    Ok(KvTraffic {
        model: model_source(arguments.model.as_deref().unwrap_or(DEFAULT_MODEL))?,
        dtype: arguments.kv_dtype,
        shape: Shape {
            isl_tokens: arguments.isl.unwrap_or(DEFAULT_ISL_TOKENS),
            block_tokens: arguments.block_tokens.unwrap_or(default.block_tokens),
            prefill_tp,
            decode_tp,
            layout: arguments.layout.unwrap_or(default.layout),
        },
        prefill_table: table,
        decode_table: table,
    })
}

/// A file, a folder with a config.json, or a preset.
fn model_source(model: &str) -> Result<ModelSource> {
    let path = Path::new(model);
    let file = if path.is_dir() { path.join("config.json") } else { path.to_owned() };
    if file.is_file() {
        let text = std::fs::read_to_string(&file).map_err(|source| Error::File {
            what: "read",
            path: file.clone(),
            source,
        })?;
        return Ok(ModelSource::Config { file: file.display().to_string(), text });
    }
    if model.ends_with(".json") {
        let source = std::io::ErrorKind::NotFound.into();
        return Err(Error::File { what: "read", path: file, source });
    }
    Model::preset(model).map(|_| ModelSource::Preset(model.to_owned())).map_err(Error::from)
}

/// When a run has measured enough, and whether it measures for the whole time anyway.
pub fn stopping_rule(arguments: &RunArgs) -> (StoppingRule, bool) {
    let max_time = arguments.duration.unwrap_or(arguments.max_time).0;
    let rule = StoppingRule { precision: arguments.precision, max_time, ..StoppingRule::default() };
    (rule, arguments.duration.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, ms) in [("10s", 10_000), ("250ms", 250), ("1m30s", 90_000), ("2", 2_000)] {
            assert_eq!(text.parse::<Span>().ok().unwrap().0.as_millis(), ms, "{text}");
        }
        for text in ["", "0", "-1s", "0s", "x", "1e99", "nan"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_and_shares() {
        assert_eq!(size("32KiB"), Ok(32_768));
        assert_eq!(size("4096"), Ok(4096));
        assert!(size("0").is_err() && size("-1").is_err() && size("big").is_err());
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("0").is_err() && share("100%").is_err() && share("nan").is_err());
    }

    #[test]
    fn tensor_parallel() {
        let parsed = |text: &str| text.parse::<TensorParallel>().ok().map(|tp| (tp.0, tp.1));
        assert_eq!(parsed("4"), Some((4, 4)));
        assert_eq!(parsed("8:2"), Some((8, 2)));
        assert!(parsed("0").is_none() && parsed("4:").is_none() && parsed("a:b").is_none());
    }
}
