//! A prompt as blocks of tokens: how many, and which of them are those of another prompt.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Bytes of text that count as a token where there is no tokenizer.
const ESTIMATED_TOKEN_BYTES: usize = 4;

/// A prompt's tokens, and what its blocks hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prompt {
    /// Tokens.
    pub tokens: u64,
    /// What each block holds: a hash of its tokens and of all before them. The last block may be
    /// filled in part.
    pub contents: Vec<u64>,
    /// Blocks that are full, so that longer prompts may take them over.
    pub full: usize,
    /// Blocks that may be taken over from an earlier prompt: full ones, and never the last, since the
    /// last token is always computed.
    pub reusable: usize,
}

impl Prompt {
    /// A prompt of these token ids, in blocks of `block_tokens`.
    pub fn of_ids(ids: &[u32], block_tokens: u64) -> Self {
        Self::of(ids, block_tokens)
    }

    /// A prompt whose tokens are estimated: one for every 4 bytes, and for what is left.
    pub fn estimated(text: &str, block_tokens: u64) -> Self {
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(ESTIMATED_TOKEN_BYTES).collect();
        Self::of(&pieces, block_tokens)
    }

    /// A prompt of `tokens` tokens whose blocks hold what `content` says of each index.
    pub fn of_contents(tokens: u64, block_tokens: u64, content: impl FnMut(u64) -> u64) -> Self {
        let block_tokens = block_tokens.max(1);
        Self {
            tokens,
            contents: (0..tokens.div_ceil(block_tokens)).map(content).collect(),
            full: (tokens / block_tokens) as usize,
            reusable: (tokens.saturating_sub(1) / block_tokens) as usize,
        }
    }

    fn of<T: Hash>(tokens: &[T], block_tokens: u64) -> Self {
        let block_tokens = usize::try_from(block_tokens).unwrap_or(usize::MAX).max(1);
        let mut before = 0_u64;
        let content = |block: &[T]| {
            let mut hasher = DefaultHasher::new();
            (before, block).hash(&mut hasher);
            before = hasher.finish();
            before
        };
        let contents = tokens.chunks(block_tokens).map(content).collect();
        let (full, reusable) =
            (tokens.len() / block_tokens, tokens.len().saturating_sub(1) / block_tokens);
        Self { tokens: tokens.len() as u64, contents, full, reusable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_beginnings_are_equal_blocks() {
        let long: Vec<u32> = (0..100).collect();
        let (one, mut other) = (Prompt::of_ids(&long, 16), long.clone());
        other[40] = 7;
        let other = Prompt::of_ids(&other, 16);
        assert_eq!((one.tokens, one.contents.len()), (100, 7));
        assert_eq!(one.contents[..2], other.contents[..2]);
        assert!((2..7).all(|block| one.contents[block] != other.contents[block]));
    }

    #[test]
    fn the_last_token_is_always_computed() {
        let reusable = |tokens: u32| Prompt::of_ids(&(0..tokens).collect::<Vec<_>>(), 16).reusable;
        assert_eq!([1, 16, 17, 32, 33].map(reusable), [0, 0, 1, 1, 2]);
    }

    #[test]
    fn a_prompt_of_contents_has_the_blocks_of_its_tokens() {
        for tokens in [1, 15, 16, 17, 64] {
            let ids = Prompt::of_ids(&(0..tokens).collect::<Vec<_>>(), 16);
            let told = ids.contents.clone();
            let content = |block: u64| told[block as usize];
            assert_eq!(Prompt::of_contents(tokens.into(), 16, content), ids);
        }
    }

    #[test]
    fn estimates_count_four_bytes_as_a_token() {
        assert_eq!(Prompt::estimated("", 16).tokens, 0);
        assert_eq!(Prompt::estimated("Hello", 16).tokens, 2);
        assert_eq!(Prompt::estimated(&"é".repeat(32), 16).contents.len(), 1);
    }
}
