//! Admission: first come, first served, as soon as both sides have blocks.

use super::request::{Place, Stage};
use super::{Kind, Order, Scheduler, WorkerId};
use crate::serving::message::{Handover, Move, Stamp};
use crate::serving::pool::Lease;
use crate::workload::Op;

impl Scheduler {
    /// Admits requests from the front of the queue while there are blocks for them.
    pub(super) fn admit(&mut self) {
        while let Some(&id) = self.queue.front() {
            let Some((place, source, target)) = self.find_place(id) else { return };
            self.queue.pop_front();
            self.start(id, place, source, target);
        }
    }

    /// Workers with blocks for a request, the least loaded first, and the blocks.
    fn find_place(&mut self, id: u64) -> Option<(Place, Lease, Lease)> {
        let submission = &self.requests.get(&id)?.submission;
        let prompt = &submission.prompt;
        let reusable = prompt.contents[..prompt.reusable].to_vec();
        let source_blocks = prompt.contents.len();
        let tokens = prompt.tokens.saturating_add(submission.tokens);
        let target_blocks = tokens.div_ceil(self.rules.block_tokens) as usize;
        for decode in self.least_loaded(Kind::Decode, None) {
            let max_batch = self.rules.max_batch as usize;
            let seat = self.seat(decode)?;
            if seat.load >= max_batch {
                continue;
            }
            let Some(target) = seat.lease(&reusable, target_blocks) else { continue };
            for prefill in self.least_loaded(Kind::Prefill, Some(decode)) {
                if let Some(source) = self.seat(prefill)?.lease(&reusable, source_blocks) {
                    return Some((Place { prefill, decode }, source, target));
                }
            }
            self.seat(decode)?.give_back(target);
        }
        None
    }

    fn least_loaded(&self, kind: Kind, peer: Option<WorkerId>) -> Vec<WorkerId> {
        let fits = |peers: &[WorkerId]| match peer {
            Some(peer) => peers.contains(&peer),
            None => !peers.is_empty(),
        };
        let seats = self.seats.iter().filter(|seat| seat.id.kind == kind && fits(&seat.peers));
        let mut loads: Vec<_> = seats.map(|seat| (seat.load, seat.id)).collect();
        loads.sort_unstable();
        loads.into_iter().map(|(_, id)| id).collect()
    }

    /// Tells the workers of a request what to do.
    fn start(&mut self, id: u64, place: Place, source: Lease, target: Lease) {
        let compute = self.rules.compute;
        let block_tokens = self.rules.block_tokens;
        let op = self.rules.op;
        let Some(request) = self.requests.get_mut(&id) else { return };
        let prompt = &request.submission.prompt;
        let stamps = |blocks: &[u32], from: usize| -> Vec<Stamp> {
            let pairs = blocks.iter().zip(&prompt.contents).skip(from);
            pairs.map(|(block, content)| Stamp { block: *block, content: *content }).collect()
        };
        let cached = source.reused as u64 * block_tokens;
        let moved = target.reused..prompt.contents.len();
        let pairs =
            || (source.blocks[moved.clone()].to_vec(), target.blocks[moved.clone()].to_vec());
        let then = match op {
            Op::Write => {
                let (local, remote) = pairs();
                Handover::Move(Move { peer: place.decode, local, remote })
            }
            Op::Read => Handover::Await,
        };
        let prefill = Order::Prefill {
            request: id,
            compute_ns: compute.prefill_ns(prompt.tokens - cached),
            stamps: stamps(&source.blocks, source.reused),
            then,
        };
        let decode = (op == Op::Write).then(|| Order::Decode {
            request: id,
            tokens: request.submission.tokens,
            stamps: stamps(&target.blocks, 0),
            from: Handover::Await,
        });
        request.cached_tokens = cached;
        request.moved_blocks = moved.len() as u64;
        request.reused_blocks = target.reused as u64;
        request.target_blocks = target.blocks.len() as u64;
        (request.stage, request.place) = (Stage::Prefilling, Some(place));
        (request.source, request.target) = (Some(source), Some(target));
        if let Some(decode) = decode {
            self.order(place.decode, decode);
        }
        self.order(place.prefill, prefill);
    }

    /// Tells the decode worker of a computed request to fetch its blocks.
    pub(super) fn fetch(&mut self, id: u64) {
        let Some(request) = self.requests.get(&id) else { return };
        let (Some(place), Some(source), Some(target)) =
            (request.place, &request.source, &request.target)
        else {
            return;
        };
        let prompt = &request.submission.prompt;
        let moved = target.reused..prompt.contents.len();
        let (local, remote) =
            (target.blocks[moved.clone()].to_vec(), source.blocks[moved].to_vec());
        let stamps = target.blocks.iter().zip(&prompt.contents);
        let order = Order::Decode {
            request: id,
            tokens: request.submission.tokens,
            stamps: stamps.map(|(&block, &content)| Stamp { block, content }).collect(),
            from: Handover::Move(Move { peer: place.prefill, local, remote }),
        };
        self.order(place.decode, order);
    }
}
