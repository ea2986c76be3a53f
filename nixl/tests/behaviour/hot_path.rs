//! Between post and completion the wrapper allocates nothing. NIXL itself does, with `malloc`, which
//! a counting allocator of Rust does not see: what it counts is the wrapper's.

use allocation_counter::measure;
use nixl::{Block, Op};

use crate::BACKENDS;
use crate::link::Link;
use crate::pair::pair;
use crate::side::{Side, load, notifications, run, until};
use crate::wheels::DEFAULT;

/// Transfers that are counted together.
const ROUNDS: usize = 500;

const BLOCK: Block = Block { offset: 0, len: 4096 };

#[test]
fn posting_polling_and_receiving_allocate_nothing() {
    for backend in BACKENDS {
        pair(backend, |link| post_and_poll(link, backend), |link| receive(link, backend));
    }
}

fn post_and_poll(mut link: Link, backend: &str) {
    let side = Side::new(&load(DEFAULT), "initiator", backend, BLOCK.len);
    let peer = side.meet(&mut link);
    let local = side.memory.prepare([BLOCK], &side.backend).expect("the block is inside");
    let remote = peer.remote.prepare(&peer.region, [BLOCK], &side.backend);
    let remote = remote.expect("the block is inside");
    let transfer = local.transfer(Op::Write, &[0], &remote, &[0]).notify(b"here");
    let mut transfer = transfer.build().expect("the lists match");
    run(&mut transfer);
    link.meet();
    let counted = measure(|| (0..ROUNDS).for_each(|_| run(&mut transfer)));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    // Nobody leaves while the other is not done.
    link.meet();
}

fn receive(mut link: Link, backend: &str) {
    let side = Side::new(&load(DEFAULT), "target", backend, BLOCK.len);
    side.meet(&mut link);
    let mut inbox = side.inbox();
    notifications(&mut inbox, 1);
    link.meet();
    let mut received = 0;
    let counted = measure(|| {
        until("all notifications", || {
            received += inbox.poll(|one| assert_eq!(one.message, b"here")).expect("it polls");
            (received == ROUNDS).then_some(())
        });
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    link.meet();
}

#[test]
fn the_counter_sees_an_allocation() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 7]))).count_total, 1);
}
