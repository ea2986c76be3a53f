//! A worker as the scheduler sees it.

use crate::serving::message::WorkerId;
use crate::serving::pool::{Lease, Pool};

/// A worker that is there: its blocks, its load, and the peers that it can move blocks to or from.
pub(super) struct Seat {
    pub id: WorkerId,
    pub pool: Pool,
    /// Leases of its blocks.
    pub load: usize,
    pub peers: Vec<WorkerId>,
}

impl Seat {
    pub fn new(id: WorkerId, blocks: u32) -> Self {
        Self { id, pool: Pool::new(blocks), load: 0, peers: Vec::new() }
    }

    /// Blocks for a request, if there are enough.
    pub fn lease(&mut self, contents: &[u64], count: usize) -> Option<Lease> {
        let lease = self.pool.lease(contents, count)?;
        self.load += 1;
        Some(lease)
    }

    pub fn give_back(&mut self, lease: Lease) {
        self.load -= 1;
        self.pool.release(lease);
    }

    /// 1 if it can be given requests.
    pub fn ready(&self) -> usize {
        usize::from(!self.peers.is_empty())
    }
}
