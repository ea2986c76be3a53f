//! What each NIC carries alone, after it carried a share of the payload with others.
//!
//! Byte counters do not tell a slow NIC: a backend gives every rail the same share, and a request ends
//! with its slowest rail. When within a request each rail is done does not show either, because counters
//! of NICs are refreshed rarely (EFA's every 10 ms), and requests are shorter. So each NIC is measured by
//! itself, by fresh processes that see no other, with a small request; what it carries at its best
//! counts, so that a busy machine makes no NIC slow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::job::{Job, Outcome};
use super::observer::Observer;
use super::subject::Subject;
use crate::variant::{BackendName, slow_nics};
use crate::worker::{Group, GroupSpec, Step};
use crate::workload::{BlockTable, Plan, Traffic, Uniform, Workload};

/// The request: 16 blocks of 256 KiB, which a NIC of 0.5 Gbit/s carries in 67 ms.
const REQUEST: Uniform = Uniform {
    blocks: 16,
    block_bytes: 256 << 10,
    prefill_ranks: 1,
    decode_ranks: 1,
    table: BlockTable::Contiguous,
};

/// How long a NIC is measured.
const SLICE: Duration = Duration::from_millis(100);

/// Measures the NICs of variants that used several, and adds what it finds to what was observed of them.
///
/// Unless the job says, that is given up where it would take more than half the time of measuring.
pub(super) fn measure_alone(
    job: &Job,
    outcomes: &mut [(Option<Subject<'_>>, Outcome)],
    observer: &mut dyn Observer,
) {
    if job.check_nics == Some(false) {
        return;
    }
    for backend in BackendName::NIXL {
        let Some(alone) = rates(job, backend, outcomes, observer) else { continue };
        let slow = slow_nics(&alone, backend);
        for (_, outcome) in outcomes.iter_mut().filter(|(subject, _)| is_of(subject, backend)) {
            let Outcome::Measured(measured) = outcome else { continue };
            let seen = &mut measured.observed;
            if seen.rails_used > 1 {
                let used: BTreeSet<String> =
                    seen.carriers().into_iter().map(str::to_owned).collect();
                let alone = alone.iter().filter(|(nic, _)| used.contains(*nic));
                seen.nic_alone_bytes_per_s =
                    alone.map(|(nic, rate)| (nic.clone(), *rate)).collect();
                let slow = slow.iter().filter(|finding| used.contains(&finding.nic));
                seen.findings.extend(slow.cloned());
            }
        }
    }
}

fn is_of(subject: &Option<Subject<'_>>, backend: BackendName) -> bool {
    subject.as_ref().is_some_and(|subject| subject.backend() == backend)
}

/// Bytes per second of each NIC that `backend` used along with others.
fn rates(
    job: &Job,
    backend: BackendName,
    outcomes: &[(Option<Subject<'_>>, Outcome)],
    observer: &mut dyn Observer,
) -> Option<BTreeMap<String, u64>> {
    let mut nics = BTreeSet::new();
    let mut subject = None;
    for (of, outcome) in outcomes.iter().filter(|(subject, _)| is_of(subject, backend)) {
        if let Outcome::Measured(measured) = outcome
            && measured.observed.rails_used > 1
        {
            nics.extend(measured.observed.carriers().into_iter().map(str::to_owned));
            subject = of.as_ref();
        }
    }
    let subject = subject?;
    observer.step(backend.label(), Step::MeasureAlone);
    let traffic =
        Workload { traffic: Traffic::Uniform(REQUEST), in_flight: 1, ..job.workload.clone() };
    let plan = traffic.traffic.plan().ok()?;
    let (limit, start) = (job.stop.max_time / 2, Instant::now());
    let mut rates = BTreeMap::new();
    for nic in &nics {
        if let Some(rate) = rate(job, subject, &traffic, &plan, nic) {
            rates.insert(nic.clone(), rate);
        }
        let all = start.elapsed() * nics.len() as u32;
        if job.check_nics.is_none() && rates.len() == 1 && all > limit {
            return None;
        }
    }
    for slow in slow_nics(&rates, backend) {
        // It may have been bad luck.
        let again = rate(job, subject, &traffic, &plan, &slow.nic).unwrap_or_default();
        let best = rates.entry(slow.nic).or_default();
        *best = again.max(*best);
    }
    Some(rates)
}

/// Bytes per second of `nic` alone, at its best; `None` where it cannot be used alone.
fn rate(
    job: &Job,
    subject: &Subject<'_>,
    workload: &Workload,
    plan: &Plan,
    nic: &str,
) -> Option<u64> {
    let (initiators, targets) = subject.starts_on(&[nic.to_owned()]);
    let spec = GroupSpec {
        binary: &job.binary,
        backend: subject.backend(),
        name: "alone".to_owned(),
        initiators,
        targets,
        workload,
        nixl: &subject.contender.nixl,
        deadline: job.deadline,
    };
    let mut group = Group::start(&spec, plan).ok()?;
    // The first request makes connections.
    group.slice(Step::MeasureAlone, Duration::ZERO).ok()?;
    let leader = group.slice(Step::MeasureAlone, SLICE).ok()?.swap_remove(0);
    let busiest = leader.nic_bytes.iter().max_by_key(|(_, bytes)| bytes.tx.max(bytes.rx));
    let best_ns = leader.samples.iter().map(|sample| sample.delivered_ns).min()?;
    let carried = busiest.is_some_and(|(busiest, _)| busiest == nic);
    carried.then(|| (plan.bytes() as f64 / (best_ns.max(1) as f64 / 1e9)) as u64)
}
