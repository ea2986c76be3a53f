//! What NIXL costs through the wrapper: moving blocks, post and poll, lists of descriptors, set-up.
//!
//! `cargo bench` measures UCX, `cargo bench --features libfabric` LIBFABRIC too; a word behind `--`
//! picks some (`cargo bench -- lists`). All agents live in this process; what a transfer costs
//! between processes, and when its data is usable there, is what the `kvbench` command measures.

mod lists;
mod machine;
mod post_poll;
mod setup;
mod transfer;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

/// Few enough samples for all benches to end within minutes.
fn few_samples() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

fn benches(criterion: &mut Criterion) {
    let parts: [(&str, machine::Bench); 4] = [
        ("transfer", transfer::bench),
        ("post and poll", post_poll::bench),
        ("lists", lists::bench),
        ("set-up", setup::bench),
    ];
    let nixl = match machine::open() {
        Ok(nixl) => nixl,
        Err(error) => return println!("everything is skipped: {error}"),
    };
    let backends = if cfg!(feature = "libfabric") { &["UCX", "LIBFABRIC"][..] } else { &["UCX"] };
    for (part, bench) in parts {
        for backend in backends {
            if let Err(error) = bench(criterion, &nixl, backend) {
                println!("{backend}: the rest of {part} is skipped: {error}");
            }
        }
    }
}

criterion_group! { name = nixl; config = few_samples(); targets = benches }
criterion_main!(nixl);
