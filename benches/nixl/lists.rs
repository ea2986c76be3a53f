//! Lists of descriptors and requests made of them, from one descriptor to a million.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use nixl::{Block, Nixl, Op};

use crate::machine::{Result, all, apart, connect};

const COUNTS: [usize; 4] = [1, 1000, 100_000, 1_000_000];

/// Nothing is moved here, so blocks are small: a million of them are 128 MiB with their gaps.
const BLOCK_BYTES: usize = 64;

pub fn bench(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let most = COUNTS.into_iter().max().unwrap_or(0);
    let pair = connect(nixl, name, 2 * BLOCK_BYTES * most)?;
    let region = pair.theirs.region();
    let mut group = criterion.benchmark_group(format!("{name}/lists"));
    group.sampling_mode(SamplingMode::Flat);
    for count in COUNTS {
        group.throughput(Throughput::Elements(count as u64));
        let blocks = || apart(count, BLOCK_BYTES);
        let local = || pair.local.prepare(blocks(), &pair.backend);
        let remote = || pair.remote.prepare(&region, blocks(), &pair.backend);
        group.bench_function(BenchmarkId::new("prepare local", count), |bencher| {
            bencher.iter(|| local().map(drop));
        });
        group.bench_function(BenchmarkId::new("prepare remote", count), |bencher| {
            bencher.iter(|| remote().map(drop));
        });
        let (local, remote, indices) = (local()?, remote()?, all(count));
        group.bench_function(BenchmarkId::new("request of prepared lists", count), |bencher| {
            bencher.iter(|| local.transfer(Op::Write, &indices, &remote, &indices).build());
        });
        let plain: Vec<Block> = blocks().collect();
        group.bench_function(BenchmarkId::new("request of plain blocks", count), |bencher| {
            bencher.iter(|| {
                let (peer, backend) = (&pair.remote, &pair.backend);
                pair.local.transfer(Op::Write, &plain, peer, &region, &plain, backend).build()
            });
        });
    }
    group.finish();
    Ok(())
}
