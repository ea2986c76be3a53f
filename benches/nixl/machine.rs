//! The NIXL, two connected agents, and what the machine lacks.

use criterion::Criterion;
use nixl::{Agent, Backend, Block, Dependencies, HostBuffer, HugePages, Installation, Nixl};
use nixl::{Params, Progress, Registration, Remote, Source, Transfer};
use nixl_runtime::{Cache, Silent};

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Benches of a backend, by its name.
pub type Bench = fn(&mut Criterion, &Nixl, &str) -> Result<()>;

/// Two connected agents.
pub struct Pair {
    pub initiator: Agent,
    pub backend: Backend,
    pub local: Registration,
    pub remote: Remote,
    pub theirs: Registration,
    pub target: Agent,
}

/// The NIXL that is installed, else the pinned one.
pub fn open() -> Result<Nixl> {
    if let Ok(installed) = Installation::search(None) {
        let dependencies = Dependencies::resolve(&installed, &[], None);
        return Ok(Nixl::open(&installed, &dependencies)?);
    }
    let runtime = Cache::from_env()?.ensure(&mut Silent)?;
    let installation = Installation::at(&runtime.nixl_prefix(), Source::Explicit)?;
    let (folders, stub) = (runtime.dependency_dirs(), runtime.cuda_stub());
    let dependencies = Dependencies::resolve(&installation, &folders, Some(&stub));
    Ok(Nixl::open(&installation, &dependencies)?)
}

/// An agent with a backend. A target has a progress thread: nobody else polls for it.
pub fn agent(nixl: &Nixl, backend: &str, role: &str) -> Result<(Agent, Backend)> {
    let named = Agent::builder(format!("{backend}-{role}"));
    let agent: Agent = named.progress_thread(role == "target").build(nixl)?;
    let backend = agent.create_backend(backend, &Params::new())?;
    Ok((agent, backend))
}

/// Memory on huge pages where there are any, so that figures depend less on where it lies.
pub fn buffer(bytes: usize) -> Result<HostBuffer> {
    must_fit(bytes)?;
    Ok(HostBuffer::options().huge_pages(HugePages::Transparent).map(bytes)?)
}

/// Two agents that have registered `bytes` bytes each.
pub fn connect(nixl: &Nixl, name: &str, bytes: usize) -> Result<Pair> {
    let (target, target_backend) = agent(nixl, name, "target")?;
    let theirs = target.register(buffer(bytes)?, &[&target_backend])?;
    let (initiator, backend) = agent(nixl, name, "initiator")?;
    let local = initiator.register(buffer(bytes)?, &[&backend])?;
    let remote = initiator.load_remote(&target.metadata()?)?;
    Ok(Pair { initiator, backend, local, remote, theirs, target })
}

/// `count` blocks of `len` bytes with a gap behind each, so that NIXL does not merge neighbours.
pub fn apart(count: usize, len: usize) -> impl Iterator<Item = Block> + Clone {
    (0..count).map(move |index| Block { offset: 2 * index * len, len })
}

/// The indices of `count` blocks.
pub fn all(count: usize) -> Vec<u32> {
    (0..).take(count).collect()
}

/// Posts a transfer and polls it to its end.
///
/// # Panics
/// It failed.
pub fn post_and_poll(transfer: &mut Transfer) {
    let mut progress = transfer.post().expect("the target lives");
    while progress == Progress::Active {
        // The target's thread may wait for this processor.
        std::thread::yield_now();
        progress = transfer.poll().expect("the target lives");
    }
}

/// Fails, with a reason, unless there are `bytes` bytes of memory.
fn must_fit(bytes: usize) -> Result<()> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|value| value.split_whitespace().next()?.parse::<usize>().ok());
    match kib.map(|kib| kib / 1024) {
        Some(mib) if mib < bytes >> 20 => {
            Err(format!("it takes {} MiB of memory, and {mib} MiB are there", bytes >> 20).into())
        }
        _ => Ok(()),
    }
}
