//! Operations that wait for their time on a paced NIC.
//!
//! An operation that is posted takes the next free time of the line. It is handed to the endpoint
//! beneath piece by piece, each when the last byte of the piece would have left; the one context that
//! the endpoint beneath knows is the operation's own record, so that the completions of pieces are
//! told from each other and from those of messages. The user hears of it when all pieces are done.
//!
//! There are [`CAPACITY`] records, as a NIC has so many work requests: who posts more is told to try
//! again. Nothing is allocated after the queue was made, unless an operation fails.

use std::collections::VecDeque;
use std::ffi::c_void;

use super::bindings::*;
use super::pace::{Line, Slot};

#[cfg(test)]
mod tests;

/// Operations that one NIC has at a time, at most.
pub const CAPACITY: usize = 4096;

/// What is handed over at once, in bytes: a millisecond at half a gigabit per second.
const PIECE: usize = 64 << 10;

/// How long a piece may be refused while nothing is under way, in nanoseconds. The endpoint beneath
/// tries for ever to connect to a peer that is gone, and refuses so long.
const PATIENCE_NS: u64 = 10_000_000_000;

/// A WRITE or READ as a user posts it.
#[derive(Clone, Copy)]
pub struct Post {
    pub endpoint: *mut fid_ep,
    pub read: bool,
    pub buffer: iovec,
    pub desc: *mut c_void,
    pub peer: fi_addr_t,
    pub remote: fi_rma_iov,
    pub data: u64,
    pub flags: u64,
    pub context: *mut c_void,
}

/// A part of an operation, and the context for its completion.
#[derive(Clone, Copy)]
pub struct Piece {
    pub offset: usize,
    pub len: usize,
    pub last: bool,
    pub context: *mut c_void,
}

struct Record {
    post: Post,
    slot: Slot,
    /// Bytes handed over.
    handed: usize,
    /// Pieces handed over and not completed.
    flying: u32,
    /// Whether it is still in `waiting`.
    waits: bool,
    /// The first error, positive; 0 when there was none.
    error: i32,
}

/// What a completion from the endpoint beneath means.
#[derive(Debug, PartialEq, Eq)]
pub enum Completed {
    /// It is not of an operation in this queue.
    Other,
    /// An operation is not done yet, or was reported as failed.
    Piece,
    /// The operation with this context is done.
    Operation(*mut c_void),
}

/// The queue of one NIC.
pub struct Queue {
    line: Line,
    /// Never grows beyond its first capacity, so that records stay where they are.
    records: Vec<Record>,
    free: Vec<usize>,
    waiting: VecDeque<usize>,
    failures: VecDeque<fi_cq_err_entry>,
    /// Pieces under way of all operations.
    flying: usize,
    /// Since when the first piece that waits was refused, with nothing under way.
    refused_since_ns: Option<u64>,
}

// SAFETY: the pointers in it are the user's, and handed on as they came.
unsafe impl Send for Queue {}

impl Queue {
    pub fn new(bits_per_s: f64) -> Self {
        Self {
            line: Line::new(bits_per_s),
            records: Vec::with_capacity(CAPACITY),
            free: Vec::with_capacity(CAPACITY),
            waiting: VecDeque::with_capacity(CAPACITY),
            failures: VecDeque::new(),
            flying: 0,
            refused_since_ns: None,
        }
    }

    /// Counts bytes that go out without waiting here.
    pub fn pass(&mut self, now_ns: u64, bytes: usize) {
        self.line.put(now_ns, bytes);
    }

