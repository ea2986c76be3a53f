//! The element type of a KV cache and its size.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Element type of a KV cache.
///
/// A serving engine takes it from the weights (`torch_dtype`, later `dtype`, in config.json) unless told otherwise
/// (`--kv-cache-dtype` in vLLM). The quantisation of weights (`quantization_config`) does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KvDtype {
    /// 8-bit float, e4m3 or e5m2: 1 byte. Scales, where an engine keeps any, are not counted.
    Fp8,
    /// bfloat16: 2 bytes.
    Bf16,
    /// IEEE half: 2 bytes.
    Fp16,
    /// IEEE single: 4 bytes.
    Fp32,
}

impl KvDtype {
    /// Size of one element.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Fp8 => 1,
            Self::Bf16 | Self::Fp16 => 2,
            Self::Fp32 => 4,
        }
    }
}

impl fmt::Display for KvDtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fp8 => "fp8",
            Self::Bf16 => "bf16",
            Self::Fp16 => "fp16",
            Self::Fp32 => "fp32",
        })
    }
}

impl FromStr for KvDtype {
    type Err = String;

    /// Accepts the short names, PyTorch's and vLLM's: `bf16`, `bfloat16`, `torch.bfloat16`, `fp8_e4m3`, ….
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        match name.strip_prefix("torch.").unwrap_or(&name) {
            "fp8" | "fp8_e4m3" | "fp8_e5m2" | "float8_e4m3fn" | "float8_e5m2" => Ok(Self::Fp8),
            "bf16" | "bfloat16" => Ok(Self::Bf16),
            "fp16" | "float16" | "half" => Ok(Self::Fp16),
            "fp32" | "float32" | "float" => Ok(Self::Fp32),
            _ => Err(format!("unknown KV dtype `{text}`; choose fp8, bf16, fp16 or fp32")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pytorch_and_vllm_are_understood() {
        assert_eq!("torch.BFloat16".parse(), Ok(KvDtype::Bf16));
        assert_eq!("float8_e4m3fn".parse(), Ok(KvDtype::Fp8));
        assert_eq!("half".parse(), Ok(KvDtype::Fp16));
        assert_eq!("float32".parse(), Ok(KvDtype::Fp32));
        assert!("int4".parse::<KvDtype>().unwrap_err().contains("int4"));
    }

    #[test]
    fn a_printed_dtype_parses_back() {
        for dtype in [KvDtype::Fp8, KvDtype::Bf16, KvDtype::Fp16, KvDtype::Fp32] {
            assert_eq!(dtype.to_string().parse(), Ok(dtype));
        }
    }
}
