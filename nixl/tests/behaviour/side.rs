//! One side of a transfer: an agent, a backend and memory; and how sides meet and wait.

use std::time::{Duration, Instant};

use nixl::{
    Agent, Backend, Block, HostBuffer, Inbox, Metadata, Nixl, Params, Progress, Region,
    Registration, Remote, Strict, ThreadSync, Transfer,
};

use crate::link::Link;
use crate::wheels;

/// How long one step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long progress threads pause, so that they leave the processors to the rest of the tests.
const PAUSE: Duration = Duration::from_micros(100);

/// Loads a pinned NIXL into this process.
pub fn load(version: &str) -> Nixl {
    let installation = wheels::installation(version);
    let dependencies = wheels::dependencies(&installation);
    Nixl::open(&installation, &dependencies).expect("a pinned NIXL opens")
}

pub struct Side<S: ThreadSync = Strict> {
    pub agent: Agent<S>,
    pub backend: Backend<S>,
    pub memory: Registration<S>,
}

/// A peer, and its memory.
pub struct Peer<S: ThreadSync = Strict> {
    pub remote: Remote<S>,
    pub region: Region,
}

impl Side {
    /// A side that advances only when it is polled.
    pub fn new(nixl: &Nixl, name: &str, backend: &str, bytes: usize) -> Self {
        let agent = Agent::builder(name).build(nixl).expect("an agent can be made");
        Self::of(agent, backend, bytes)
    }

    /// A side with a progress thread, which serves its peers while it does something else.
    pub fn serving(nixl: &Nixl, name: &str, backend: &str, bytes: usize) -> Self {
        let agent = Agent::builder(name).progress_thread(true).progress_interval(PAUSE);
        Self::of(agent.build(nixl).expect("an agent can be made"), backend, bytes)
    }
}

impl<S: ThreadSync> Side<S> {
    pub fn of(agent: Agent<S>, backend: &str, bytes: usize) -> Self {
        let backend = agent.create_backend(backend, &Params::new()).expect("the backend is there");
        let buffer = HostBuffer::new(bytes).expect("there is memory");
        let memory = agent.register(buffer, &[&backend]).expect("memory can be registered");
        Self { agent, backend, memory }
    }

    /// What a peer needs: the region and the metadata.
    pub fn offer(&self) -> Vec<u8> {
        let Region { address, len, device } = self.memory.region();
        let words = [address, len, device].map(u64::to_le_bytes).concat();
        let metadata = self.agent.metadata().expect("an agent with a backend has metadata");
        [words, metadata.to_bytes()].concat()
    }

    /// Takes the offer of a peer.
    pub fn accept(&self, offer: &[u8]) -> Peer<S> {
        let (words, metadata) = offer.split_at(24);
        let word = |i: usize| u64::from_le_bytes(words[8 * i..8 * i + 8].try_into().expect("8"));
        let region = Region { address: word(0), len: word(1), device: word(2) };
        // SAFETY: the other side of this test made them.
        let metadata = unsafe { Metadata::from_bytes(metadata) }.expect("it came as it was sent");
        let remote = self.agent.load_remote(&metadata).expect("its backend is common to both");
        Peer { remote, region }
    }

    /// Exchanges offers with the other process.
    pub fn meet(&self, link: &mut Link) -> Peer<S> {
        link.send(&self.offer());
        let offer = link.receive();
        self.accept(&offer)
    }

    pub fn inbox(&self) -> Inbox<S> {
        self.agent.inbox().expect("an inbox can be made")
    }

    /// The registered bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.memory.len()];
        self.memory.read(0, &mut bytes).expect("all of it is inside");
        bytes
    }

    pub fn fill(&self, bytes: &[u8]) {
        self.memory.write(0, bytes).expect("it fits");
    }
}

/// Blocks of one size, one behind the other.
pub fn blocks(count: usize, len: usize) -> Vec<Block> {
    (0..count).map(|i| Block { offset: i * len, len }).collect()
}

/// Bytes that differ from place to place, and from seed to seed.
pub fn pattern(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len.next_multiple_of(8));
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Calls `step` until it gives something; fails when it does not within the time limit.
pub fn until<T>(what: &str, mut step: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = step() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

/// Posts, and polls to the end.
pub fn run<S: ThreadSync>(transfer: &mut Transfer<S>) {
    complete(transfer).expect("the transfer completes");
}

/// Posts, and polls until it is done or failed.
pub fn complete<S: ThreadSync>(transfer: &mut Transfer<S>) -> nixl::Result<()> {
    let mut progress = transfer.post()?;
    until("the end of a transfer", || match progress {
        Progress::Done => Some(Ok(())),
        Progress::Active => match transfer.poll() {
            Ok(next) => {
                progress = next;
                None
            }
            Err(error) => Some(Err(error)),
        },
    })
}

/// Polls until `count` notifications are in: each with its sender.
pub fn notifications<S: ThreadSync>(inbox: &mut Inbox<S>, count: usize) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    until("notifications", || {
        let polled = inbox.poll(|one| {
            found.push((one.from.to_string_lossy().into_owned(), one.message.to_vec()));
        });
        polled.expect("an inbox can be polled");
        (found.len() >= count).then_some(())
    });
    assert_eq!(found.len(), count, "{found:?}");
    found
}
