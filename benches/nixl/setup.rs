//! What has to happen before a first transfer: registration by size, and the exchange of metadata.

use std::time::Instant;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use nixl::Nixl;

use crate::machine::{Result, agent, buffer};

const SIZES: [usize; 4] = [1 << 20, 16 << 20, 256 << 20, 1 << 30];

/// Registrations that metadata tells of.
const REGISTRATIONS: [usize; 3] = [1, 64, 1024];

pub fn bench(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    metadata(criterion, nixl, name)?;
    register(criterion, nixl, name)
}

fn register(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let (agent, backend) = agent(nixl, name, "initiator")?;
    let mut group = criterion.benchmark_group(format!("{name}/register"));
    group.sampling_mode(SamplingMode::Flat);
    for bytes in SIZES {
        buffer(bytes)?;
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{} MiB", bytes >> 20)), |b| {
            // The addresses of a registration stay reserved for the life of the process: some thousand
            // registrations are no burden, and mapping the memory keeps them from being more.
            b.iter_custom(|iterations| {
                let register = |_| {
                    let memory = buffer(bytes).expect("it was there before");
                    let start = Instant::now();
                    let registered = agent.register(memory, &[&backend]);
                    let spent = start.elapsed();
                    registered.map(drop).expect("the memory is mapped");
                    spent
                };
                (0..iterations).map(register).sum()
            });
        });
    }
    group.finish();
    Ok(())
}

fn metadata(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let (teller, backend) = agent(nixl, name, "target")?;
    let mut group = criterion.benchmark_group(format!("{name}/metadata"));
    let mut registrations = Vec::new();
    for count in REGISTRATIONS {
        while registrations.len() < count {
            registrations.push(teller.register(buffer(4096)?, &[&backend])?);
        }
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("make", count), |b| b.iter(|| teller.metadata()));
        let metadata = teller.metadata()?;
        group.bench_function(BenchmarkId::new("load", count), |bencher| {
            bencher.iter_custom(|iterations| {
                // A peer that was loaded before costs less, so each load is by an agent of its own.
                let load = |_| {
                    let (reader, _backend) = agent(nixl, name, "initiator").expect("as before");
                    let start = Instant::now();
                    let loaded = reader.load_remote(&metadata);
                    let spent = start.elapsed();
                    loaded.map(drop).expect("the metadata is whole");
                    spent
                };
                (0..iterations).map(load).sum()
            });
        });
    }
    group.finish();
    Ok(())
}
