//! Records made up for comparisons: known medians, known noise, any host.

use kvbench::record::{
    Bandwidth, Body, Build, Cell, Environment, Latency, Record, Resources, SCHEMA, SliceRecord,
    WarmUpRecord, WorkloadRecord,
};
use kvbench::stats::Histogram;
use kvbench::variant::{BackendName, Observed, Path, Variant};
use kvbench::worker::{SetupTimes, WorkerUsage};
use kvbench::workload::{Traffic, Uniform, Workload};

/// What a record shall show.
#[derive(Clone, Copy)]
pub struct Sample {
    pub backend: BackendName,
    pub host: &'static str,
    pub nixl: &'static str,
    pub median_ns: f64,
    pub seed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        let (backend, host, nixl) = (BackendName::Ucx, "node-a", "1.5.0");
        Self { backend, host, nixl, median_ns: 1e6, seed: 1 }
    }
}

/// A record of 40 slices of 20 requests, with noise of a few percent.
pub fn record(sample: Sample) -> Record {
    let mut state = sample.seed;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5
    };
    let slices: Vec<Vec<u64>> = (0..40)
        .map(|_| {
            let slow = 1.0 + 0.02 * noise();
            (0..20).map(|_| (sample.median_ns * slow * (1.0 + 0.1 * noise())) as u64).collect()
        })
        .collect();
    let all: Vec<u64> = slices.concat();
    let summary = Histogram::of(&all).unwrap().summary().unwrap().unwrap();
    let traffic =
        Traffic::Uniform(Uniform { blocks: 4, block_bytes: 65_536, ..Uniform::default() });
    let workload = Workload { traffic, ..Workload::default() };
    let plan = workload.traffic.plan().unwrap();
    let slice = |latencies: &Vec<u64>| SliceRecord {
        restart: 0,
        elapsed_ns: latencies.iter().sum(),
        bytes: plan.bytes() * latencies.len() as u64,
        delivered: Histogram::of(latencies).unwrap().to_base64().unwrap(),
    };
    let usage = WorkerUsage::default();
    let cell = Cell {
        variant: Variant::new(sample.backend),
        workload: WorkloadRecord::new(&plan, &workload),
        observed: Observed {
            path: Path::Nic,
            path_evidence: "made up".into(),
            fallback: None,
            transports: vec!["tcp/lo".into()],
            rails_created: Some(1),
            rails_used: 1,
            nic_bytes: Default::default(),
            target_nic_bytes: Default::default(),
            nic_alone_bytes_per_s: Default::default(),
            findings: Vec::new(),
            settings: Default::default(),
        },
        setup_ns: SetupTimes::default(),
        restarts: 1,
        warm_up: WarmUpRecord { steady: true, requests: 10, outliers: 0, slowest_ns: None },
        latency_ns: Latency { completed: summary.clone(), delivered: summary },
        parts_ns: None,
        ceilings: Vec::new(),
        bandwidth_bytes_per_s: Bandwidth { value: 1e9, low: None, high: None },
        resources: Resources { initiator: usage, target: usage, cpu_s_per_gb: 1.0 },
        verified: true,
        verified_bytes: 1,
        pinned: true,
        clock: kvbench::measure::Clock::Shared,
        injected_delay_ns: 0,
        emulated: false,
        comparison: None,
        slices: slices.iter().map(slice).collect(),
        environment: environment(sample),
        command: vec!["kvbench".into()],
    };
    let (cell_id, started) = (format!("c{}", sample.seed), "2026-01-01T00:00:00Z".to_owned());
    Record { schema: SCHEMA, cell: cell_id, started, body: Body::Cell(Box::new(cell)) }
}

fn environment(sample: Sample) -> Environment {
    Environment {
        host: sample.host.into(),
        cpu: "a processor".into(),
        cpus: 2,
        kernel: "6.1".into(),
        tcp_congestion_control: "cubic".into(),
        timer: None,
        nixl: Some(sample.nixl.into()),
        ucx: None,
        libfabric: None,
        nixl_origin: "installed".into(),
        paths: Default::default(),
        variables: Default::default(),
        emulation: Default::default(),
        netns: Default::default(),
        far: None,
        kvbench: Build::default(),
    }
}
