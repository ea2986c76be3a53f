//! The peer is killed, idle or in the middle of a transfer.
//!
//! UCX answers with an error. LIBFABRIC may not answer at all, so there an alarm ends the initiator:
//! the watchdog that a program needs as well.

use nixl::{Block, Error, Op, Progress, Transfer};

use crate::link::Link;
use crate::pair::judged;
use crate::process::Ended;
use crate::side::{Peer, Side, blocks, complete, load, run, until};

const COUNT: usize = 64;
const BLOCK: usize = 1 << 20;

/// Said when the error came, and everything after it has to work.
const FAILED: &str = "the transfer failed as it should";

#[derive(Clone, Copy, Debug)]
enum Moment {
    Idle,
    InFlight,
}

struct Initiator {
    side: Side,
    peer: Peer,
    backend: &'static str,
}

impl Initiator {
    fn transfer(&self, op: Op) -> nixl::Result<Transfer> {
        let all: Vec<u32> = (0..COUNT as u32).collect();
        let local = self.side.memory.prepare(blocks(COUNT, BLOCK), &self.side.backend)?;
        let (remote, region) = (&self.peer.remote, &self.peer.region);
        let remote = remote.prepare(region, blocks(COUNT, BLOCK), &self.side.backend)?;
        local.transfer(op, &all, &remote, &all).merge(false).build()
    }

    /// Posts until the loss shows.
    fn lose(&self, transfer: &mut Transfer) {
        let error = until("the loss to show", || complete(transfer).err());
        let Error::Status { operation, backend, status } = error else { panic!("{error}") };
        assert!(["post a transfer", "poll a transfer"].contains(&operation), "{operation}");
        assert_eq!(backend.as_deref(), Some(self.backend));
        assert!([-2, -6].contains(&status.code()), "{status}");
    }

    /// Nothing goes to a lost peer any more: each of these would hang inside of LIBFABRIC.
    fn refuse(&self, failed: &mut Transfer, idle: &mut Transfer) {
        let (side, Peer { remote, region }) = (&self.side, &self.peer);
        let block = [Block { offset: 0, len: BLOCK }];
        let plain = side.memory.transfer(Op::Read, &block, remote, region, &block, &side.backend);
        let errors = [
            failed.post().err(),
            failed.poll().err(),
            idle.post().err(),
            plain.build().err(),
            remote.prepare(region, block, &side.backend).err(),
            remote.connect(&side.backend).err(),
            side.agent.notify(remote, b"anybody there?", &side.backend).err(),
        ];
        for (call, error) in errors.into_iter().enumerate() {
            let lost = matches!(&error, Some(Error::RemoteLost { remote }) if remote == "target");
            assert!(lost, "call {call}: {error:?}");
        }
    }
}

fn initiate(version: &str, backend: &'static str, moment: Moment, op: Op, mut link: Link) {
    if matches!(moment, Moment::InFlight) && backend == "UCX" {
        // Through shared memory the first post would have moved everything before the kill.
        // SAFETY: of this process's two threads, the other one waits for this one.
        unsafe { std::env::set_var("UCX_TLS", "tcp,self") };
    }
    let side = Side::new(&load(version), "initiator", backend, COUNT * BLOCK);
    let peer = side.meet(&mut link);
    let pid = i32::from_le_bytes(link.receive().try_into().expect("a process id"));
    let initiator = Initiator { side, peer, backend };
    let mut transfer = initiator.transfer(op).expect("the sides match");
    let mut idle = initiator.transfer(op).expect("the sides match");
    run(&mut transfer);

    if matches!(moment, Moment::InFlight) {
        until("a transfer that is in flight", || {
            let posted = transfer.post().expect("the peer is alive");
            (posted == Progress::Active).then_some(())
        });
    }
    // SAFETY: the target is this process's sibling, and its parent has not waited for it yet.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    link.wait_for_end();
    if backend == "LIBFABRIC" {
        // SAFETY: nobody else uses the alarm, whose signal ends the process.
        unsafe { libc::alarm(4) };
    }
    if matches!(moment, Moment::InFlight) {
        // What was in flight may have arrived in time: the next post does not.
        let ended = until("the end of what was in flight", || match transfer.poll() {
            Ok(Progress::Active) => None,
            Ok(Progress::Done) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        });
        if let Err(error) = ended {
            let Error::Status { operation: "poll a transfer", .. } = error else {
                panic!("{error}")
            };
        } else {
            initiator.lose(&mut transfer);
        }
    } else {
        initiator.lose(&mut transfer);
    }
    println!("{FAILED}");
    initiator.refuse(&mut transfer, &mut idle);
}

fn be_killed(version: &str, backend: &str, mut link: Link) {
    let side = Side::serving(&load(version), "target", backend, COUNT * BLOCK);
    side.meet(&mut link);
    link.send(&std::process::id().to_le_bytes());
    link.wait_for_end();
    unreachable!("the initiator kills this process first");
}

fn judge(backend: &str, initiator: &Ended, target: &Ended) {
    assert_eq!(target.signal(), Some(libc::SIGKILL), "{}", target.log);
    let hung = backend == "LIBFABRIC" && !initiator.log.contains(FAILED);
    if hung {
        assert_eq!(initiator.signal(), Some(libc::SIGALRM), "{}", initiator.log);
    } else {
        initiator.succeed();
    }
}

fn killed(version: &str, backend: &'static str, moment: Moment, op: Op) {
    judged(
        &format!("{version} {backend} {moment:?} {op:?}"),
        |link| initiate(version, backend, moment, op, link),
        |link| be_killed(version, backend, link),
        |initiator, target| judge(backend, &initiator, &target),
    );
}

#[test]
fn a_peer_of_ucx_is_killed() {
    for version in ["1.3.2", "1.5.0"] {
        killed(version, "UCX", Moment::Idle, Op::Write);
        killed(version, "UCX", Moment::InFlight, Op::Write);
        killed(version, "UCX", Moment::InFlight, Op::Read);
    }
}

#[test]
fn a_peer_of_libfabric_is_killed() {
    killed("1.5.0", "LIBFABRIC", Moment::Idle, Op::Write);
    killed("1.5.0", "LIBFABRIC", Moment::InFlight, Op::Write);
    killed("1.5.0", "LIBFABRIC", Moment::InFlight, Op::Read);
}
