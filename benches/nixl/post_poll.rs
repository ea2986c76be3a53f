//! What post and poll cost: of one small block, until it is complete and until the target knows, and of
//! no transfer.

use std::hint::black_box;

use criterion::Criterion;
use nixl::{Nixl, Op};

use crate::machine::{Result, all, apart, connect, post_and_poll};

const BLOCK_BYTES: usize = 4096;

pub fn bench(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let pair = connect(nixl, name, 2 * BLOCK_BYTES)?;
    let local = pair.local.prepare(apart(1, BLOCK_BYTES), &pair.backend)?;
    let region = pair.theirs.region();
    let remote = pair.remote.prepare(&region, apart(1, BLOCK_BYTES), &pair.backend)?;
    let one = all(1);
    let mut group = criterion.benchmark_group(format!("{name}/post and poll"));
    let mut plain = local.transfer(Op::Write, &one, &remote, &one).build()?;
    group.bench_function("4 KiB", |bencher| bencher.iter(|| post_and_poll(&mut plain)));
    let notified = local.transfer(Op::Write, &one, &remote, &one).notify(b"kv");
    let mut notified = notified.build()?;
    let mut arrivals = pair.target.inbox()?;
    group.bench_function("4 KiB until the target has the notification", |bencher| {
        bencher.iter(|| {
            post_and_poll(&mut notified);
            while arrivals.poll(|_| {}).expect("the agent lives") == 0 {}
        });
    });
    group.bench_function("poll of a transfer that is done", |bencher| {
        bencher.iter(|| black_box(&mut plain).poll().map(black_box));
    });
    let mut inbox = pair.initiator.inbox()?;
    group.bench_function("poll of an empty inbox", |bencher| {
        bencher.iter(|| black_box(&mut inbox).poll(|_| {}).map(black_box));
    });
    group.finish();
    Ok(())
}
