//! Data that tells where it belongs: every eight bytes are a function of seed, rank and offset.

const WORD: u64 = 8;

/// The bytes that a prefill rank's buffer holds in one verified transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// Differs between transfers, so that old data is not taken for new.
    pub seed: u64,
    /// The prefill rank.
    pub rank: u64,
}

impl Pattern {
    /// Writes the bytes from `offset` on into `out`.
    pub fn fill(self, offset: u64, out: &mut [u8]) {
        let (mut offset, mut out) = (offset, out);
        while !out.is_empty() {
            let skip = (offset % WORD) as usize;
            let word = self.word(offset / WORD).to_le_bytes();
            let len = out.len().min(word.len() - skip);
            let (head, rest) = out.split_at_mut(len);
            head.copy_from_slice(&word[skip..skip + len]);
            (offset, out) = (offset + len as u64, rest);
        }
    }

    /// SplitMix64 (Steele, Lea and Flood 2014) over a stream of its own per seed and rank.
    fn word(self, index: u64) -> u64 {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let stream = mix(self.seed.wrapping_mul(GOLDEN) ^ self.rank.rotate_left(32));
        mix(stream.wrapping_add(index.wrapping_mul(GOLDEN)))
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(pattern: Pattern, offset: u64, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        pattern.fill(offset, &mut out);
        out
    }

    #[test]
    fn any_piece_is_a_piece_of_the_whole() {
        let pattern = Pattern { seed: 3, rank: 1 };
        let whole = bytes(pattern, 0, 256);
        for offset in 0..40 {
            for len in [0, 1, 5, 8, 9, 64] {
                let piece = bytes(pattern, offset as u64, len);
                assert_eq!(piece, whole[offset..offset + len]);
            }
        }
    }

    #[test]
    fn seeds_ranks_and_offsets_differ() {
        let base = bytes(Pattern { seed: 1, rank: 0 }, 0, 64);
        assert_ne!(base, bytes(Pattern { seed: 2, rank: 0 }, 0, 64));
        assert_ne!(base, bytes(Pattern { seed: 1, rank: 1 }, 0, 64));
        assert_ne!(base, bytes(Pattern { seed: 1, rank: 0 }, 64, 64));
    }
}
