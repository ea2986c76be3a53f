//! Handles may go in any order, and whatever still moves keeps what it stands on.

use std::any::Any;

use nixl::{Agent, Block, Error, HostBuffer, Nixl, Op, Progress, Transfer};

use crate::BACKENDS;
use crate::link::Link;
use crate::pair::pair;
use crate::process::alone;
use crate::side::{Peer, Side, blocks, complete, load, notifications, pattern, run, until};
use crate::wheels::DEFAULT;

const LEN: usize = 16 << 10;
const BIG: usize = 32 << 20;

/// A transfer of one block of `len` bytes.
fn transfer(side: &Side, peer: &Peer, op: Op, len: usize) -> nixl::Result<Transfer> {
    let local = side.memory.prepare(blocks(1, len), &side.backend)?;
    let remote = peer.remote.prepare(&peer.region, blocks(1, len), &side.backend)?;
    local.transfer(op, &[0], &remote, &[0]).build()
}

/// Numbers 0 to `len` in an order that depends on `seed`.
fn shuffled(seed: u64, len: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    let random = pattern(seed, len);
    order.sort_by_key(|i| random[*i]);
    order
}

#[test]
fn handles_are_dropped_in_any_order() {
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load(DEFAULT);
            let target = Side::serving(&nixl, "target", backend, LEN);
            for seed in 0..8 {
                let side = Side::new(&nixl, &format!("initiator-{seed}"), backend, LEN);
                let Peer { remote, region } = side.accept(&target.offer());
                let inbox = side.inbox();
                let Side { agent, backend, memory } = side;
                let local = memory.prepare(blocks(1, LEN), &backend).expect("inside");
                let list = remote.prepare(&region, blocks(1, LEN), &backend).expect("inside");
                let made = local.transfer(Op::Read, &[0], &list, &[0]).build();
                let mut transfer = made.expect("the sides match");
                run(&mut transfer);
                let mut transfer = Some(transfer);
                let mut others: Vec<Option<Box<dyn Any>>> = vec![
                    Some(Box::new(agent)),
                    Some(Box::new(backend)),
                    Some(Box::new(memory)),
                    Some(Box::new(remote)),
                    Some(Box::new(inbox)),
                    Some(Box::new(local)),
                    Some(Box::new(list)),
                ];
                for next in shuffled(seed, others.len() + 1) {
                    // The last place is the transfer's: until its turn it works, whatever is gone.
                    match others.get_mut(next) {
                        Some(other) => drop(other.take()),
                        None => drop(transfer.take()),
                    }
                    transfer.iter_mut().for_each(run);
                }
            }
        });
    }
}

/// A target in this process and a transfer to it that stays active for a while.
fn under_way(side: &Side, nixl: &Nixl, backend: &str) -> (Side, Peer, Transfer) {
    // A post to a LIBFABRIC peer that nobody drives would not return; one to a UCX peer that somebody
    // drives would be done at once.
    let target = match backend {
        "LIBFABRIC" => Side::serving(nixl, "target", backend, BIG + LEN),
        _ => Side::new(nixl, "target", backend, BIG + LEN),
    };
    let peer = side.accept(&target.offer());
    let mut active = transfer(side, &peer, Op::Read, BIG).expect("the sides match");
    until("a transfer that is under way", || {
        let posted = active.post().expect("the target is there");
        (posted == Progress::Active).then_some(())
    });
    (target, peer, active)
}

#[test]
fn an_active_transfer_is_not_posted_again_and_leaks_when_it_is_dropped() {
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load(DEFAULT);
            let side = Side::new(&nixl, "initiator", backend, BIG + LEN);
            let (target, peer, mut active) = under_way(&side, &nixl, backend);
            assert!(matches!(active.post(), Err(Error::Active)));
            assert!(active.telemetry().is_err(), "it is not done");
            drop(active);

            // It was the peer's last user but for the handle itself, and still counts as one.
            let in_use = peer.remote.clone().invalidate().expect_err("the leaked transfer");
            assert!(matches!(in_use, Error::RemoteInUse { .. }), "{in_use}");
            // Whatever of it is under way may go on, and is not in the way of the next one.
            let (mut inbox, mut own) = (target.inbox(), side.inbox());
            let behind = [Block { offset: BIG, len: LEN }];
            target.memory.write(BIG, &pattern(3, LEN)).expect("it is inside");
            let (remote, region) = (&peer.remote, &peer.region);
            let next =
                side.memory.transfer(Op::Read, &behind, remote, region, &behind, &side.backend);
            let mut next = next.build().expect("the sides match");
            let mut progress = next.post().expect("the target is there");
            until("a transfer while the target is driven", || {
                inbox.poll(|_| ()).and_then(|_| own.poll(|_| ())).expect("inboxes can be polled");
                if progress == Progress::Active {
                    progress = next.poll().expect("the target is there");
                }
                (progress == Progress::Done).then_some(())
            });
            let mut read = vec![0; LEN];
            side.memory.read(BIG, &mut read).expect("it is inside");
            assert!(read == pattern(3, LEN));
        });
    }
}

