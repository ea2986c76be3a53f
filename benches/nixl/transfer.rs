//! KV blocks from one agent to another, by the size and the number of blocks.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use nixl::{Nixl, Op};

use crate::machine::{Result, all, apart, connect, post_and_poll};

/// Bytes of a block, and the numbers of blocks that are moved at once.
const BLOCKS: [(usize, &[usize]); 5] = [
    (4 << 10, &[1, 32, 512]),
    (32 << 10, &[1, 32, 512]),
    (256 << 10, &[1, 32, 512]),
    (4 << 20, &[1, 32]),
    (64 << 20, &[1, 2]),
];

/// A transfer that takes longer than this is not measured again and again.
const LONGEST: Duration = Duration::from_millis(500);

pub fn bench(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let cells = || BLOCKS.iter().flat_map(|(len, batches)| batches.iter().map(|n| (*len, *n)));
    let most_bytes = cells().map(|(len, batch)| 2 * len * batch).max().unwrap_or(0);
    let pair = connect(nixl, name, most_bytes)?;
    for (op, word) in [(Op::Write, "write"), (Op::Read, "read")] {
        let mut group = criterion.benchmark_group(format!("{name}/transfer/{word}"));
        group.sampling_mode(SamplingMode::Flat);
        for (len, batch) in cells() {
            let local = pair.local.prepare(apart(batch, len), &pair.backend)?;
            let region = pair.theirs.region();
            let remote = pair.remote.prepare(&region, apart(batch, len), &pair.backend)?;
            let indices = all(batch);
            let mut transfer = local.transfer(op, &indices, &remote, &indices).build()?;
            let start = Instant::now();
            post_and_poll(&mut transfer);
            let spent = start.elapsed();
            if spent > LONGEST {
                println!("{name}: {word} of {batch} × {len} bytes is skipped: it takes {spent:?}");
                continue;
            }
            group.throughput(Throughput::Bytes((len * batch) as u64));
            let id = BenchmarkId::new(format!("{} KiB", len >> 10), batch);
            group.bench_function(id, |bencher| bencher.iter(|| post_and_poll(&mut transfer)));
        }
        group.finish();
    }
    Ok(())
}
