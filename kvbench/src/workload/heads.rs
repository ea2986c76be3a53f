//! Which KV heads a rank holds, and from which prefill rank a decode rank takes each of its own.

use std::ops::Range;

/// KV heads shared by the ranks of one side.
///
/// With no more ranks than heads, rank r of n holds `heads / n` consecutive heads. With more, each head has `n / heads`
/// replicas on consecutive ranks: rank r holds head `r * heads / n`. That is the rule of vLLM's `QKVParallelLinear`;
/// one number has to divide the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadSplit {
    heads: u64,
    ranks: u64,
}

impl HeadSplit {
    /// `heads` shared by `ranks`, or `None` where neither divides the other or one is 0.
    pub fn new(heads: u64, ranks: u64) -> Option<Self> {
        let splits =
            heads > 0 && ranks > 0 && (heads.is_multiple_of(ranks) || ranks.is_multiple_of(heads));
        splits.then_some(Self { heads, ranks })
    }

    /// Number of ranks.
    pub fn ranks(self) -> u64 {
        self.ranks
    }

    /// Heads that each rank holds, at least one.
    pub fn heads_per_rank(self) -> u64 {
        (self.heads / self.ranks).max(1)
    }

    /// Ranks that hold the same head.
    pub fn replicas(self) -> u64 {
        (self.ranks / self.heads).max(1)
    }

    /// The heads that `rank`, below [`ranks`](Self::ranks), holds, as indices into the model's heads.
    pub fn heads_of(self, rank: u64) -> Range<u64> {
        let first = rank / self.replicas() * self.heads_per_rank();
        first..first + self.heads_per_rank()
    }

    /// The rank that holds `replica` of `head`.
    fn rank_of(self, head: u64, replica: u64) -> u64 {
        head / self.heads_per_rank() * self.replicas() + replica
    }
}

/// Consecutive heads that a decode rank takes from one prefill rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadRun {
    /// The prefill rank.
    pub(super) prefill_rank: u64,
    /// Indices into the model's heads.
    pub(super) heads: Range<u64>,
}

/// Where `decode_rank` takes its heads from, in the order of the heads.
///
/// Where both sides replicate a head, the decode replicas are spread over the prefill replicas as evenly as the numbers
/// allow: replica i of d reads from replica `i * p / d` of p.
pub(super) fn runs(
    prefill: HeadSplit,
    decode: HeadSplit,
    decode_rank: u64,
) -> impl Iterator<Item = HeadRun> {
    let own = decode.heads_of(decode_rank);
    let replica = decode_rank % decode.replicas() * prefill.replicas() / decode.replicas();
    let mut next = own.start;
    std::iter::from_fn(move || {
        let head = (next < own.end).then_some(next)?;
        let prefill_rank = prefill.rank_of(head, replica);
        next = prefill.heads_of(prefill_rank).end.min(own.end);
        Some(HeadRun { prefill_rank, heads: head..next })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(heads: u64, ranks: u64) -> HeadSplit {
        HeadSplit::new(heads, ranks).unwrap()
    }

    fn ranks_read(prefill: HeadSplit, decode: HeadSplit) -> Vec<Vec<u64>> {
        (0..decode.ranks())
            .map(|rank| runs(prefill, decode, rank).map(|run| run.prefill_rank).collect())
            .collect()
    }

    #[test]
    fn heads_follow_the_rule_of_vllm() {
        for (heads, ranks) in [(8, 1), (8, 2), (8, 8), (8, 16), (1, 4), (4, 8)] {
            let split = split(heads, ranks);
            for rank in 0..ranks {
                assert_eq!(split.heads_of(rank).start, rank * heads / ranks);
            }
        }
        assert_eq!(split(8, 2).heads_of(1), 4..8);
        assert_eq!(split(4, 8).heads_of(5), 2..3);
    }

    #[test]
    fn uneven_splits_are_refused() {
        assert_eq!(HeadSplit::new(8, 3), None);
        assert_eq!(HeadSplit::new(8, 12), None);
        assert_eq!(HeadSplit::new(0, 1), None);
        assert_eq!(HeadSplit::new(1, 0), None);
    }

    #[test]
    fn replicas_share_the_reads() {
        assert_eq!(ranks_read(split(1, 8), split(1, 4)), [[0], [2], [4], [6]]);
        assert_eq!(ranks_read(split(1, 2), split(1, 4)), [[0], [0], [1], [1]]);
        assert_eq!(ranks_read(split(2, 4), split(2, 8)), [[0], [0], [1], [1], [2], [2], [3], [3]]);
    }

    #[test]
    fn a_decode_rank_gathers_heads_from_several_prefill_ranks() {
        assert_eq!(ranks_read(split(8, 8), split(8, 2)), [[0, 1, 2, 3], [4, 5, 6, 7]]);
        assert_eq!(ranks_read(split(8, 16), split(8, 4)), [[0, 2], [4, 6], [8, 10], [12, 14]]);
        let uneven: Vec<HeadRun> = runs(split(12, 4), split(12, 3), 0).collect();
        let expected =
            [HeadRun { prefill_rank: 0, heads: 0..3 }, HeadRun { prefill_rank: 1, heads: 3..4 }];
        assert_eq!(uneven, expected);
    }
}
