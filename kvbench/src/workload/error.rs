//! Everything that can be wrong with a model or a shape: where, what, and what to do about it.

use std::fmt;

/// One of the two groups of workers in disaggregated serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The workers that compute the KV cache of a prompt.
    Prefill,
    /// The workers that receive it and generate tokens.
    Decode,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode",
        })
    }
}

/// Why no KV geometry can be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// The configuration file cannot be read.
    #[error(
        "failed to read {file}: {source}; give the path of a Hugging Face config.json, or a preset"
    )]
    Read {
        /// The path as given.
        file: String,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// The configuration file is not JSON.
    #[error(
        "failed to parse {file} as JSON: {source}; give the config.json of a Hugging Face model"
    )]
    Json {
        /// The path as given.
        file: String,
        /// Line, column and reason.
        source: serde_json::Error,
    },

    /// A key of the configuration is missing, malformed or not modelled.
    #[error("{file}: `{key}` {problem}; {remedy}")]
    Config {
        /// The path as given.
        file: String,
        /// The key, dotted where it is nested: `text_config.head_dim`.
        key: String,
        /// What is wrong with its value.
        problem: String,
        /// What to do.
        remedy: String,
    },

    /// The name is neither a preset nor a path.
    #[error("unknown model `{name}`; {}", suggestion(near))]
    UnknownModel {
        /// The name as given.
        name: String,
        /// Presets whose names are near, the nearest first.
        near: Vec<String>,
    },

    /// A value of the shape is outside what it may be.
    #[error("`{option}` {problem}; {remedy}")]
    Shape {
        /// Name of the value, as in [`Shape`](super::Shape).
        option: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },

    /// Tensor parallelism that cannot split the model's heads evenly.
    #[error(
        "{side} TP {tp} does not split the {heads} {kind} heads of {model} evenly; choose one of {}",
        list(allowed)
    )]
    TensorParallel {
        /// The side with this TP.
        side: Side,
        /// Number of ranks asked for.
        tp: u64,
        /// `attention` (query) or `KV`.
        kind: &'static str,
        /// How many of those heads the model has.
        heads: u64,
        /// Name of the model.
        model: String,
        /// The numbers of ranks that do split it.
        allowed: Vec<u64>,
    },

    /// A size that does not fit 64 bits.
    #[error("{what} is more than 2^64; make the prompt, the blocks or the number of ranks smaller")]
    Overflow {
        /// The quantity that was computed.
        what: &'static str,
    },
}

fn suggestion(near: &[String]) -> String {
    if near.is_empty() {
        format!("give the path of its config.json, or one of {}", super::preset_names().join(", "))
    } else {
        format!("did you mean {}? Or give the path of its config.json", near.join(", "))
    }
}

/// `1, 2, 4`.
pub(super) fn list(numbers: &[u64]) -> String {
    let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
    texts.join(", ")
}

/// The product of `factors`, or an error that names `what` was computed.
pub(super) fn product(what: &'static str, factors: &[u64]) -> Result<u64, GeometryError> {
    factors
        .iter()
        .try_fold(1u64, |product, &factor| product.checked_mul(factor))
        .ok_or(GeometryError::Overflow { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_beyond_64_bits_is_an_error() {
        assert_eq!(
            product("bytes", &[1 << 32, (1 << 32) - 1]).unwrap(),
            u64::MAX - u64::from(u32::MAX)
        );
        let error = product("bytes per request", &[1 << 32, 1 << 32]).unwrap_err();
        assert!(error.to_string().starts_with("bytes per request is more than 2^64"));
    }
}
