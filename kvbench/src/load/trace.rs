//! Traces of requests, in the format that Mooncake publishes its own in: a JSON object per line with
//! `timestamp` (milliseconds), `input_length` and `output_length` (tokens), and `hash_ids`, each of which
//! stands for a block of the prompt and all before it, so that equal ones are equal beginnings.

use std::path::Path;

use serde::Deserialize;

use super::prompts::{Prompts, Traced};
use crate::error::{Error, Result};

/// A request of a trace.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub(super) struct Row {
    #[serde(default)]
    pub timestamp: f64,
    pub input_length: u64,
    #[serde(default = "one")]
    pub output_length: u64,
    #[serde(default)]
    pub hash_ids: Vec<u64>,
}

fn one() -> u64 {
    1
}

/// How a trace is replayed, by AIPerf's options.
#[derive(Clone, PartialEq, Debug)]
pub struct Replay {
    /// Shift all times so that the first is 0.
    pub auto_offset: bool,
    /// Leave out what came before, in milliseconds of the trace, and begin there.
    pub start_offset_ms: Option<f64>,
    /// Leave out what came after.
    pub end_offset_ms: Option<f64>,
    /// So many times faster than it was recorded.
    pub speedup: f64,
    /// Leave out longer prompts.
    pub max_isl: Option<u64>,
    /// Cut longer answers.
    pub max_osl: Option<u64>,
    /// Tokens that a hash stands for.
    pub hash_tokens: u64,
}

/// The requests of a trace, in the order of time.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    rows: Vec<Row>,
    hash_tokens: u64,
}

impl Trace {
    /// Reads a file, as `replay` says.
    ///
    /// # Errors
    /// It cannot be read; a line is no request; or nothing is left to replay.
    pub fn read(path: &Path, replay: &Replay) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Input { path: path.to_owned(), source })?;
        Self::parse(&text, replay)
            .map_err(|problem| Error::Usage(format!("{}{problem}", path.display())))
    }

    fn parse(text: &str, replay: &Replay) -> std::result::Result<Self, String> {
        let mut rows = Vec::new();
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
            let row: Row = serde_json::from_str(line).map_err(|error| {
                format!(", line {number}: {error}; expected timestamp, input_length, …")
            })?;
            let sound = row.timestamp >= 0.0 && row.input_length > 0;
            if !sound {
                return Err(format!(
                    ", line {number}: a timestamp below 0, or an input_length of 0"
                ));
            }
            rows.push(row);
        }
        rows.sort_by(|one, other| one.timestamp.total_cmp(&other.timestamp));
        let begin = replay.start_offset_ms.unwrap_or(0.0);
        let end = replay.end_offset_ms.unwrap_or(f64::INFINITY);
        rows.retain(|row| (begin..=end).contains(&row.timestamp));
        rows.retain(|row| replay.max_isl.is_none_or(|most| row.input_length <= most));
        let Some(first) = rows.first() else {
            return Err(" has no request to replay".to_owned());
        };
        let begin = if replay.auto_offset { first.timestamp } else { begin };
        for row in &mut rows {
            row.timestamp = (row.timestamp - begin) / replay.speedup;
            let most = replay.max_osl.unwrap_or(u64::MAX);
            row.output_length = row.output_length.clamp(1, most);
        }
        Ok(Self { rows, hash_tokens: replay.hash_tokens })
    }

    /// Its requests.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none, which no trace that was read has.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The most tokens of a prompt and its answer together.
    pub fn longest(&self) -> u64 {
        let tokens = self.rows.iter().map(|row| row.input_length.saturating_add(row.output_length));
        tokens.max().unwrap_or(0)
    }

    /// When its requests arrive, in nanoseconds from the start.
    pub fn arrivals(&self) -> Vec<u64> {
        self.rows.iter().map(|row| (row.timestamp * 1e6).round() as u64).collect()
    }

    /// Its prompts, in blocks of `block_tokens`.
    ///
    /// # Errors
    /// Blocks are no part of what a hash stands for.
    pub fn prompts(&self, block_tokens: u64, seed: u64) -> Result<Prompts> {
        if block_tokens == 0 || !self.hash_tokens.is_multiple_of(block_tokens) {
            return Err(Error::Usage(format!(
                "a hash of the trace stands for {} tokens, which is no multiple of a block's {block_tokens}; \
                 give another --block-tokens or --isl-block-size",
                self.hash_tokens
            )));
        }
        let hash_blocks = self.hash_tokens / block_tokens;
        Ok(Prompts::Traced(Traced::new(self.rows.clone(), block_tokens, hash_blocks, seed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLAY: Replay = Replay {
        auto_offset: false,
        start_offset_ms: None,
        end_offset_ms: None,
        speedup: 1.0,
        max_isl: None,
        max_osl: None,
        hash_tokens: 512,
    };

    const TEXT: &str = r#"{"timestamp": 3000, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}
        {"timestamp": 1000, "input_length": 100, "output_length": 26, "hash_ids": [0, 9], "extra": null}

        {"timestamp": 1500.5, "input_length": 200}"#;

    fn parse(replay: &Replay) -> Trace {
        Trace::parse(TEXT, replay).unwrap()
    }

    #[test]
    fn requests_are_in_the_order_of_time() {
        let trace = parse(&REPLAY);
        assert_eq!(trace.arrivals(), [1_000_000_000, 1_500_500_000, 3_000_000_000]);
        assert_eq!((trace.len(), trace.longest()), (3, 7258));
        assert_eq!(trace.rows[1].output_length, 1, "what is not told is one token");
        let lengths: Vec<u64> =
            trace.prompts(16, 1).unwrap().map(|(prompt, _)| prompt.tokens).collect();
        assert_eq!(lengths, [100, 200, 6758]);
    }

    #[test]
    fn a_part_of_it_can_be_replayed_faster() {
        let auto = Replay { auto_offset: true, speedup: 2.0, ..REPLAY };
        assert_eq!(parse(&auto).arrivals(), [0, 250_250_000, 1_000_000_000]);
        let part = Replay { start_offset_ms: Some(1200.0), end_offset_ms: Some(2000.0), ..REPLAY };
        assert_eq!(parse(&part).arrivals(), [300_500_000]);
        let short = Replay { max_isl: Some(200), max_osl: Some(10), ..REPLAY };
        let short = parse(&short);
        assert_eq!((short.len(), short.rows[0].output_length), (2, 10));
    }

    #[test]
    fn nonsense_is_refused_by_its_line() {
        let refused = |text: &str| Trace::parse(text, &REPLAY).unwrap_err();
        assert!(refused("{\"input_length\": 1}\nnonsense").contains("line 2"));
        assert!(refused("{\"input_length\": 0}").contains("line 1"));
        assert!(refused("{\"timestamp\": 1}").contains("input_length"));
        assert!(refused("").contains("no request"));
        let error = parse(&REPLAY).prompts(48, 1).unwrap_err();
        assert!(error.to_string().contains("--block-tokens"), "{error}");
    }
}
