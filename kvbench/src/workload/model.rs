//! What of a model decides the size of its KV cache.

use std::path::Path;

use super::dtype::KvDtype;
use super::error::{GeometryError, product};
use super::{config, presets};

/// What a layer caches per token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Grouped-query attention: K and V, each `kv_heads × head_dim` elements per token and layer.
    ///
    /// Multi-head (`kv_heads` = attention heads) and multi-query (1) attention are its two ends.
    GroupedQuery {
        /// `num_key_value_heads`.
        kv_heads: u64,
        /// `head_dim`, or `hidden_size / num_attention_heads` where the model does not state it.
        head_dim: u64,
    },
    /// Multi-head latent attention: one vector of `kv_lora_rank + qk_rope_head_dim` elements per token and layer.
    ///
    /// The latent stands for K and V of all heads (DeepSeek-V2, section 2.1: the compressed `c_KV` and the decoupled
    /// `k_R`). So there is no K/V pair, and tensor parallelism cannot divide it: every rank keeps it whole.
    Latent {
        /// `kv_lora_rank`: elements of the compressed K and V.
        kv_lora_rank: u64,
        /// `qk_rope_head_dim`: elements of the key that carries the position.
        qk_rope_head_dim: u64,
    },
}

impl Attention {
    /// Tensors per token and layer: 2 (K and V), or 1 for a latent.
    pub const fn tensors(self) -> u64 {
        match self {
            Self::GroupedQuery { .. } => 2,
            Self::Latent { .. } => 1,
        }
    }

    /// Heads that tensor parallelism splits. A latent counts as one head, which every rank replicates.
    pub const fn heads(self) -> u64 {
        match self {
            Self::GroupedQuery { kv_heads, .. } => kv_heads,
            Self::Latent { .. } => 1,
        }
    }

    /// Elements of one head of one tensor per token.
    pub const fn head_elements(self) -> u64 {
        match self {
            Self::GroupedQuery { head_dim, .. } => head_dim,
            Self::Latent { kv_lora_rank, qk_rope_head_dim } => kv_lora_rank + qk_rope_head_dim,
        }
    }
}

/// The KV geometry of a model: layers, what each caches, and how long it keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    name: String,
    attention_heads: u64,
    attention: Attention,
    /// Per layer: tokens kept, or `None` for all.
    windows: Vec<Option<u64>>,
    dtype: KvDtype,
}

/// Whether `model` is the configuration, or the folder of one, at `path`.
fn is_local(model: &str, path: &Path) -> bool {
    if path.is_dir() {
        return path.join("config.json").exists() || presets::find(model).is_err();
    }
    path.exists() || model.ends_with(".json")
}

impl Model {
    /// A model whose sizes fit 64 bits at any dtype.
    pub(super) fn new(
        name: &str,
        attention_heads: u64,
        attention: Attention,
        windows: Vec<Option<u64>>,
        dtype: KvDtype,
    ) -> Result<Self, GeometryError> {
        let layers = windows.len() as u64;
        let widest = KvDtype::Fp32.bytes();
        let factors =
            [layers, attention.tensors(), attention.heads(), attention.head_elements(), widest];
        product("bytes per token", &factors)?;
        Ok(Self { name: name.to_owned(), attention_heads, attention, windows, dtype })
    }

    /// The preset `name`, with or without its organisation, in any case.
    pub fn preset(name: &str) -> Result<Self, GeometryError> {
        presets::find(name)
    }

    /// The model of a Hugging Face config.json, whose contents are `text`; `file` is for messages.
    ///
    /// `dtype` overrides the configuration's `torch_dtype` and is needed where that is missing.
    pub fn from_config(
        file: &str,
        text: &str,
        dtype: Option<KvDtype>,
    ) -> Result<Self, GeometryError> {
        config::parse(file, text, dtype)
    }

    /// The model of a config.json, or of a folder that holds one.
    pub fn from_path(path: &Path, dtype: Option<KvDtype>) -> Result<Self, GeometryError> {
        let path = if path.is_dir() { path.join("config.json") } else { path.to_owned() };
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => config::parse(&file, &text, dtype),
            Err(source) => Err(GeometryError::Read { file, source }),
        }
    }

    /// What `--model` names: a path that exists or ends in `.json`, else a preset. As in Hugging Face's
    /// `from_pretrained`, a local folder wins over a name, unless it holds a preset's tokenizer only.
    pub fn load(model: &str, dtype: Option<KvDtype>) -> Result<Self, GeometryError> {
        let path = Path::new(model);
        if is_local(model, path) {
            return Self::from_path(path, dtype);
        }
        let preset = Self::preset(model)?;
        Ok(match dtype {
            Some(dtype) => preset.with_dtype(dtype),
            None => preset,
        })
    }

    /// The same model with a KV cache of another element type.
    #[must_use]
    pub fn with_dtype(self, dtype: KvDtype) -> Self {
        Self { dtype, ..self }
    }

    /// Its name, for records: `organisation/model`, or the path of its configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `num_hidden_layers`. Layers for multi-token prediction (`num_nextn_predict_layers`) are not among them.
    pub fn layers(&self) -> u64 {
        self.windows.len() as u64
    }

    /// What each layer caches per token.
    pub fn attention(&self) -> Attention {
        self.attention
    }

    /// `num_attention_heads`: the query heads, which the number of ranks has to divide.
    pub fn attention_heads(&self) -> u64 {
        self.attention_heads
    }

    /// Per layer the number of tokens it keeps, or `None` where it keeps all.
    pub fn windows(&self) -> &[Option<u64>] {
        &self.windows
    }

    /// Element type of the cache.
    pub fn dtype(&self) -> KvDtype {
        self.dtype
    }

    /// Bytes of one head of one tensor (K, V or latent) per token.
    pub fn head_bytes(&self) -> u64 {
        self.attention.head_elements() * self.dtype.bytes()
    }

    /// Bytes one token adds to the cache: all layers, K and V, one copy of each head.
    pub fn bytes_per_token(&self) -> u64 {
        self.layers() * self.attention.tensors() * self.attention.heads() * self.head_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_tokenizer_only_is_no_model() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_local("Qwen/Qwen3-0.6B", folder.path()));
        assert!(is_local("someone/else", folder.path()), "so that the missing file is named");
        std::fs::write(folder.path().join("config.json"), "{}").unwrap();
        assert!(is_local("Qwen/Qwen3-0.6B", folder.path()));
    }
}
