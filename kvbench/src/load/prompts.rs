//! The requests of a load, one after the other: what their prompts hold, and how many tokens they ask for.

use super::lengths::Length;
use super::trace::Row;
use crate::serving::Prompt;
use crate::stats::rng::Rng;

/// Where requests come from.
#[derive(Clone, Debug)]
pub enum Prompts {
    /// They are made up.
    Synthetic(Synthetic),
    /// They are those of a trace.
    Traced(Traced),
}

impl Iterator for Prompts {
    /// A prompt, and the tokens of its answer.
    type Item = (Prompt, u64);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Synthetic(synthetic) => Some(synthetic.draw()),
            Self::Traced(traced) => traced.replay(),
        }
    }
}

/// Prompts of random lengths, no block of which is another one's.
#[derive(Clone, Debug)]
pub struct Synthetic {
    isl: Length,
    osl: Length,
    block_tokens: u64,
    lengths: Rng,
    contents: Rng,
}

impl Synthetic {
    /// Prompts of `isl` tokens and answers of `osl`, in blocks of `block_tokens`.
    pub fn new(isl: Length, osl: Length, block_tokens: u64, seed: u64) -> Self {
        let mut seeds = Rng::new(seed);
        let [lengths, contents] = [seeds.next_u64(), seeds.next_u64()].map(Rng::new);
        Self { isl, osl, block_tokens, lengths, contents }
    }

    fn draw(&mut self) -> (Prompt, u64) {
        let (isl, osl) = (self.isl.draw(&mut self.lengths), self.osl.draw(&mut self.lengths));
        let own = self.contents.next_u64();
        (Prompt::of_contents(isl, self.block_tokens, |block| content(own, block)), osl)
    }
}

/// The prompts of a trace, in its order.
#[derive(Clone, Debug)]
pub struct Traced {
    rows: std::vec::IntoIter<Row>,
    block_tokens: u64,
    /// Blocks that a hash of the trace stands for.
    hash_blocks: u64,
    contents: Rng,
}

impl Traced {
    pub(super) fn new(rows: Vec<Row>, block_tokens: u64, hash_blocks: u64, seed: u64) -> Self {
        Self { rows: rows.into_iter(), block_tokens, hash_blocks, contents: Rng::new(seed) }
    }

    fn replay(&mut self) -> Option<(Prompt, u64)> {
        let Row { input_length, output_length, hash_ids, .. } = self.rows.next()?;
        let own = self.contents.next_u64();
        let prompt = Prompt::of_contents(input_length, self.block_tokens, |block| {
            let hash =
                usize::try_from(block / self.hash_blocks).ok().and_then(|at| hash_ids.get(at));
            match hash {
                Some(hash) => content(*hash, block % self.hash_blocks),
                None => content(own, block),
            }
        });
        Some((prompt, output_length))
    }
}

/// What the block at `index` of something holds: the same for equal arguments, and for no others.
fn content(of: u64, index: u64) -> u64 {
    Rng::new(Rng::new(of).next_u64() ^ index).next_u64()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_synthetic_prompts_share_a_block() {
        let isl = Length { mean: 100, stddev: 30.0 };
        let osl = Length { mean: 5, stddev: 0.0 };
        let prompts: Vec<_> =
            Prompts::Synthetic(Synthetic::new(isl, osl, 16, 1)).take(500).collect();
        let blocks: Vec<u64> =
            prompts.iter().flat_map(|(prompt, _)| prompt.contents.clone()).collect();
        assert_eq!(blocks.iter().collect::<HashSet<_>>().len(), blocks.len());
        for (prompt, tokens) in &prompts {
            assert_eq!(prompt.contents.len() as u64, prompt.tokens.div_ceil(16));
            assert_eq!(*tokens, 5);
        }
    }

    #[test]
    fn equal_hashes_of_a_trace_are_equal_blocks() {
        let row = |input_length, hash_ids: &[u64]| Row {
            timestamp: 0.0,
            input_length,
            output_length: 3,
            hash_ids: hash_ids.to_vec(),
        };
        // A hash stands for two blocks of 4 tokens; the third prompt goes beyond its hashes.
        let rows = vec![row(16, &[7, 8]), row(16, &[7, 9]), row(20, &[7])];
        let prompts: Vec<Prompt> =
            Prompts::Traced(Traced::new(rows, 4, 2, 1)).map(|(prompt, _)| prompt).collect();
        let [one, other, beyond] = &prompts[..] else { panic!("{prompts:?}") };
        assert_eq!(one.contents[..2], other.contents[..2]);
        assert!((2..4).all(|block| one.contents[block] != other.contents[block]));
        assert_eq!((beyond.contents.len(), &beyond.contents[..2]), (5, &one.contents[..2]));
        assert_ne!(one.contents[0], one.contents[1]);
    }
}