/// Bytes of a write that is to meet the loss of its target memory.
const LARGE: usize = 1 << 20;

/// Writes into memory that the target takes away meanwhile.
fn write_on(backend: &str, mut link: Link) {
    let side = Side::new(&load(DEFAULT), "initiator", backend, LARGE);
    let peer = side.meet(&mut link);
    let mut write = transfer(&side, &peer, Op::Write, LARGE).expect("the sides match");
    run(&mut write);
    link.send(b"go");
    // Done or refused, each is fine: the target's memory is its own.
    let outcomes: Vec<_> = (0..64).map_while(|_| complete(&mut write).ok()).collect();
    link.send(format!("{} writes were done", outcomes.len()).as_bytes());
    link.meet();
}

/// Drops a registration that is being written to, and reads other memory that reuses its pages.
fn take_away(backend: &str, mut link: Link) {
    let side = Side::serving(&load(DEFAULT), "target", backend, LARGE);
    side.meet(&mut link);
    assert_eq!(link.receive(), b"go");
    let Side { agent, backend, memory } = side;
    drop(memory);
    let others: Vec<_> = (0..8)
        .map(|_| {
            let buffer = HostBuffer::new(LARGE).expect("there is memory");
            agent.register(buffer, &[&backend]).expect("memory can be registered")
        })
        .collect();
    link.receive();
    for other in &others {
        let mut bytes = vec![1; LARGE];
        other.read(0, &mut bytes).expect("it is inside");
        assert!(bytes.iter().all(|byte| *byte == 0), "the peer wrote where it has no business");
    }
    link.meet();
}

#[test]
fn a_target_outlives_the_memory_that_it_takes_away() {
    for backend in BACKENDS {
        pair(backend, |link| write_on(backend, link), |link| take_away(backend, link));
    }
}

#[test]
fn a_restarted_peer_is_loaded_again_after_it_was_invalidated() {
    for version in ["1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            alone(&format!("{version} {backend}"), || {
                let nixl = load(version);
                let side = Side::new(&nixl, "initiator", backend, LEN);
                for life in 0..3 {
                    let target = Side::serving(&nixl, "target", backend, LEN);
                    let peer = side.accept(&target.offer());
                    target.fill(&pattern(life, LEN));
                    let mut read = transfer(&side, &peer, Op::Read, LEN).expect("they match");
                    run(&mut read);
                    assert!(side.bytes() == pattern(life, LEN));
                    drop(read);
                    peer.remote.invalidate().expect("nothing needs it any more");
                }
            });
        }
    }
}

#[test]
fn a_lost_peer_is_loaded_again_while_old_handles_exist() {
    for version in ["1.3.2", "1.5.0"] {
        alone(version, || {
            let nixl = load(version);
            let side = Side::new(&nixl, "initiator", "UCX", LEN);
            let target = Side::serving(&nixl, "target", "UCX", LEN);
            let old = side.accept(&target.offer());
            let mut read = transfer(&side, &old, Op::Read, LEN).expect("the sides match");
            run(&mut read);
            drop(target);
            until("the loss to show", || complete(&mut read).err());

            let target = Side::serving(&nixl, "target", "UCX", LEN);
            target.fill(&pattern(9, LEN));
            let new = side.accept(&target.offer());
            assert_eq!(new.remote.name(), old.remote.name());
            run(&mut transfer(&side, &new, Op::Read, LEN).expect("the sides match"));
            assert!(side.bytes() == pattern(9, LEN));

            // The old handles stay lost, although the name is known again.
            for error in [read.post().err(), transfer(&side, &old, Op::Read, LEN).err()] {
                let error = error.expect("the peer behind this handle is gone");
                assert!(matches!(error, Error::RemoteLost { .. }), "{error}");
            }
        });
    }
}

#[test]
fn an_agent_lives_as_long_as_anything_of_it() {
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load(DEFAULT);
            let sender = Side::serving(&nixl, "sender", backend, LEN);
            let receiver = Side::serving(&nixl, "receiver", backend, LEN);
            let peer = sender.accept(&receiver.offer());
            let mut inbox = receiver.inbox();
            // Only the inbox is left of the receiver.
            drop(receiver);
            let agent: Agent = sender.agent.clone();
            agent.notify(&peer.remote, b"still there?", &sender.backend).expect("it is");
            let came = notifications(&mut inbox, 1);
            assert_eq!(came, [("sender".to_owned(), b"still there?".to_vec())]);
        });
    }
}
