//! Agents with a locking rule, used by several threads at once.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use nixl::Unsynchronized;
use nixl::{Agent, Block, HostBuffer, Nixl, Op, ReadWrite, Strict, ThreadSync, Transfer};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::{Peer, Side, load, notifications, pattern, run};

const THREADS: usize = 4;
const ROUNDS: u64 = 40;
const BLOCK: usize = 4096;
/// Each thread has a block to write and a block to read.
const LEN: usize = 2 * THREADS * BLOCK;

/// A transfer of one block, at the same place on both sides.
fn of_block<S: ThreadSync>(side: &Side<S>, peer: &Peer<S>, op: Op, place: usize) -> Transfer<S> {
    let block = [Block { offset: place * BLOCK, len: BLOCK }];
    let local = side.memory.prepare(block, &side.backend).expect("it is inside");
    let remote = peer.remote.prepare(&peer.region, block, &side.backend).expect("it is inside");
    local.transfer(op, &[0], &remote, &[0]).notify(b"block").build().expect("the sides match")
}

/// Reads one block and writes another, again and again, and looks at what was read.
fn work<S: ThreadSync>(side: &Side<S>, peer: &Peer<S>, thread: usize) {
    let (read_place, write_place) = (2 * thread, 2 * thread + 1);
    let mut read = of_block(side, peer, Op::Read, read_place);
    let mut write = of_block(side, peer, Op::Write, write_place);
    let expected = pattern(read_place as u64, BLOCK);
    for round in 0..ROUNDS {
        side.memory.write(read_place * BLOCK, &[0; BLOCK]).expect("it is inside");
        run(&mut read);
        let mut found = [0; BLOCK];
        side.memory.read(read_place * BLOCK, &mut found).expect("it is inside");
        assert!(found[..] == expected, "thread {thread} read other bytes");
        let data = pattern(1000 * thread as u64 + round, BLOCK);
        side.memory.write(write_place * BLOCK, &data).expect("it is inside");
        run(&mut write);
    }
}

/// Makes and drops handles of an agent while others use it.
fn churn<S: ThreadSync>(side: &Side<S>, peer: &Peer<S>, stop: &AtomicBool) {
    while !stop.load(Relaxed) {
        let buffer = HostBuffer::new(BLOCK).expect("there is memory");
        let memory = side.agent.register(buffer, &[&side.backend]).expect("registers");
        drop(memory.prepare([Block { offset: 0, len: BLOCK }], &side.backend).expect("inside"));
        drop(of_block(side, peer, Op::Read, 0));
        drop(side.agent.metadata().expect("it has a backend"));
    }
}

fn storm<S: ThreadSync>(nixl: &Nixl, backend: &str, agent: Agent<S>)
where
    Side<S>: Sync,
    Peer<S>: Sync,
{
    let side = &Side::of(agent, backend, LEN);
    let target = Side::serving(nixl, "target", backend, LEN);
    for thread in 0..THREADS {
        let data = pattern(2 * thread as u64, BLOCK);
        target.memory.write(2 * thread * BLOCK, &data).expect("it is inside");
    }
    let peer = &side.accept(&target.offer());
    let stop = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let churning = scope.spawn(|| churn(side, peer, stop));
        let working: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || work(side, peer, thread))).collect();
        let worked: Vec<_> = working.into_iter().map(|thread| thread.join()).collect();
        stop.store(true, Relaxed);
        churning.join().expect("handles come and go");
        assert!(worked.iter().all(Result::is_ok));
    });
    // Behind the last notification, the last data of every thread is there.
    notifications(&mut target.inbox(), 2 * THREADS * ROUNDS as usize);
    for thread in 0..THREADS {
        let mut found = [0; BLOCK];
        target.memory.read((2 * thread + 1) * BLOCK, &mut found).expect("it is inside");
        let last = pattern(1000 * thread as u64 + ROUNDS - 1, BLOCK);
        assert!(found[..] == last, "thread {thread} wrote other bytes");
    }
}

#[test]
fn threads_share_an_agent() {
    for version in ["1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            alone(&format!("strict {version} {backend}"), || {
                let nixl = load(version);
                let agent = Agent::builder("initiator").thread_sync::<Strict>().build(&nixl);
                storm(&nixl, backend, agent.expect("an agent"));
            });
            alone(&format!("read-write {version} {backend}"), || {
                let nixl = load(version);
                let agent = Agent::builder("initiator").thread_sync::<ReadWrite>().build(&nixl);
                storm(&nixl, backend, agent.expect("an agent"));
            });
        }
    }
}

#[test]
fn an_unsynchronized_agent_works_on_its_thread() {
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load("1.5.0");
            let agent = Agent::builder("initiator").thread_sync::<Unsynchronized>().build(&nixl);
            let side = Side::of(agent.expect("an agent"), backend, LEN);
            let target = Side::serving(&nixl, "target", backend, LEN);
            target.memory.write(0, &pattern(0, BLOCK)).expect("it is inside");
            let peer = side.accept(&target.offer());
            work(&side, &peer, 0);
        });
    }
}
