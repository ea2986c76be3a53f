//! What is handed over when, and what the user hears of it.

use std::ptr::{null_mut, without_provenance_mut};

use super::*;

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
fn a_peer_that_is_gone_is_given_up() {
    let mut queue = Queue::new(RATE);
    let again = |queue: &mut Queue, now_ns| queue.advance(now_ns, |_, _| AGAIN);
    assert!(queue.accept(0, post(1, 10)) && queue.accept(0, post(2, 10)));
    again(&mut queue, 100);
    again(&mut queue, 100 + PATIENCE_NS - 1);
    assert!(!queue.has_failure());
    again(&mut queue, 100 + PATIENCE_NS);
    let failures = [queue.failure(), queue.failure()].map(|one| one.map(|entry| entry.err));
    assert_eq!(failures, [Some(FI_ETIMEDOUT); 2]);

    // Its time does not count for what comes later.
    assert!(queue.accept(10 * PATIENCE_NS, post(3, 10)));
    again(&mut queue, 11 * PATIENCE_NS);
    assert!(!queue.has_failure());
}

#[test]
fn a_peer_that_is_slow_is_waited_for() {
    let mut queue = Queue::new(RATE);
    assert!(queue.accept(0, post(1, 2 * PIECE)));
    let first = advance(&mut queue, PIECE as u64);
    assert_eq!(first.len(), 1);
    for now_ns in [PATIENCE_NS, 10 * PATIENCE_NS] {
        queue.advance(now_ns, |_, _| AGAIN);
    }
    assert!(!queue.has_failure());
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
