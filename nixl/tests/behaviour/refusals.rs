//! Misuse that the types cannot exclude is an error that says what was wrong, and nothing worse.

use nixl::{Agent, Block, Error, HostBuffer, Op, Params, PluginFault, Region};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::{Peer, Side, blocks, load, run};
use crate::wheels::{self, DEFAULT};

const BLOCK: usize = 4096;
const LEN: usize = 4 * BLOCK;

/// Two sides in this process, and the first one's view of the second.
fn sides(backend: &str) -> (Side, Side, Peer) {
    let nixl = load(DEFAULT);
    let side = Side::new(&nixl, "initiator", backend, LEN);
    let target = Side::serving(&nixl, "target", backend, LEN);
    let peer = side.accept(&target.offer());
    (side, target, peer)
}

/// The error of a call that must fail.
fn refused<T>(result: nixl::Result<T>) -> Error {
    result.err().expect("this is misuse")
}

#[test]
fn names_must_be_fit_for_c() {
    alone("names", || {
        let nixl = load(DEFAULT);
        let error = refused(Agent::builder("a\0b").build(&nixl));
        assert!(error.to_string().starts_with(r#"agent name "a\0b" is not valid"#), "{error}");
        let error = refused(Agent::builder("").build(&nixl));
        assert!(matches!(error, Error::Status { operation: "create the agent", .. }), "{error}");

        let agent: Agent = Agent::builder("agent").build(&nixl).expect("an agent");
        let error = refused(agent.create_backend("UC\0X", &Params::new()));
        assert!(matches!(error, Error::Invalid { what: "backend name", .. }), "{error}");
        for (key, value, what) in [("a\0", "1", "parameter"), ("a", "\x001", "parameter value")] {
            let params = Params::from([(key.to_owned(), value.to_owned())]);
            let error = refused(agent.create_backend("UCX", &params));
            assert!(matches!(&error, Error::Invalid { what: w, .. } if *w == what), "{error}");
        }
        assert!(agent.plugin_params("UC\0X").is_err());
    });
}

#[test]
fn a_backend_that_does_not_come_up_says_why() {
    alone("unknown", || {
        let agent: Agent = Agent::builder("agent").build(&load(DEFAULT)).expect("an agent");
        let error = refused(agent.create_backend("PIGEON", &Params::new()));
        assert!(error.to_string().contains("libplugin_PIGEON.so"), "{error}");
        let Error::Backend { backend, faults, .. } = error else { panic!("{error}") };
        assert_eq!(backend, "PIGEON");
        assert!(matches!(&faults[..], [PluginFault::NoPlugin(_)]), "{faults:?}");
        assert!(agent.plugin_params("PIGEON").is_err());
        // The same one twice: the plugin is fine, NIXL itself refuses.
        agent.create_backend("UCX", &Params::new()).expect("UCX is there");
        let error = refused(agent.create_backend("UCX", &Params::new()));
        assert!(matches!(&error, Error::Backend { faults, .. } if faults.is_empty()), "{error}");
    });
    alone("too old", || {
        let agent: Agent = Agent::builder("agent").build(&load("1.5.1")).expect("an agent");
        let error = refused(agent.create_backend("LIBFABRIC", &Params::new()));
        let text = error.to_string();
        let file = wheels::runtime().library("libfabric.so.1").expect("the runtime has it");
        let reason = format!("; {} lacks symbol version FABRIC_1.10", file.display());
        assert!(text.starts_with("failed to create backend LIBFABRIC: "), "{text}");
        assert!(text.ends_with(&reason), "{text}");
    });
}

#[test]
fn handles_of_another_agent_are_refused() {
    alone("foreign", || {
        let (side, target, peer) = sides("UCX");
        let back = target.accept(&side.offer());
        let block = blocks(1, BLOCK);
        let foreign = |error: Error| {
            assert!(matches!(error, Error::ForeignHandle { .. }), "{error}");
        };
        let buffer = HostBuffer::new(BLOCK).expect("there is memory");
        foreign(side.agent.register(buffer, &[&target.backend]).err().expect("misuse").error);
        foreign(refused(side.memory.prepare(block.clone(), &target.backend)));
        foreign(refused(side.memory.view(&block, &target.backend)));
        foreign(refused(peer.remote.prepare(&peer.region, block.clone(), &target.backend)));
        foreign(refused(peer.remote.connect(&target.backend)));
        foreign(refused(side.agent.notify(&peer.remote, b"", &target.backend)));
        foreign(refused(side.agent.notify(&back.remote, b"", &side.backend)));
        foreign(refused(side.agent.connection_metadata(&[&target.backend])));
        foreign(refused(side.agent.partial_metadata(&[&target.memory], &[&side.backend])));

        let mine = side.memory.prepare(block.clone(), &side.backend).expect("it is inside");
        let theirs = back.remote.prepare(&back.region, block.clone(), &target.backend);
        let theirs = theirs.expect("it is inside");
        foreign(refused(mine.transfer(Op::Write, &[0], &theirs, &[0]).build()));
        let plain = |remote, region, backend| {
            side.memory.transfer(Op::Write, &block, remote, region, &block, backend).build()
        };
        foreign(refused(plain(&back.remote, &back.region, &side.backend)));
        foreign(refused(plain(&peer.remote, &peer.region, &target.backend)));
    });
}

#[test]
fn blocks_must_lie_inside() {
    for backend in BACKENDS {
        alone(backend, || {
            let (side, _target, peer) = sides(backend);
            let outside = [
                Block { offset: 0, len: 0 },
                Block { offset: 0, len: LEN + 1 },
                Block { offset: LEN, len: 1 },
                Block { offset: LEN - 1, len: 2 },
                Block { offset: usize::MAX, len: 2 },
                Block { offset: 1, len: usize::MAX },
            ];
            let good = Block { offset: 0, len: BLOCK };
            for bad in outside {
                let is_out = |error: Error| {
                    let Error::OutOfBounds { offset, len, region_bytes } = error else {
                        panic!("{error}");
                    };
                    assert_eq!((offset, len, region_bytes), (bad.offset, bad.len, LEN));
                };
                is_out(refused(side.memory.prepare([good, bad], &side.backend)));
                is_out(refused(peer.remote.prepare(&peer.region, [good, bad], &side.backend)));
                is_out(refused(side.memory.view(&[good, bad], &side.backend)));
                let (remote, region) = (&peer.remote, &peer.region);
                let plain = |mine: &[Block], theirs: &[Block]| {
                    let op = Op::Write;
                    side.memory.transfer(op, mine, remote, region, theirs, &side.backend).build()
                };
                is_out(refused(plain(&[bad], &[good])));
                is_out(refused(plain(&[good], &[bad])));
            }
            assert!(side.memory.prepare([], &side.backend).is_err(), "a list has blocks");
        });
    }
}

#[test]
fn registrations_are_read_and_written_inside_only() {
    alone("copies", || {
        let (side, ..) = sides("UCX");
        for (offset, len) in [(0, LEN + 1), (LEN, 1), (usize::MAX, 1), (LEN - 3, 4)] {
            let error = refused(side.memory.write(offset, &vec![1; len]));
            assert!(matches!(error, Error::OutOfBounds { .. }), "{error}");
            let error = refused(side.memory.read(offset, &mut vec![1; len]));
            assert!(matches!(error, Error::OutOfBounds { .. }), "{error}");
        }
        assert!(side.bytes().iter().all(|byte| *byte == 0), "nothing was written");
        side.memory.write(LEN + 9, &[]).expect("no bytes lie nowhere");
    });
}

#[test]
fn a_region_that_the_peer_does_not_have_is_refused() {
    for backend in BACKENDS {
        alone(backend, || {
            let (side, _target, peer) = sides(backend);
            let Region { address, len, device } = peer.region;
            let made_up = [
                Region { address: 0, len, device },
                Region { address: address + 1, len, device },
                Region { address: address - 4096, len, device },
                Region { address, len: len + 1, device },
                Region { address, len, device: 7 },
            ];
            // Their ends wrap, which C does not notice.
            let wrapped = [
                Region { address: u64::MAX, len, device },
                Region { address: u64::MAX - len + 2, len, device },
                Region { address, len: u64::MAX, device },
            ];
            let all = [Block { offset: 0, len: LEN }];
            for region in made_up.into_iter().chain(wrapped) {
                // As long as the region says that it is.
                let theirs = [Block { offset: 0, len: region.len as usize }];
                let listed = refused(peer.remote.prepare(&region, theirs, &side.backend));
                let (remote, backend) = (&peer.remote, &side.backend);
                let plain =
                    side.memory.transfer(Op::Write, &all, remote, &region, &theirs, backend);
                let plain = refused(plain.build());
                if wrapped.contains(&region) {
                    assert!(matches!(listed, Error::Invalid { what: "region", .. }), "{listed}");
                    assert!(matches!(plain, Error::Invalid { what: "region", .. }), "{plain}");
                } else {
                    assert!(matches!(listed, Error::Status { .. }), "{region:?}: {listed}");
                    let by_c = matches!(plain, Error::Status { .. } | Error::Mismatch { .. });
                    assert!(by_c, "{region:?}: {plain}");
                }
            }
        });
    }
}

#[test]
fn the_sides_of_a_transfer_must_match() {
    for backend in BACKENDS {
        alone(backend, || {
            let (side, _target, peer) = sides(backend);
            let uneven =
                |a: usize| [Block { offset: 0, len: a }, Block { offset: a, len: LEN - a }];
            let mine = side.memory.prepare(uneven(100), &side.backend).expect("inside");
            let prepare = |list| peer.remote.prepare(&peer.region, list, &side.backend);
            let theirs = prepare(uneven(100)).expect("inside");
            let make = |mine_indices: &[u32], theirs_indices: &[u32]| {
                mine.transfer(Op::Write, mine_indices, &theirs, theirs_indices).build()
            };
            for (a, b) in [(&[][..], &[][..]), (&[0], &[]), (&[0, 0], &[0]), (&[0], &[1])] {
                let error = refused(make(a, b));
                assert!(matches!(error, Error::Mismatch { .. }), "{error}");
            }
            for index in [2, i32::MAX as u32, i32::MAX as u32 + 1, u32::MAX] {
                let missing = |error: Error| {
                    let Error::NoSuchBlock { index: named, blocks: 2 } = error else {
                        panic!("{error}");
                    };
                    assert_eq!(named, index);
                };
                missing(refused(make(&[0, index], &[0, 1])));
                missing(refused(make(&[0, 1], &[index, 1])));
            }
            // As many blocks and as many bytes in all, but not pair by pair: C sees it.
            assert!(matches!(refused(make(&[0, 1], &[1, 0])), Error::Status { .. }));
            let (remote, region) = (&peer.remote, &peer.region);
            let swapped = [uneven(100)[1], uneven(100)[0]];
            let plain = |theirs| {
                let mine = &uneven(100);
                side.memory.transfer(Op::Write, mine, remote, region, theirs, &side.backend).build()
            };
            assert!(matches!(refused(plain(&swapped)), Error::Status { .. }));
            assert!(matches!(refused(plain(&swapped[1..])), Error::Mismatch { .. }));
            // And the same block more than once is fine.
            run(&mut make(&[0, 0, 1], &[0, 0, 1]).expect("the sides match"));
        });
    }
}

#[test]
fn what_cannot_be_registered_comes_back() {
    alone("registering", || {
        let (side, target, _) = sides("UCX");
        assert!(matches!(HostBuffer::new(0), Err(Error::Map { bytes: 0, .. })));
        let mut buffer = HostBuffer::new(BLOCK).expect("there is memory");
        buffer.as_mut_slice().fill(7);
        for backends in [&[][..], &[&target.backend], &[&side.backend, &target.backend]] {
            let failed = side.agent.register(buffer, backends).err().expect("this is misuse");
            buffer = failed.buffer;
            assert!(buffer.as_mut_slice().iter().all(|byte| *byte == 7));
        }
        side.agent.register(buffer, &[&side.backend]).expect("and it is as good as before");
    });
}

#[test]
fn metadata_that_was_changed_is_refused() {
    alone("metadata", || {
        let (side, target, _) = sides("UCX");
        let bytes = target.agent.metadata().expect("it has a backend").to_bytes();
        for at in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            // SAFETY: changed bytes are refused, and nothing is loaded.
            let error = refused(unsafe { nixl::Metadata::from_bytes(&changed) });
            assert!(matches!(error, Error::Invalid { what: "metadata", .. }), "{error}");
        }
        // SAFETY: an agent of this process made them.
        let whole = unsafe { nixl::Metadata::from_bytes(&bytes) }.expect("nothing changed it");
        side.agent.load_remote(&whole).expect("it is the peer's");
    });
}

#[test]
fn memory_views_need_a_gpu_and_a_nixl_that_has_them() {
    alone("1.3.2", || {
        let side = Side::new(&load("1.3.2"), "viewer", "UCX", LEN);
        let error = refused(side.memory.view(&blocks(1, BLOCK), &side.backend));
        let function = "nixl_capi_prep_mem_view_local";
        assert!(matches!(error, Error::Unsupported { function: f, .. } if f == function));
    });
    alone("1.5.0", || {
        let side = Side::new(&load("1.5.0"), "viewer", "UCX", LEN);
        // Where the backend has views on host memory, one lives and goes; else the error says who.
        match side.memory.view(&blocks(1, BLOCK), &side.backend) {
            Ok(view) => assert!(!view.as_ptr().is_null()),
            Err(Error::Status { backend, operation, .. }) => {
                assert_eq!(operation, "prepare a memory view");
                assert_eq!(backend.as_deref(), Some("UCX"));
            }
            Err(other) => panic!("{other}"),
        }
    });
}