    /// Takes an operation; `false` when the queue is full.
    pub fn accept(&mut self, now_ns: u64, post: Post) -> bool {
        if self.free.is_empty() && self.records.len() == CAPACITY {
            return false;
        }
        if self.waiting.is_empty() {
            self.refused_since_ns = None;
        }
        let slot = self.line.put(now_ns, post.buffer.iov_len);
        let record = Record { post, slot, handed: 0, flying: 0, waits: true, error: 0 };
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(place) = self.records.get_mut(index) {
                    *place = record;
                }
                index
            }
            None => {
                self.records.push(record);
                self.records.len() - 1
            }
        };
        self.waiting.push_back(index);
        true
    }

    /// Hands over every piece whose time has come. `hand` returns 0 or the negative of an error;
    /// after `-FI_EAGAIN` the piece stays, for the next time, unless that goes on for too long.
    pub fn advance(&mut self, now_ns: u64, mut hand: impl FnMut(&Post, Piece) -> isize) {
        while let Some(&index) = self.waiting.front() {
            let Some(record) = self.records.get_mut(index) else { return };
            let len = record.post.buffer.iov_len;
            let piece_len = (len - record.handed).min(PIECE);
            let end = record.handed + piece_len;
            if record.error == 0 {
                if record.slot.due_ns(end) > now_ns as f64 {
                    return;
                }
                let context = (&raw mut *record).cast();
                let last = end == len;
                let piece = Piece { offset: record.handed, len: piece_len, last, context };
                match hand(&record.post, piece) {
                    0 => {
                        record.handed = end;
                        record.flying += 1;
                        self.flying += 1;
                        self.refused_since_ns = None;
                        if !last {
                            continue;
                        }
                    }
                    again if again == -FI_EAGAIN as isize => {
                        if self.flying > 0 {
                            self.refused_since_ns = None;
                            return;
                        }
                        let since_ns = *self.refused_since_ns.get_or_insert(now_ns);
                        if now_ns.saturating_sub(since_ns) < PATIENCE_NS {
                            return;
                        }
                        record.error = FI_ETIMEDOUT;
                    }
                    error => record.error = i32::try_from(-error).unwrap_or(FI_EOTHER),
                }
            }
            record.waits = false;
            self.waiting.pop_front();
            self.settle(index);
        }
    }

    /// Takes note that the endpoint beneath completed something with this context.
    pub fn complete(&mut self, context: *mut c_void) -> Completed {
        self.end(context, 0)
    }

    /// Takes note of an error that the endpoint beneath reported. The user is to hear of it once per
    /// operation, from [`Self::failure`].
    pub fn fail(&mut self, entry: &fi_cq_err_entry) {
        if self.end(entry.op_context, entry.err.max(1)) == Completed::Other {
            self.failures.push_back(*entry);
        }
    }

    /// Whether there is a failure to report.
    pub fn has_failure(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The next failure to report.
    pub fn failure(&mut self) -> Option<fi_cq_err_entry> {
        self.failures.pop_front()
    }

    /// Drops what waits of an endpoint that is closed. Nobody hears of an operation that did not
    /// begin; one that did is canceled when its pieces under way have ended.
    pub fn forget(&mut self, endpoint: *mut fid_ep) {
        let (records, free) = (&mut self.records, &mut self.free);
        self.waiting.retain(|&index| match records.get_mut(index) {
            Some(record) if record.post.endpoint == endpoint => {
                record.waits = false;
                record.error = FI_ECANCELED;
                if record.flying == 0 {
                    free.push(index);
                }
                false
            }
            _ => true,
        });
    }

    fn end(&mut self, context: *mut c_void, error: i32) -> Completed {
        let Some(index) = self.index_of(context) else { return Completed::Other };
        let Some(record) = self.records.get_mut(index) else { return Completed::Other };
        record.flying = record.flying.saturating_sub(1);
        self.flying = self.flying.saturating_sub(1);
        if record.error == 0 {
            record.error = error;
        }
        self.settle(index)
    }

    /// Recycles a record that has nothing under way and waits for nothing.
    fn settle(&mut self, index: usize) -> Completed {
        let Some(record) = self.records.get(index) else { return Completed::Other };
        if record.waits || record.flying > 0 {
            return Completed::Piece;
        }
        self.free.push(index);
        let context = record.post.context;
        if record.error == 0 {
            return Completed::Operation(context);
        }
        let operation = if record.post.read { FI_READ } else { FI_WRITE };
        self.failures.push_back(fi_cq_err_entry {
            op_context: context,
            flags: FI_RMA | operation,
            err: record.error,
            src_addr: FI_ADDR_NOTAVAIL,
            ..fi_cq_err_entry::default()
        });
        Completed::Piece
    }

    fn index_of(&self, context: *mut c_void) -> Option<usize> {
        let offset = context.addr().checked_sub(self.records.as_ptr().addr())?;
        let index = offset / size_of::<Record>();
        (offset % size_of::<Record>() == 0 && index < self.records.len()).then_some(index)
    }
}
