//! Notifications: a fence behind the data, in every number and size, with and without a transfer.

use nixl::Op;

use crate::BACKENDS;
use crate::link::Link;
use crate::pair::pair;
use crate::process::alone;
use crate::side::{Side, blocks, load, notifications, pattern, run, until};
use crate::wheels::DEFAULT;

/// Writes `count` blocks of `len` bytes, one at a time, each with a notification.
fn write_and_notify(backend: &str, (count, len): (usize, usize), mut link: Link) {
    let side = Side::new(&load(DEFAULT), "writer", backend, len);
    let peer = side.meet(&mut link);
    let block = blocks(1, len);
    let local = side.memory.prepare(block.clone(), &side.backend).expect("it is inside");
    let remote = peer.remote.prepare(&peer.region, block, &side.backend).expect("it is inside");
    let transfer = local.transfer(Op::Write, &[0], &remote, &[0]).notify(b"it is there");
    let mut transfer = transfer.build().expect("the sides match");
    for seed in 0..count {
        side.fill(&pattern(seed as u64, len));
        run(&mut transfer);
        link.meet();
    }
}

/// Looks at the memory as soon as each notification is in, and never before.
fn expect_data(backend: &str, (count, len): (usize, usize), mut link: Link) {
    let side = Side::new(&load(DEFAULT), "reader", backend, len);
    side.meet(&mut link);
    let mut inbox = side.inbox();
    let mut late = 0;
    for seed in 0..count {
        notifications(&mut inbox, 1);
        late += usize::from(side.bytes() != pattern(seed as u64, len));
        link.meet();
    }
    assert_eq!(late, 0, "of {count} blocks of {len} bytes came after their notification");
}

#[test]
fn a_notification_comes_behind_the_data() {
    for backend in BACKENDS {
        for load in [(200, 4 << 10), (20, 1 << 20)] {
            pair(
                &format!("{backend} {load:?}"),
                |link| write_and_notify(backend, load, link),
                |link| expect_data(backend, load, link),
            );
        }
    }
}

#[test]
fn each_notification_is_given_out_once_and_unchanged() {
    let messages: Vec<Vec<u8>> =
        vec![b"one".to_vec(), vec![], vec![0; 3], pattern(1, 2000), b"one".to_vec()];
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load(DEFAULT);
            let sender = Side::new(&nixl, "sender", backend, 4096);
            let receiver = Side::serving(&nixl, "receiver", backend, 4096);
            let peer = sender.accept(&receiver.offer());
            for message in &messages {
                let sent = sender.agent.notify(&peer.remote, message, &sender.backend);
                sent.expect("the peer is there");
            }
            let mut inbox = receiver.inbox();
            let mut received = {
                let mut own = sender.inbox();
                // The sender has no progress thread: what it sent leaves while it is polled.
                let mut found = Vec::new();
                until("every message", || {
                    own.poll(|one| panic!("nobody wrote to the sender: {one:?}")).expect("polls");
                    let take = |one: nixl::Notification<'_>| {
                        found.push((one.from.to_owned(), one.message.to_vec()));
                    };
                    inbox.poll(take).expect("polls");
                    (found.len() >= messages.len()).then(|| std::mem::take(&mut found))
                })
            };
            assert!(received.iter().all(|(from, _)| from.as_c_str() == c"sender"));
            let mut expected = messages.clone();
            expected.sort();
            received.sort();
            let received: Vec<_> = received.into_iter().map(|(_, message)| message).collect();
            assert_eq!(received, expected);
            assert_eq!(inbox.poll(|one| panic!("twice: {one:?}")).expect("polls"), 0);
        });
    }
}

#[test]
fn notifications_go_both_ways_between_processes() {
    for backend in BACKENDS {
        let talk = |name: &str, other: &str, mut link: Link| {
            let side = Side::serving(&load(DEFAULT), name, backend, 4096);
            let peer = side.meet(&mut link);
            let mut inbox = side.inbox();
            for round in 0..20_u8 {
                let sent = side.agent.notify(&peer.remote, &[round; 100], &side.backend);
                sent.expect("the peer is there");
                let came = notifications(&mut inbox, 1);
                assert_eq!(came, [(other.to_owned(), vec![round; 100])]);
                link.meet();
            }
        };
        pair(backend, |link| talk("left", "right", link), |link| talk("right", "left", link));
    }
}

#[test]
fn what_a_panic_cut_short_is_given_out_again() {
    alone("panic", || {
        let nixl = load(DEFAULT);
        let sender = Side::serving(&nixl, "sender", "UCX", 4096);
        let receiver = Side::serving(&nixl, "receiver", "UCX", 4096);
        let peer = sender.accept(&receiver.offer());
        sender.agent.notify(&peer.remote, b"boo", &sender.backend).expect("the peer is there");
        let mut inbox = receiver.inbox();
        until("a panic", || {
            let poll = || inbox.poll(|_| panic!("the callback fails"));
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll)).err()
        });
        assert_eq!(notifications(&mut inbox, 1), [("sender".to_owned(), b"boo".to_vec())]);
    });
}

#[test]
fn an_inbox_may_be_polled_inside_another() {
    alone("reentrant", || {
        let nixl = load(DEFAULT);
        let sender = Side::serving(&nixl, "sender", "UCX", 4096);
        let receiver = Side::serving(&nixl, "receiver", "UCX", 4096);
        let peer = sender.accept(&receiver.offer());
        let (mut outer, mut inner) = (receiver.inbox(), receiver.inbox());
        for message in [b"1", b"2"] {
            sender.agent.notify(&peer.remote, message, &sender.backend).expect("it is there");
        }
        let (mut first, mut nested) = (Vec::new(), Vec::new());
        until("both messages", || {
            outer
                .poll(|one| {
                    let again = inner.poll(|other| nested.push(other.message.to_vec()));
                    again.expect("an agent may be used in the callback");
                    first.push(one.message.to_vec());
                })
                .expect("polls");
            (first.len() + nested.len() >= 2).then_some(())
        });
        let mut all = [first, nested].concat();
        all.sort();
        assert_eq!(all, [b"1", b"2"]);
    });
}
