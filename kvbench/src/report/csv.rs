//! CSV: a row per cell, measured or failed; units stand in the column names.

mod point;

use super::group::asked;
use super::notes::word;
use crate::measure::Parts;
use crate::record::{Body, CeilingRecord, Cell, Failure, Record, WorkloadRecord};
use crate::stats::{Interval, Summary};
use crate::variant::{BackendName, NicFinding, Variant};
use crate::worker::WorkerUsage;
use point::POINT;

type Column<T> = (&'static str, fn(&T) -> String);

/// All records as CSV. What a failed cell lacks is empty. Columns of transfers, and those of
/// enumerations, are there only where a record is of that kind. Points of loads have no row.
pub fn csv(records: &[Record]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let records: Vec<_> = records.iter().filter(|record| record.load().is_none()).collect();
    let points = records.iter().filter(|record| record.enumeration().is_some()).count();
    let (transfers, points) = (points == 0 || points < records.len(), points > 0);
    let mut header: Vec<_> = names(IDENTITY).chain(names(VARIANT)).collect();
    if transfers {
        header.extend(names(WORKLOAD).chain(names(CELL)).chain(names(FAILURE)));
        header.extend(names(FINDINGS));
    }
    if points {
        header.extend(names(POINT));
    }
    // Writing to memory does not fail, and all rows have the columns of the header.
    let _ = writer.write_record(header);
    for record in records {
        let point = record.enumeration();
        let asked = asked(record);
        let variant = asked.map(|(variant, _)| variant).or(point.map(|point| &point.variant));
        let failure = match &record.body {
            Body::Failure(failure) => Some(&**failure),
            _ => None,
        };
        let mut row: Vec<_> =
            values(IDENTITY, Some(record)).chain(values(VARIANT, variant)).collect();
        if transfers {
            row.extend(values(WORKLOAD, asked.map(|(_, workload)| workload)));
            row.extend(values(CELL, record.measured()).chain(values(FAILURE, failure)));
            row.extend(values(FINDINGS, Some(record)));
        }
        if points {
            row.extend(values(POINT, point));
        }
        let _ = writer.write_record(row.into_iter().map(inert));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn names<T>(columns: &[Column<T>]) -> impl Iterator<Item = &'static str> {
    columns.iter().map(|(name, _)| *name)
}

fn values<T>(columns: &[Column<T>], of: Option<&T>) -> impl Iterator<Item = String> {
    columns.iter().map(move |(_, value)| of.map(value).unwrap_or_default())
}

/// A spreadsheet takes text that begins like this for a formula, and records come from anywhere.
fn inert(text: String) -> String {
    let is_number = text.parse::<f64>().is_ok();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        format!("'{text}")
    } else {
        text
    }
}

const IDENTITY: &[Column<Record>] = &[
    ("kind", |record| match record.body {
        Body::Cell(_) => "cell".to_owned(),
        Body::Failure(_) => "failure".to_owned(),
        Body::Enumeration(_) => "enumeration".to_owned(),
        Body::Load(_) => "load".to_owned(),
    }),
    ("cell", |record| record.cell.clone()),
    ("started", |record| record.started.clone()),
];

const VARIANT: &[Column<Variant>] = &[
    ("variant", Variant::label),
    ("backend", |variant| variant.backend.to_string()),
    ("rails", |variant| variant.rails.to_string()),
    ("enumerate", |variant| variant.enumerate.to_string()),
    ("env", |variant| pairs(&variant.env)),
    ("params", |variant| pairs(&variant.params)),
];

const WORKLOAD: &[Column<WorkloadRecord>] = &[
    ("model", |work| work.model.clone().unwrap_or_default()),
    ("op", |work| work.op.to_string()),
    ("initiator_mem", |work| work.mem[0].clone()),
    ("target_mem", |work| work.mem[1].clone()),
    ("prefill_tp", |work| work.tp[0].to_string()),
    ("decode_tp", |work| work.tp[1].to_string()),
    ("blocks", |work| work.blocks.to_string()),
    ("descriptors", |work| some(work.descriptors)),
    ("block_bytes", |work| work.block_bytes.to_string()),
    ("request_bytes", |work| work.bytes.to_string()),
    ("poll", |work| some(work.poll)),
    ("in_flight", |work| some(work.in_flight)),
    ("merge", |work| some(work.merge)),
];

const CELL: &[Column<Cell>] = &[
    ("path", |cell| cell.observed.path.to_string()),
    ("transports", |cell| cell.observed.transports.join(" ")),
    ("rails_created", |cell| some(cell.observed.rails_created)),
    ("rails_used", |cell| cell.observed.rails_used.to_string()),
    ("nic_tx_bytes", |cell| nic_bytes(cell, |nic| nic.tx)),
    ("nic_rx_bytes", |cell| nic_bytes(cell, |nic| nic.rx)),
    ("requests", |cell| delivered(cell).count.to_string()),
    ("completed_min_ns", |cell| completed(cell).min.to_string()),
    ("completed_mean_ns", |cell| format!("{:.0}", completed(cell).mean)),
    ("completed_p50_ns", |cell| completed(cell).p50.to_string()),
    ("completed_p90_ns", |cell| completed(cell).p90.to_string()),
    ("completed_p99_ns", |cell| completed(cell).p99.to_string()),
    ("completed_p999_ns", |cell| completed(cell).p999.to_string()),
    ("completed_max_ns", |cell| completed(cell).max.to_string()),
    ("delivered_min_ns", |cell| delivered(cell).min.to_string()),
    ("delivered_mean_ns", |cell| format!("{:.0}", delivered(cell).mean)),
    ("delivered_p50_ns", |cell| delivered(cell).p50.to_string()),
    ("delivered_p90_ns", |cell| delivered(cell).p90.to_string()),
    ("delivered_p99_ns", |cell| delivered(cell).p99.to_string()),
    ("delivered_p999_ns", |cell| delivered(cell).p999.to_string()),
    ("delivered_max_ns", |cell| delivered(cell).max.to_string()),
    ("bandwidth_bytes_per_s", |cell| format!("{:.0}", cell.bandwidth_bytes_per_s.value)),
    ("bandwidth_low_bytes_per_s", |cell| whole(cell.bandwidth_bytes_per_s.low)),
    ("bandwidth_high_bytes_per_s", |cell| whole(cell.bandwidth_bytes_per_s.high)),
    ("base", |cell| cell.comparison.as_ref().map(|one| one.base.clone()).unwrap_or_default()),
    ("verdict", |cell| {
        cell.comparison.as_ref().map(|one| word(&one.verdict).0.to_owned()).unwrap_or_default()
    }),
    ("delivered_p50_ratio", |cell| ratio(cell, |ratio| ratio.value)),
    ("delivered_p50_ratio_low", |cell| ratio(cell, |ratio| ratio.low)),
    ("delivered_p50_ratio_high", |cell| ratio(cell, |ratio| ratio.high)),
    ("delivered_p50_ratio_confidence", |cell| ratio(cell, |ratio| ratio.confidence)),
    ("post_mean_ns", |cell| part(cell, |parts| parts.post)),
    ("wire_mean_ns", |cell| part(cell, |parts| parts.wire)),
    ("delivery_mean_ns", |cell| part(cell, |parts| parts.delivery)),
    ("idle_mean_ns", |cell| part(cell, |parts| parts.idle)),
    ("of_raw", |cell| share(cell, false, |share| share.value)),
    ("of_raw_low", |cell| share(cell, false, |share| share.low)),
    ("of_raw_high", |cell| share(cell, false, |share| share.high)),
    ("of_memcpy", |cell| share(cell, true, |share| share.value)),
    ("of_memcpy_low", |cell| share(cell, true, |share| share.low)),
    ("of_memcpy_high", |cell| share(cell, true, |share| share.high)),
    ("setup_load_ns", |cell| cell.setup_ns.load.to_string()),
    ("setup_agent_ns", |cell| cell.setup_ns.agent.to_string()),
    ("setup_backend_ns", |cell| cell.setup_ns.backend.to_string()),
    ("setup_register_ns", |cell| cell.setup_ns.register.to_string()),
    ("setup_metadata_ns", |cell| cell.setup_ns.metadata.to_string()),
    ("setup_first_transfer_ns", |cell| cell.setup_ns.first_transfer.to_string()),
    ("warm_up_requests", |cell| cell.warm_up.requests.to_string()),
    ("warm_up_steady", |cell| cell.warm_up.steady.to_string()),
    ("initiator_rss_bytes", |cell| initiator(cell).rss_bytes.to_string()),
    ("initiator_prepared_bytes", |cell| initiator(cell).request_bytes.to_string()),
    ("initiator_cpu_s", |cell| initiator(cell).cpu_s.to_string()),
    ("initiator_fds", |cell| initiator(cell).fds.to_string()),
    ("initiator_threads", |cell| initiator(cell).threads.to_string()),
    ("target_rss_bytes", |cell| target(cell).rss_bytes.to_string()),
    ("target_cpu_s", |cell| target(cell).cpu_s.to_string()),
    ("target_fds", |cell| target(cell).fds.to_string()),
    ("target_threads", |cell| target(cell).threads.to_string()),
    ("cpu_s_per_gb", |cell| format!("{:.4}", cell.resources.cpu_s_per_gb)),
    ("pinned", |cell| cell.pinned.to_string()),
    ("injected_delay_ns", |cell| cell.injected_delay_ns.to_string()),
    ("verified", |cell| cell.verified.to_string()),
    ("verified_bytes", |cell| cell.verified_bytes.to_string()),
    ("emulated", |cell| cell.emulated.to_string()),
    ("host", |cell| cell.environment.host.clone()),
    ("kernel", |cell| cell.environment.kernel.clone()),
    ("nixl", |cell| cell.environment.nixl.clone().unwrap_or_default()),
    ("ucx", |cell| cell.environment.ucx.clone().unwrap_or_default()),
    ("libfabric", |cell| cell.environment.libfabric.clone().unwrap_or_default()),
];

const FAILURE: &[Column<Failure>] = &[
    ("failed_step", |failure| failure.step.clone().unwrap_or_default()),
    ("failed_worker", |failure| failure.worker.clone().unwrap_or_default()),
    ("error", |failure| failure.error.clone()),
];

const FINDINGS: &[Column<Record>] = &[("findings", |record| {
    let findings = match &record.body {
        Body::Cell(cell) => &cell.observed.findings[..],
        Body::Failure(failure) => &failure.findings,
        Body::Enumeration(_) | Body::Load(_) => &[],
    };
    let short = |one: &NicFinding| format!("{} {}", one.nic, one.finding);
    findings.iter().map(short).collect::<Vec<_>>().join("; ")
})];

fn completed(cell: &Cell) -> &Summary {
    &cell.latency_ns.completed
}

fn delivered(cell: &Cell) -> &Summary {
    &cell.latency_ns.delivered
}

fn initiator(cell: &Cell) -> &WorkerUsage {
    &cell.resources.initiator
}

fn target(cell: &Cell) -> &WorkerUsage {
    &cell.resources.target
}

fn ratio(cell: &Cell, of: fn(&Interval) -> f64) -> String {
    let ratio = cell.comparison.as_ref().and_then(|one| one.verdict.ratio());
    ratio.map(|ratio| format!("{:.4}", of(ratio))).unwrap_or_default()
}

fn part(cell: &Cell, of: fn(&Parts) -> f64) -> String {
    cell.parts_ns.map(|parts| format!("{:.0}", of(&parts))).unwrap_or_default()
}

/// The share of memcpy, or of the raw transport.
fn share(cell: &Cell, memcpy: bool, of: fn(&Interval) -> f64) -> String {
    let is_it = |one: &&CeilingRecord| (one.backend == BackendName::Memcpy) == memcpy;
    let share = cell.ceilings.iter().find(is_it).and_then(|one| one.share);
    share.map(|share| format!("{:.4}", of(&share))).unwrap_or_default()
}

fn nic_bytes(cell: &Cell, of: fn(&crate::measure::NicBytes) -> u64) -> String {
    cell.observed.nic_bytes.values().map(of).fold(0, u64::saturating_add).to_string()
}

fn pairs(map: &std::collections::BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(" ")
}

fn some(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn whole(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.0}")).unwrap_or_default()
}
