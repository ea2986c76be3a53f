//! Metadata in parts, more than once, and taken back.

use nixl::{Error, HostBuffer, Op};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::{Peer, Side, blocks, load, pattern, run};

const LEN: usize = 8192;

/// Writes the initiator's memory into the peer's.
fn write(side: &Side, peer: &Peer) -> nixl::Result<()> {
    let block = blocks(1, LEN);
    let local = side.memory.prepare(block.clone(), &side.backend)?;
    let remote = peer.remote.prepare(&peer.region, block, &side.backend)?;
    let mut transfer = local.transfer(Op::Write, &[0], &remote, &[0]).build()?;
    run(&mut transfer);
    Ok(())
}

#[test]
fn connection_and_registrations_may_come_apart() {
    for version in ["1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            alone(&format!("{version} {backend}"), || {
                let nixl = load(version);
                let side = Side::new(&nixl, "initiator", backend, LEN);
                let target = Side::serving(&nixl, "target", backend, LEN);
                let more = HostBuffer::new(LEN).expect("there is memory");
                let more = target.agent.register(more, &[&target.backend]).expect("registers");
                let load = |metadata| side.agent.load_remote(&metadata);

                // Without a way to connect, registrations are worth nothing.
                let memory = target.agent.partial_metadata(&[&target.memory], &[&target.backend]);
                let memory = memory.expect("it is this agent's memory");
                assert!(load(memory.clone()).is_err());

                let connection = target.agent.connection_metadata(&[&target.backend]);
                let remote = load(connection.expect("it is this agent's backend")).expect("loads");
                assert_eq!(remote.name(), "target");
                remote.connect(&side.backend).expect("the peer is there");
                let region = target.memory.region();
                let unknown = remote.prepare(&region, blocks(1, LEN), &side.backend);
                assert!(matches!(unknown, Err(Error::Status { .. })), "it has no memory yet");

                // What comes later adds to what is known.
                let remote = load(memory).expect("the peer is known");
                side.fill(&pattern(1, LEN));
                write(&side, &Peer { remote: remote.clone(), region }).expect("it is known now");
                let hidden = Peer { remote, region: more.region() };
                assert!(write(&side, &hidden).is_err(), "this memory was not told of");
            });
        }
    }
}

#[test]
fn a_peer_with_lists_is_in_use() {
    for backend in BACKENDS {
        alone(backend, || {
            let nixl = load("1.5.0");
            let side = Side::new(&nixl, "initiator", backend, LEN);
            let target = Side::serving(&nixl, "target", backend, LEN);
            let Peer { remote, region } = side.accept(&target.offer());
            let list = remote.prepare(&region, blocks(1, LEN), &side.backend).expect("inside");
            let in_use = remote.clone().invalidate().expect_err("a list needs it");
            assert!(matches!(&in_use, Error::RemoteInUse { remote } if remote == "target"));

            // Neither lists nor clones are left: now it goes, and comes back when asked.
            drop(list);
            remote.invalidate().expect("nothing needs it");
            let peer = side.accept(&target.offer());
            side.fill(&pattern(2, LEN));
            write(&side, &peer).expect("it is known again");
            let gone = peer.remote.clone();
            drop(peer);
            gone.invalidate().expect("nothing needs it");
        });
    }
}

#[test]
fn loading_twice_gives_the_same_peer() {
    alone("twice", || {
        let nixl = load("1.5.0");
        let side = Side::new(&nixl, "initiator", "UCX", LEN);
        let target = Side::serving(&nixl, "target", "UCX", LEN);
        let (one, other) = (side.accept(&target.offer()), side.accept(&target.offer()));
        let in_use = one.remote.invalidate().expect_err("the other one is the same peer");
        assert!(matches!(in_use, Error::RemoteInUse { .. }), "{in_use}");
        other.remote.invalidate().expect("it is the last one");
    });
}

#[test]
fn an_agent_is_not_its_own_peer_and_must_have_a_backend() {
    for version in ["1.0.1", "1.3.2", "1.5.0"] {
        alone(version, || {
            let nixl = load(version);
            let bare: nixl::Agent = nixl::Agent::builder("bare").build(&nixl).expect("an agent");
            assert!(bare.metadata().is_err(), "it cannot be reached");
            let side = Side::new(&nixl, "itself", "UCX", LEN);
            let own = side.agent.metadata().expect("it has a backend");
            let error = side.agent.load_remote(&own).expect_err("it is this agent");
            assert!(matches!(error, Error::Status { operation: "load remote metadata", .. }));
            assert!(bare.load_remote(&own).is_err(), "no backend is common to both");
        });
    }
}
