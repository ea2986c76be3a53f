//! Which slot of a rank's buffer holds which block of the prompt.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the blocks of a prompt are placed in the slots of a buffer.
///
/// A side's scheduler places a block once, in the same slot on each of its ranks; groups of layers are placed apart.
/// The buffer holds one request and no holes, so placement is a permutation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlockTable {
    /// Block i is in slot i: a fresh cache.
    #[default]
    Contiguous,
    /// Blocks are in random slots, the same for the same seed: a cache that has been in use.
    Scattered {
        /// Any number. Give the two sides different ones.
        seed: u64,
    },
}

impl BlockTable {
    /// The slots of `blocks` blocks of the group with index `group`.
    pub(super) fn slots(self, blocks: u64, group: u64) -> Slots {
        match self {
            Self::Contiguous => Slots::InOrder,
            Self::Scattered { seed } => {
                let mut random = SplitMix64(seed);
                random.0 = random.next().wrapping_add(group);
                Slots::Permuted(random.permutation(blocks))
            }
        }
    }
}

impl fmt::Display for BlockTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contiguous => f.write_str("contiguous"),
            Self::Scattered { seed } => write!(f, "scattered:{seed}"),
        }
    }
}

impl FromStr for BlockTable {
    type Err = String;

    /// `contiguous`, `scattered` (seed 0) or `scattered:SEED`.
    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("unknown block table `{text}`; choose contiguous, scattered or scattered:SEED")
        };
        match text.split_once(':') {
            None if text == "contiguous" => Ok(Self::Contiguous),
            None if text == "scattered" => Ok(Self::Scattered { seed: 0 }),
            Some(("scattered", seed)) => {
                seed.parse().map(|seed| Self::Scattered { seed }).map_err(|_| unknown())
            }
            _ => Err(unknown()),
        }
    }
}

/// A block table filled in.
#[derive(Clone, Debug)]
pub(super) enum Slots {
    InOrder,
    Permuted(Vec<u32>),
}

impl Slots {
    /// The slot of `block`, counted from the first block that the group keeps.
    pub(super) fn of(&self, block: u64) -> u64 {
        match self {
            Self::InOrder => block,
            Self::Permuted(slots) => u64::from(slots[block as usize]),
        }
    }
}

/// The generator of Steele, Lea and Flood ("Fast splittable pseudorandom number generators", 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`: the high half of a 128-bit product, whose bias is below `bound / 2^64`.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Fisher-Yates. `count` is at most [`MAX_ISL_TOKENS`](super::MAX_ISL_TOKENS), so it fits 32 bits.
    fn permutation(&mut self, count: u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_matches_its_reference() {
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn scattered_is_a_permutation_that_depends_on_seed_and_group() {
        let slots = |seed, group| -> Vec<u64> {
            let slots = BlockTable::Scattered { seed }.slots(1000, group);
            (0..1000).map(|block| slots.of(block)).collect()
        };
        let mut sorted = slots(1, 0);
        assert_ne!(sorted, (0..1000).collect::<Vec<u64>>());
        assert_eq!(sorted, slots(1, 0));
        assert_ne!(sorted, slots(1, 1));
        assert_ne!(sorted, slots(2, 0));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<u64>>());
    }

    #[test]
    fn a_printed_table_parses_back() {
        for table in [BlockTable::Contiguous, BlockTable::Scattered { seed: 42 }] {
            assert_eq!(table.to_string().parse(), Ok(table));
        }
        assert_eq!("scattered".parse(), Ok(BlockTable::Scattered { seed: 0 }));
        assert!("scattered:x".parse::<BlockTable>().is_err());
    }
}
