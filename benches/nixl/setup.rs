//! What has to happen before a first transfer: registration by size, and the exchange of metadata.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use nixl::Nixl;

use crate::machine::{Result, agent, buffer};

const SIZES: [usize; 4] = [1 << 20, 16 << 20, 256 << 20, 1 << 30];

/// The addresses of a registration stay reserved for the life of the process, so a sample is at most
/// so many registrations.
const MOST_PER_SAMPLE: u64 = 10;

/// Registrations that metadata tells of.
const REGISTRATIONS: [usize; 3] = [1, 64, 1024];

pub fn bench(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    metadata(criterion, nixl, name)?;
    register(criterion, nixl, name)
}

fn register(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let (agent, backend) = agent(nixl, name, "register")?;
    let mut group = criterion.benchmark_group(format!("{name}/register"));
    group.sampling_mode(SamplingMode::Flat);
    for bytes in SIZES {
        buffer(bytes)?;
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{} MiB", bytes >> 20)), |b| {
            b.iter_custom(|iterations| {
                let made = iterations.min(MOST_PER_SAMPLE);
                let spent: Duration = (0..made)
                    .map(|_| {
                        let memory = buffer(bytes).expect("it was there before");
                        let start = Instant::now();
                        let registered = agent.register(memory, &[&backend]);
                        let spent = start.elapsed();
                        registered.map(drop).expect("the memory is mapped");
                        spent
                    })
                    .sum();
                spent.mul_f64(iterations as f64 / made as f64)
            });
        });
    }
    group.finish();
    Ok(())
}

fn metadata(criterion: &mut Criterion, nixl: &Nixl, name: &str) -> Result<()> {
    let (teller, backend) = agent(nixl, name, "teller")?;
    let (reader, _) = agent(nixl, name, "reader")?;
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
                let load = |_| {
                    let start = Instant::now();
                    let remote = reader.load_remote(&metadata).expect("the metadata is whole");
                    let spent = start.elapsed();
                    remote.invalidate().expect("nothing uses the peer");
                    spent
                };
                (0..iterations).map(load).sum()
            });
        });
    }
    group.finish();
    Ok(())
}
