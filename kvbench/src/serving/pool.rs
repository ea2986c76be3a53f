//! The KV blocks of one worker: who uses which, and what those hold that nobody uses any more.

use std::collections::{BTreeSet, HashMap};

/// The blocks of a worker. What a block holds stays until the block is needed: the least recently used
/// is taken first.
#[derive(Debug)]
pub struct Pool {
    blocks: Vec<Block>,
    /// Blocks that nobody uses, by when that began.
    free: BTreeSet<(u64, u32)>,
    /// Which block holds what.
    held: HashMap<u64, u32>,
    clock: u64,
}

#[derive(Clone, Default, Debug)]
struct Block {
    users: u32,
    holds: Option<u64>,
    freed: u64,
}

/// Blocks that a request uses until it gives them back.
#[derive(Debug)]
#[must_use = "blocks that are not released are lost"]
pub struct Lease {
    /// The blocks, in the order of the prompt.
    pub blocks: Vec<u32>,
    /// How many of the first ones hold what was asked for already.
    pub reused: usize,
}

impl Pool {
    /// A pool of `blocks` empty blocks.
    pub fn new(blocks: u32) -> Self {
        Self {
            blocks: vec![Block::default(); blocks as usize],
            free: (0..blocks).map(|block| (0, block)).collect(),
            held: HashMap::new(),
            clock: 0,
        }
    }

    /// Takes `count` blocks, those that hold the first of `contents` before others; `None` where too
    /// few are free. Only an unbroken beginning of `contents` is reused.
    pub fn lease(&mut self, contents: &[u64], count: usize) -> Option<Lease> {
        let known = contents.iter().take(count).map_while(|content| self.held.get(content));
        let mut blocks: Vec<u32> = known.copied().collect();
        let reused = blocks.len();
        let idle = |block: &&u32| self.blocks[**block as usize].users == 0;
        let others = self.free.len() - blocks.iter().filter(idle).count();
        if count - reused > others {
            return None;
        }
        for &block in &blocks {
            let state = &mut self.blocks[block as usize];
            self.free.remove(&(state.freed, block));
            state.users += 1;
        }
        while blocks.len() < count {
            // There are enough, as was counted above.
            let (_, block) = self.free.pop_first()?;
            let state = &mut self.blocks[block as usize];
            state.users = 1;
            if let Some(content) = state.holds.take() {
                self.held.remove(&content);
            }
            blocks.push(block);
        }
        Some(Lease { blocks, reused })
    }

    /// From now on `block` holds `content`, for whoever asks for it.
    pub fn holds(&mut self, block: u32, content: u64) {
        let state = &mut self.blocks[block as usize];
        // Of two prompts with equal beginnings at the same time, the first one's blocks stay.
        if state.holds.is_none() && !self.held.contains_key(&content) {
            state.holds = Some(content);
            self.held.insert(content, block);
        }
    }

    /// What `block` holds is not to be used for others.
    pub fn forget(&mut self, block: u32) {
        if let Some(content) = self.blocks[block as usize].holds.take() {
            self.held.remove(&content);
        }
    }

    /// Gives the blocks of a lease back. What they hold stays for others.
    pub fn release(&mut self, lease: Lease) {
        // The beginnings of prompts are the most worth keeping.
        for block in lease.blocks.into_iter().rev() {
            let state = &mut self.blocks[block as usize];
            state.users -= 1;
            if state.users == 0 {
                self.clock += 1;
                // What holds nothing is the first to be taken again.
                state.freed = if state.holds.is_some() { self.clock } else { 0 };
                self.free.insert((state.freed, block));
            }
        }
    }

    /// Blocks that somebody uses.
    pub fn in_use(&self) -> usize {
        self.blocks.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_held_is_reused_until_the_block_is_needed() {
        let mut pool = Pool::new(4);
        let lease = pool.lease(&[1, 2], 3).unwrap();
        assert_eq!((lease.reused, pool.in_use()), (0, 3));
        pool.holds(lease.blocks[0], 1);
        pool.holds(lease.blocks[1], 2);
        let first = lease.blocks.clone();
        pool.release(lease);
        let again = pool.lease(&[1, 2, 3], 3).unwrap();
        assert_eq!((again.reused, &again.blocks[..2]), (2, &first[..2]));
        pool.release(again);
        let all = pool.lease(&[], 4).unwrap();
        pool.release(all);
        let lease = pool.lease(&[1, 2], 2).unwrap();
        assert_eq!(lease.reused, 0, "the blocks were needed for something else");
        pool.release(lease);
        assert_eq!(pool.in_use(), 0);
    }

    #[test]
    fn too_many_are_refused_and_nothing_is_taken() {
        let mut pool = Pool::new(2);
        assert!(pool.lease(&[], 3).is_none());
        let lease = pool.lease(&[], 1).unwrap();
        pool.holds(lease.blocks[0], 9);
        assert!(pool.lease(&[9], 3).is_none());
        let shared = pool.lease(&[9], 2).unwrap();
        assert_eq!(pool.in_use(), 2, "one of them is shared");
        pool.release(lease);
        assert_eq!(pool.in_use(), 2);
        pool.release(shared);
        assert_eq!(pool.in_use(), 0);
    }

    proptest! {
        /// Requests of random prompts come and go: no block is lost, none has two unrelated users, and
        /// a block that is reused holds what it should.
        #[test]
        fn blocks_are_neither_lost_nor_shared_by_mistake(
            steps in prop::collection::vec((0_u64..4, 1_usize..6, 0_usize..8), 1..200)
        ) {
            let mut pool = Pool::new(16);
            let mut written: HashMap<u32, u64> = HashMap::new();
            let mut leases: Vec<(Vec<u64>, Lease)> = Vec::new();
            for (prompt, count, end) in steps {
                let contents: Vec<u64> = (0..count as u64).map(|i| prompt << 8 | i).collect();
                match pool.lease(&contents, count) {
                    None => prop_assert!(pool.in_use() + count > 16),
                    Some(lease) => {
                        for (index, block) in lease.blocks.iter().enumerate() {
                            if index < lease.reused {
                                prop_assert_eq!(written[block], contents[index]);
                                continue;
                            }
                            let taken = |(_, other): &(_, Lease)| other.blocks.contains(block);
                            prop_assert!(!leases.iter().any(taken));
                            written.insert(*block, contents[index]);
                            pool.holds(*block, contents[index]);
                        }
                        leases.push((contents, lease));
                    }
                }
                if end < leases.len() {
                    pool.release(leases.swap_remove(end).1);
                }
                let mut used: Vec<u32> =
                    leases.iter().flat_map(|(_, lease)| lease.blocks.clone()).collect();
                used.sort_unstable();
                used.dedup();
                prop_assert_eq!(pool.in_use(), used.len());
            }
            leases.into_iter().for_each(|(_, lease)| pool.release(lease));
            prop_assert_eq!(pool.in_use(), 0);
        }
    }
}
