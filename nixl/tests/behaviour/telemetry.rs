//! What NIXL measured of a transfer, which also shows that neighbours merge.

use std::time::Duration;

use nixl::{Agent, Error, Op, Telemetry};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::{Side, blocks, load, run};

const COUNT: usize = 16;
const BLOCK: usize = 4096;

/// Telemetry of one write of all blocks.
fn measured(side: &Side, target: &Side, merge: bool) -> nixl::Result<Telemetry> {
    let peer = side.accept(&target.offer());
    let all: Vec<u32> = (0..COUNT as u32).collect();
    let local = side.memory.prepare(blocks(COUNT, BLOCK), &side.backend)?;
    let remote = peer.remote.prepare(&peer.region, blocks(COUNT, BLOCK), &side.backend)?;
    let transfer = local.transfer(Op::Write, &all, &remote, &all).merge(merge);
    let mut transfer = transfer.build()?;
    run(&mut transfer);
    transfer.telemetry()
}

fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn an_agent_that_keeps_telemetry_tells_what_was_moved() {
    for version in ["1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            alone(&format!("{version} {backend}"), || {
                let nixl = load(version);
                let agent = Agent::builder("initiator").telemetry(true).build(&nixl);
                let side = Side::of(agent.expect("an agent"), backend, COUNT * BLOCK);
                let target = Side::serving(&nixl, "target", backend, COUNT * BLOCK);
                let before = now();
                for (merge, descriptors) in [(true, 1), (false, COUNT as u64)] {
                    let told = measured(&side, &target, merge).expect("the agent keeps it");
                    assert_eq!(told.bytes, (COUNT * BLOCK) as u64);
                    assert_eq!(told.descriptors, descriptors, "merge: {merge}");
                    assert!(told.post <= told.transfer, "{told:?}");
                    // In whole microseconds.
                    assert!(told.start + Duration::from_micros(1) >= before, "{told:?}");
                    assert!(told.start + told.transfer <= now(), "{told:?}");
                }
            });
        }
    }
}

#[test]
fn an_agent_that_keeps_none_says_so() {
    alone("none", || {
        let nixl = load("1.5.0");
        let side = Side::new(&nixl, "initiator", "UCX", COUNT * BLOCK);
        let target = Side::serving(&nixl, "target", "UCX", COUNT * BLOCK);
        let error = measured(&side, &target, true).expect_err("telemetry is off");
        assert_eq!(error.to_string(), "failed to read telemetry on UCX: no telemetry (-5)");
        assert!(matches!(error, Error::Status { status, .. } if status.code() == -5));
    });
}
