//! What NIXL's calls cost through the wrapper: preparing lists, making transfers, post and poll.
//!
//! `cargo bench` measures UCX, `cargo bench --features libfabric` LIBFABRIC too. Both agents live in
//! this process; what a transfer costs between processes is what the `kvbench` command measures.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nixl::{Agent, Backend, Block, Dependencies, HostBuffer, Installation, Nixl, Op, Params};
use nixl::{Progress, Registration, Remote, Source};
use nixl_runtime::{Cache, Silent};

const BLOCK_BYTES: usize = 4096;
const BLOCKS: usize = 16_384;

/// Two connected agents.
struct Pair {
    backend: Backend,
    local: Registration,
    remote: Remote,
    theirs: Registration,
    _target: Agent,
}

fn open() -> Result<Nixl, Box<dyn std::error::Error>> {
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

fn connect(nixl: &Nixl, name: &str) -> Result<Pair, Box<dyn std::error::Error>> {
    // The target has a thread of its own: nobody else polls for it.
    let target: Agent =
        Agent::builder(format!("{name}-target")).progress_thread(true).build(nixl)?;
    let target_backend = target.create_backend(name, &Params::new())?;
    let theirs = target.register(HostBuffer::new(BLOCKS * BLOCK_BYTES)?, &[&target_backend])?;
    let agent: Agent = Agent::builder(format!("{name}-initiator")).build(nixl)?;
    let backend = agent.create_backend(name, &Params::new())?;
    let local = agent.register(HostBuffer::new(BLOCKS * BLOCK_BYTES)?, &[&backend])?;
    let remote = agent.load_remote(&target.metadata()?)?;
    Ok(Pair { backend, local, remote, theirs, _target: target })
}

/// Every other block, so that neighbours are not merged.
fn blocks(count: usize) -> impl Iterator<Item = Block> + Clone {
    (0..count).map(|i| Block { offset: 2 * i * BLOCK_BYTES, len: BLOCK_BYTES })
}

fn bench_backend(criterion: &mut Criterion, nixl: &Nixl, name: &str) {
    let pair = match connect(nixl, name) {
        Ok(pair) => pair,
        Err(error) => {
            println!("{name} is skipped: {error}");
            return;
        }
    };
    let mut group = criterion.benchmark_group(name);
    for count in [1, 512, BLOCKS / 2] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("prepare", count), |bencher| {
            bencher.iter(|| pair.local.prepare(blocks(count), &pair.backend).map(black_box));
        });
        let local = pair.local.prepare(blocks(count), &pair.backend).expect("blocks are inside");
        let region = pair.theirs.region();
        let remote = pair.remote.prepare(&region, blocks(count), &pair.backend);
        let remote = remote.expect("blocks are inside");
        let all: Vec<u32> = (0..).take(count).collect();
        group.bench_function(BenchmarkId::new("make", count), |bencher| {
            bencher.iter(|| local.transfer(Op::Write, &all, &remote, &all).build().map(black_box));
        });
        let made = local.transfer(Op::Write, &all, &remote, &all).build();
        let mut transfer = made.expect("the lists match");
        group.bench_function(BenchmarkId::new("post and poll", count), |bencher| {
            bencher.iter(|| {
                let mut progress = transfer.post().expect("the target lives");
                while progress == Progress::Active {
                    progress = transfer.poll().expect("the target lives");
                }
            });
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    let nixl = match open() {
        Ok(nixl) => nixl,
        Err(error) => {
            println!("everything is skipped: {error}");
            return;
        }
    };
    bench_backend(criterion, &nixl, "UCX");
    if cfg!(feature = "libfabric") {
        bench_backend(criterion, &nixl, "LIBFABRIC");
    }
}

criterion_group!(nixl_calls, benches);
criterion_main!(nixl_calls);
