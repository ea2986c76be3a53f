//! READ and WRITE between two processes, verified byte by byte on the side that received.

use nixl::{Block, LocalList, Nixl, Op, RemoteList, Transfer};

use crate::BACKENDS;
use crate::link::Link;
use crate::pair::pair;
use crate::side::{Peer, Side, blocks, load, notifications, pattern, run};

const BLOCK: usize = 5000;
const COUNT: usize = 48;
const BYTES: usize = BLOCK * COUNT;
/// How often each transfer is posted.
const REPEATS: usize = 4;

/// How a transfer is made.
#[derive(Clone, Copy, Debug)]
enum Path {
    Prepared { merge: bool },
    Plain,
}

const PATHS: [Path; 3] =
    [Path::Prepared { merge: true }, Path::Prepared { merge: false }, Path::Plain];

/// Local block `i` goes with remote block `REMOTE[i]`: runs of neighbours, which merge, and jumps.
fn remote_of(i: usize) -> usize {
    let (run, place) = (i / 4, i % 4);
    (COUNT / 4 - 1 - run) * 4 + place
}

/// What the remote memory holds when the local one holds `local`, and the other way round: the
/// pairing is its own inverse.
fn paired(local: &[u8]) -> Vec<u8> {
    let block = |i| &local[remote_of(i) * BLOCK..][..BLOCK];
    (0..COUNT).map(block).collect::<Vec<_>>().concat()
}

struct Lists {
    local: LocalList,
    remote: RemoteList,
    plain: (Vec<Block>, Vec<Block>),
}

impl Lists {
    fn new(side: &Side, peer: &Peer) -> Self {
        let all = blocks(COUNT, BLOCK);
        let local = side.memory.prepare(all.clone(), &side.backend).expect("blocks are inside");
        let remote = peer.remote.prepare(&peer.region, all.clone(), &side.backend);
        let permuted = (0..COUNT).map(|i| all[remote_of(i)]).collect();
        Self { local, remote: remote.expect("blocks are inside"), plain: (all, permuted) }
    }

    fn transfer(&self, side: &Side, peer: &Peer, op: Op, path: Path) -> Transfer {
        let local: Vec<u32> = (0..COUNT as u32).collect();
        let remote: Vec<u32> = (0..COUNT).map(|i| remote_of(i) as u32).collect();
        let made = match path {
            Path::Prepared { merge } => {
                self.local.transfer(op, &local, &self.remote, &remote).merge(merge)
            }
            Path::Plain => {
                let (mine, theirs) = &self.plain;
                let (remote, region) = (&peer.remote, &peer.region);
                side.memory.transfer(op, mine, remote, region, theirs, &side.backend)
            }
        };
        made.notify(b"moved").build().expect("the sides match")
    }
}

/// Every way to make a transfer, both directions, each posted a few times with other data.
fn initiate(nixl: &Nixl, backend: &str, mut link: Link) {
    let side = Side::new(nixl, "initiator", backend, BYTES);
    let peer = side.meet(&mut link);
    let lists = Lists::new(&side, &peer);
    let mut seed = 0;
    for path in PATHS {
        for op in [Op::Write, Op::Read] {
            let mut transfer = lists.transfer(&side, &peer, op, path);
            for _ in 0..REPEATS {
                seed += 1;
                let data = pattern(seed, BYTES);
                match op {
                    Op::Write => side.fill(&data),
                    Op::Read => side.fill(&vec![0; BYTES]),
                }
                link.meet();
                run(&mut transfer);
                if op == Op::Read {
                    assert!(side.bytes() == paired(&data), "{path:?}: read other bytes");
                }
                link.meet();
            }
        }
    }
}

fn serve(nixl: &Nixl, backend: &str, mut link: Link) {
    let side = Side::serving(nixl, "target", backend, BYTES);
    side.meet(&mut link);
    let mut inbox = side.inbox();
    let mut seed = 0;
    for path in PATHS {
        for op in [Op::Write, Op::Read] {
            for _ in 0..REPEATS {
                seed += 1;
                let data = pattern(seed, BYTES);
                match op {
                    Op::Write => side.fill(&vec![0; BYTES]),
                    Op::Read => side.fill(&data),
                }
                link.meet();
                let came = notifications(&mut inbox, 1);
                assert_eq!(came, [("initiator".to_owned(), b"moved".to_vec())]);
                if op == Op::Write {
                    assert!(side.bytes() == paired(&data), "{path:?}: other bytes were written");
                }
                link.meet();
            }
        }
    }
}

#[test]
fn every_byte_arrives_in_its_place() {
    for version in ["1.0.1", "1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            pair(
                &format!("{version} {backend}"),
                |link| initiate(&load(version), backend, link),
                |link| serve(&load(version), backend, link),
            );
        }
    }
}
