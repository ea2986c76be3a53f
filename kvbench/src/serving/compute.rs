//! How long prefill and decode take: a model, since nothing is computed here.
//!
//! A prefill of n tokens takes `prefill_overhead_ms + n / prefill_tokens_per_s`, one prompt after the
//! other. A decode step gives each sequence of the batch one token and takes
//! `itl_ms + (batch − 1) × itl_per_sequence_ms`.
//!
//! # Where the presets come from
//!
//! The figures are those that the EFA workshop's benchmarking module publishes for NIXL with patches
//! ("Previous Validated Results"), read as runs of its command A: Qwen3-0.6B, 512 tokens in, 128 out,
//! 10 requests at a time.
//!
//! - `vllm`: 487 tokens/s and a TTFT of 2,092 ms. By Little's law a request stays for 10 × 128 / 487 =
//!   2.628 s, of which 536 ms lie behind the first token: 4.22 ms for each of 127 tokens, at a mean of
//!   10 × 536 / 2,628 = 2 sequences.
//! - `trtllm`: a mean latency of 337 ms, which is 2.6 ms for each of 128 tokens; 2.5 ms leaves 15 ms
//!   for prefill and transfer.
//!
//! Prefill cannot be told from the transfer in these figures, so it is estimated: 1.2 GFLOP per token
//! at 0.36 PFLOP/s are 300,000 tokens/s, and a prefill starts no sooner than a decode step ends. The
//! 0.02 ms per sequence are the time that an HBM of 3.35 TB/s takes to read the KV cache of 640 tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The model of compute time.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// Tokens that a prefill worker computes per second; infinite for no time at all.
    #[serde(with = "rate")]
    pub prefill_tokens_per_s: f64,
    /// Milliseconds that a prefill takes beyond that.
    pub prefill_overhead_ms: f64,
    /// Milliseconds of a decode step with one sequence: the inter-token latency.
    pub itl_ms: f64,
    /// Milliseconds that each further sequence adds to a step.
    pub itl_per_sequence_ms: f64,
}

/// JSON has no infinity: `null` stands for it.
mod rate {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(rate: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        rate.is_finite().then_some(*rate).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
    }
}

/// The presets by name; the first is the default.
pub const PRESETS: [(&str, Compute); 3] = [
    ("vllm", Compute { itl_ms: 4.2, prefill_overhead_ms: 4.2, ..ESTIMATED }),
    ("trtllm", Compute { itl_ms: 2.5, prefill_overhead_ms: 2.5, ..ESTIMATED }),
    (
        "instant",
        Compute {
            prefill_tokens_per_s: f64::INFINITY,
            prefill_overhead_ms: 0.0,
            itl_ms: 0.0,
            itl_per_sequence_ms: 0.0,
        },
    ),
];

const ESTIMATED: Compute = Compute {
    prefill_tokens_per_s: 300_000.0,
    prefill_overhead_ms: 0.0,
    itl_ms: 0.0,
    itl_per_sequence_ms: 0.02,
};

impl Compute {
    /// The preset `name`.
    pub fn preset(name: &str) -> Option<Self> {
        PRESETS.iter().find(|(known, _)| *known == name).map(|(_, compute)| *compute)
    }

    /// Nanoseconds to compute `tokens` tokens of a prompt.
    pub fn prefill_ns(&self, tokens: u64) -> u64 {
        to_ns(self.prefill_overhead_ms + 1e3 * tokens as f64 / self.prefill_tokens_per_s)
    }

    /// Nanoseconds of a decode step of `batch` sequences.
    pub fn step_ns(&self, batch: usize) -> u64 {
        to_ns(self.itl_ms + batch.saturating_sub(1) as f64 * self.itl_per_sequence_ms)
    }
}

fn to_ns(ms: f64) -> u64 {
    (ms * 1e6).round() as u64
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefill_tokens_per_s, prefill_overhead_ms, itl_ms, itl_per_sequence_ms } = self;
        write!(
            f,
            "prefill {prefill_overhead_ms} ms + {prefill_tokens_per_s:.0} tokens/s, ITL {itl_ms} ms + \
             {itl_per_sequence_ms} ms per further sequence"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ITL in ms by the published throughput (tokens/s) and TTFT (ms), at 10 requests of 128 tokens.
    fn published_itl_ms(tokens_per_s: f64, ttft_ms: f64) -> f64 {
        let stay_ms = 1e3 * 10.0 * 128.0 / tokens_per_s;
        (stay_ms - ttft_ms) / 127.0
    }

    #[test]
    fn presets_follow_from_the_published_figures() {
        let vllm = Compute::preset("vllm").unwrap();
        let itl_ms = vllm.step_ns(2) as f64 / 1e6;
        assert!((itl_ms - published_itl_ms(487.0, 2092.0)).abs() < 0.01, "{itl_ms}");
        let trtllm = Compute::preset("trtllm").unwrap();
        let computing_ns = trtllm.prefill_ns(512) + 127 * trtllm.step_ns(1);
        let left_ms = 337.0 - computing_ns as f64 / 1e6;
        assert!((10.0..20.0).contains(&left_ms), "{left_ms} ms are left for the transfer");
    }

    #[test]
    fn time_grows_with_tokens_and_batch() {
        let compute = Compute {
            prefill_tokens_per_s: 1000.0,
            prefill_overhead_ms: 5.0,
            itl_ms: 10.0,
            itl_per_sequence_ms: 0.5,
        };
        assert_eq!((compute.prefill_ns(0), compute.prefill_ns(100)), (5_000_000, 105_000_000));
        assert_eq!((compute.step_ns(1), compute.step_ns(11)), (10_000_000, 15_000_000));
        let instant = Compute::preset("instant").unwrap();
        assert_eq!((instant.prefill_ns(1 << 40), instant.step_ns(1000)), (0, 0));
        assert_eq!(Compute::preset("fast"), None);
    }

    #[test]
    fn every_preset_travels_as_json() {
        for (name, compute) in PRESETS {
            let json = serde_json::to_string(&compute).unwrap();
            assert_eq!(serde_json::from_str::<Compute>(&json).unwrap(), compute, "{name}");
        }
    }
}
