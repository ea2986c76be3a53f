//! How C takes metadata that somebody forged: the reason for what `Metadata` says of trust.
//!
//! A measurement, to be run by hand:
//! `cargo test -p nixl --test behaviour garbage -- --ignored --nocapture`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use nixl::{Agent, HostBuffer, Metadata, Params};

use crate::BACKENDS;
use crate::process::{Process, finished, part};
use crate::side::{load, pattern};

/// Forged blobs, per version and backend.
const BLOBS: usize = 2000;

/// Said before a blob is loaded, with its number.
const NEXT: &str = "blob ";

/// Far more than loading all of them takes.
const LIMIT: Duration = Duration::from_secs(20);

/// A blob with the envelope that `Metadata::to_bytes` would give it, which anybody can make.
fn forge(blob: &[u8]) -> Metadata {
    let checksum = blob.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let bytes = [b"nixl-md1", &checksum.to_le_bytes()[..], blob].concat();
    // SAFETY: none is claimed: this process is here to find out whether it survives.
    unsafe { Metadata::from_bytes(&bytes) }.expect("the envelope is right")
}

/// The name of the agent that the blob is of, in as many letters as any other name here.
const NAME: &str = "target";

/// A blob with one change that depends on `number`, of an agent whose name does as well: C compares
/// what it knows under a name already, and would not look at the rest.
fn changed(blob: &[u8], number: usize) -> Vec<u8> {
    let random = pattern(number as u64 + 1, 16);
    let word = |i: usize| u64::from_le_bytes(random[i..i + 8].try_into().expect("8")) as usize;
    let mut blob = blob.to_vec();
    let name = blob.windows(NAME.len()).position(|bytes| bytes == NAME.as_bytes());
    let name = name.expect("a blob names its agent");
    blob[name..name + NAME.len()].copy_from_slice(format!("t{number:05}").as_bytes());
    let (at, len) = (word(0) % blob.len(), 1 + word(8) % 16);
    let end = (at + len).min(blob.len());
    match number % 5 {
        0 => blob[at] ^= 1 << (len % 8),
        1 => blob[at..end].fill(random[3]),
        2 => blob.truncate(at),
        3 => drop(blob.drain(at..end)),
        _ => drop(blob.splice(at..at, random[..len].iter().copied())),
    }
    blob
}

/// Loads the blobs from `first` on, saying which one is next.
fn load_blobs(version: &str, backend: &str, first: usize) {
    let nixl = load(version);
    let make = |name: &str| -> (Agent, nixl::Backend) {
        let agent = Agent::builder(name).progress_thread(true).build(&nixl).expect("an agent");
        let backend = agent.create_backend(backend, &Params::new()).expect("a backend");
        (agent, backend)
    };
    let (target, its_backend) = make(NAME);
    let memory: Vec<_> = (0..2)
        .map(|_| {
            let buffer = HostBuffer::new(4096).expect("there is memory");
            target.register(buffer, &[&its_backend]).expect("it can be registered")
        })
        .collect();
    let (agent, _backend) = make("initiator");
    let blob = target.metadata().expect("it has a backend").nixl_blob().to_vec();
    agent.load_remote(&forge(&blob)).and_then(|remote| remote.invalidate()).expect("it is whole");
    let mut taken = 0;
    for number in first..BLOBS {
        println!("{NEXT}{number}");
        if let Ok(remote) = agent.load_remote(&forge(&changed(&blob, number))) {
            taken += 1;
            // One that C does not know is as good as gone.
            let _ = remote.invalidate();
        }
    }
    println!("taken {taken}");
    drop(memory);
}

/// The number of the last blob that a log tells of.
fn last_blob(log: &str) -> Option<usize> {
    log.lines().filter_map(|line| line.strip_prefix(NEXT)?.parse().ok()).next_back()
}

#[test]
#[ignore = "a measurement of some minutes"]
fn forged_metadata_crashes_c() {
    if let Some(mine) = part() {
        let words: Vec<_> = mine.split(' ').collect();
        load_blobs(words[0], words[1], words[2].parse().expect("a number"));
        return finished();
    }
    for version in ["1.3.2", "1.5.0"] {
        for backend in BACKENDS {
            let (mut first, mut crashes, mut hangs) = (0, Vec::new(), Vec::new());
            while first < BLOBS {
                let process =
                    Process::start(&format!("{version} {backend} {first}"), Stdio::null());
                let ended = process.end(Instant::now() + LIMIT);
                if ended.succeeded() {
                    break;
                }
                let last = last_blob(&ended.log);
                let last = last.unwrap_or_else(|| panic!("no blob was loaded\n{}", ended.log));
                match (ended.status, ended.signal()) {
                    (None, _) => hangs.push(last),
                    (_, Some(signal)) => crashes.push((last, signal)),
                    (_, None) => panic!("{}", ended.log),
                }
                first = last + 1;
            }
            println!(
                "{version} {backend}: {} of {BLOBS} crashed, {} hung: {crashes:?} {hangs:?}",
                crashes.len(),
                hangs.len()
            );
        }
    }
}
