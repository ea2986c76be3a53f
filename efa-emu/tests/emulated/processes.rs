//! Two processes on one emulated machine, as a benchmark has them.

use std::path::Path;

use efa_emu::{Emulation, NicCounters};
use nixl::{Agent, Error, Nixl, Op};

use crate::link::Link;
use crate::machine::{Machine, side, transfer};
use crate::pair::{judged, pair};
use crate::side::{load, notifications, pattern, run, until};
use crate::wheels::DEFAULT;

const BYTES: usize = 8 << 20;

fn emulation() -> Emulation {
    Emulation { pace_bits_per_s: Some(4e9), ..Emulation::new(8) }
}

fn initiate(mut link: Link) {
    let _machine = Machine::enter(&emulation());
    let nixl: Nixl = load(DEFAULT);
    let agent: Agent = Agent::builder("initiator").build(&nixl).expect("an agent");
    let side = side(agent, BYTES).expect("there are NICs");
    let peer = side.meet(&mut link);
    let data = pattern(8, BYTES);
    side.fill(&data);
    let mut write = transfer(&side, &peer, Op::Write);
    run(&mut write);
    link.meet();

    // The target lives, and waits.
    let folder = String::from_utf8(link.receive()).expect("a path");
    let pid = u32::from_le_bytes(link.receive().try_into().expect("four bytes"));
    let theirs = NicCounters::read(Path::new(&folder), pid).expect("the target counts");
    assert_eq!(theirs.len(), 8);
    assert!(theirs.values().all(|one| one.remote_writes > 0 && one.write_ops == 0), "{theirs:?}");

    side.fill(&vec![0; BYTES]);
    run(&mut transfer(&side, &peer, Op::Read));
    assert!(side.bytes() == data, "other bytes were read");
    link.meet();
}

fn serve(mut link: Link) {
    let machine = Machine::enter(&emulation());
    let agent = Agent::builder("target").progress_thread(true);
    let agent: Agent = agent.build(&load(DEFAULT)).expect("an agent");
    let side = side(agent, BYTES).expect("there are NICs");
    side.meet(&mut link);
    notifications(&mut side.inbox(), 1);
    assert!(side.bytes() == pattern(8, BYTES), "other bytes were written");
    link.meet();
    link.send(machine.env()["EFA_EMU_COUNTERS"].as_bytes());
    link.send(&std::process::id().to_le_bytes());
    link.meet();
}

#[test]
fn one_writes_and_reads_the_others_memory_and_sees_its_counters() {
    pair("eight NICs", initiate, serve);
}

#[test]
fn a_peer_that_is_killed_fails_what_is_under_way() {
    // The whole transfer takes two seconds, far longer than the kill.
    let emulation = || Emulation { pace_bits_per_s: Some(8e6), ..Emulation::new(4) };
    let initiate = |mut link: Link| {
        let _machine = Machine::enter(&emulation());
        let agent: Agent = Agent::builder("initiator").build(&load(DEFAULT)).expect("an agent");
        let side = side(agent, BYTES).expect("there are NICs");
        let peer = side.meet(&mut link);
        let pid = i32::from_le_bytes(link.receive().try_into().expect("a process id"));
        let mut write = transfer(&side, &peer, Op::Write);
        write.post().expect("the peer is alive");
        // SAFETY: the target is this process's sibling, and its parent has not waited for it yet.
        unsafe { libc::kill(pid, libc::SIGKILL) };
        link.wait_for_end();
        let error = until("the loss to show", || write.poll().err());
        assert!(matches!(&error, Error::Status { status, .. } if status.code() == -2), "{error}");
    };
    let serve = |mut link: Link| {
        let machine = Machine::enter(&emulation());
        let agent = Agent::builder("target").progress_thread(true);
        let side = side(agent.build(&load(DEFAULT)).expect("an agent"), BYTES);
        let side = side.expect("there are NICs");
        side.meet(&mut link);
        // All of its files are open by now, and a process that is killed removes none.
        drop(machine);
        link.send(&std::process::id().to_le_bytes());
        link.wait_for_end();
        unreachable!("the initiator kills this process first");
    };
    judged("killed", initiate, serve, |initiator, target| {
        assert_eq!(target.signal(), Some(libc::SIGKILL), "{}", target.log);
        initiator.succeed();
    });
}
