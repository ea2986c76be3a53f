//! Two processes on one emulated machine, as a benchmark has them.

use std::path::Path;

use efa_emu::{Emulation, NicCounters};
use nixl::{Agent, Nixl, Op};

use crate::link::Link;
use crate::machine::{Machine, side, transfer};
use crate::pair::pair;
use crate::side::{load, notifications, pattern, run};
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
