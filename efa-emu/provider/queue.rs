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

/// Operations that one NIC has at a time, at most.
pub const CAPACITY: usize = 4096;

/// What is handed over at once, in bytes: a millisecond at half a gigabit per second.
const PIECE: usize = 64 << 10;

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
    /// after `-FI_EAGAIN` the piece stays, for the next time.
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
                        if !last {
                            continue;
                        }
                    }
                    again if again == -FI_EAGAIN as isize => return,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::{null_mut, without_provenance_mut};

    /// One byte per nanosecond.
    const RATE: f64 = 8e9;
    const AGAIN: isize = -FI_EAGAIN as isize;

    fn post(context: usize, len: usize) -> Post {
        Post {
            endpoint: null_mut(),
            read: false,
            buffer: iovec { iov_base: null_mut(), iov_len: len },
            desc: null_mut(),
            peer: 0,
            remote: fi_rma_iov::default(),
            data: 0,
            flags: 0,
            context: without_provenance_mut(context),
        }
    }

    /// Advances, and returns the pieces that were handed over.
    fn advance(queue: &mut Queue, now_ns: u64) -> Vec<Piece> {
        let mut pieces = Vec::new();
        queue.advance(now_ns, |_, piece| {
            pieces.push(piece);
            0
        });
        pieces
    }

    fn done(context: usize) -> Completed {
        Completed::Operation(without_provenance_mut(context))
    }

    #[test]
    fn pieces_go_when_their_last_byte_would_have_left() {
        let mut queue = Queue::new(RATE);
        let len = 2 * PIECE + 10;
        assert!(queue.accept(1000, post(1, len)));
        assert!(advance(&mut queue, 1000 + PIECE as u64 - 1).is_empty());
        let first = advance(&mut queue, 1000 + PIECE as u64);
        assert_eq!(first.iter().map(|p| (p.offset, p.len)).collect::<Vec<_>>(), [(0, PIECE)]);
        let rest = advance(&mut queue, 1000 + len as u64);
        let parts: Vec<_> = rest.iter().map(|p| (p.offset, p.len, p.last)).collect();
        assert_eq!(parts, [(PIECE, PIECE, false), (2 * PIECE, 10, true)]);
        let context = first[0].context;
        assert_eq!(queue.complete(context), Completed::Piece);
        assert_eq!(queue.complete(context), Completed::Piece);
        assert_eq!(queue.complete(context), done(1));
    }

    #[test]
    fn a_refused_piece_leaves_no_trace() {
        let mut queue = Queue::new(RATE);
        assert!(queue.accept(0, post(1, 10)) && queue.accept(0, post(2, 10)));
        let mut asked = 0;
        queue.advance(100, |_, _| {
            asked += 1;
            AGAIN
        });
        assert_eq!(asked, 1);
        let pieces = advance(&mut queue, 100);
        assert_eq!(pieces.len(), 2);
        assert_eq!(queue.complete(pieces[1].context), done(2));
        assert_eq!(queue.complete(pieces[0].context), done(1));
        assert!(!queue.has_failure());
    }

    #[test]
    fn a_full_queue_refuses_until_something_is_done() {
        let mut queue = Queue::new(RATE);
        assert!((0..CAPACITY).all(|i| queue.accept(0, post(i, 1))));
        assert!(!queue.accept(0, post(CAPACITY, 1)));
        let pieces = advance(&mut queue, CAPACITY as u64);
        assert_eq!(pieces.len(), CAPACITY);
        assert!(!queue.accept(0, post(CAPACITY, 1)));
        assert_eq!(queue.complete(pieces[7].context), done(7));
        assert!(queue.accept(0, post(CAPACITY, 1)));
        assert!(!queue.accept(0, post(CAPACITY, 1)));
        assert_eq!(advance(&mut queue, u64::MAX)[0].context, pieces[7].context);
    }

    #[test]
    fn a_failed_operation_is_reported_once_and_stops() {
        let mut queue = Queue::new(RATE);
        assert!(queue.accept(0, post(1, 3 * PIECE)) && queue.accept(0, post(2, 1)));
        let pieces = advance(&mut queue, 2 * PIECE as u64);
        assert_eq!(pieces.len(), 2);
        let context = pieces[0].context;
        let entry = fi_cq_err_entry { op_context: context, err: 104, ..Default::default() };
        queue.fail(&entry);
        queue.fail(&entry);
        assert!(!queue.has_failure());
        // Its third piece never goes; the operation behind it does.
        let pieces = advance(&mut queue, 4 * PIECE as u64);
        assert_eq!(pieces.iter().map(|p| p.len).collect::<Vec<_>>(), [1]);
        let failure = queue.failure().unwrap();
        assert_eq!((failure.op_context.addr(), failure.err), (1, 104));
        assert!(!queue.has_failure());
        assert_eq!(queue.complete(pieces[0].context), done(2));
    }

    #[test]
    fn an_error_at_the_hand_over_is_a_failure_too() {
        let mut queue = Queue::new(RATE);
        assert!(queue.accept(0, post(1, 10)));
        queue.advance(10, |_, _| -107);
        assert_eq!(queue.failure().map(|entry| entry.err), Some(107));
        assert!(advance(&mut queue, 1000).is_empty());
    }

    #[test]
    fn what_is_not_of_the_queue_is_passed_on() {
        let mut queue = Queue::new(RATE);
        assert_eq!(queue.complete(without_provenance_mut(64)), Completed::Other);
        assert!(queue.accept(0, post(1, 10)));
        let inside = advance(&mut queue, 10)[0].context.wrapping_byte_add(1);
        assert_eq!(queue.complete(inside), Completed::Other);
        queue.fail(&fi_cq_err_entry { op_context: inside, err: 5, ..Default::default() });
        assert_eq!(queue.failure().map(|entry| entry.op_context), Some(inside));
    }

    #[test]
    fn a_closed_endpoint_takes_its_operations_along() {
        let mut queue = Queue::new(RATE);
        let other = without_provenance_mut(4096);
        assert!(queue.accept(0, post(1, 10)));
        assert!(queue.accept(0, Post { endpoint: other, ..post(2, 10) }));
        queue.forget(null_mut());
        let pieces = advance(&mut queue, 1000);
        assert_eq!(pieces.len(), 1);
        assert_eq!(queue.complete(pieces[0].context), done(2));

        assert!(queue.accept(1000, post(3, 2 * PIECE)));
        let begun = advance(&mut queue, 1000 + PIECE as u64);
        queue.forget(null_mut());
        assert!(advance(&mut queue, u64::MAX).is_empty() && !queue.has_failure());
        assert_eq!(queue.complete(begun[0].context), Completed::Piece);
        let failure = queue.failure().unwrap();
        assert_eq!((failure.op_context.addr(), failure.err), (3, FI_ECANCELED));
    }

    #[test]
    fn messages_take_their_share() {
        let mut queue = Queue::new(RATE);
        queue.pass(0, 500);
        assert!(queue.accept(0, post(1, 10)));
        assert!(advance(&mut queue, 509).is_empty());
        assert_eq!(advance(&mut queue, 510).len(), 1);
    }
}
