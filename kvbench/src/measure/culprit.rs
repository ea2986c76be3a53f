//! Which NIC is to blame where LIBFABRIC has failed, or has opened fewer NICs than there are.
//!
//! NIXL's log names rails by number. Which NIC a rail is shows in a trial of the backend at NIXL's log
//! level debug, which names the NIC of every rail that was created; the one that was not is found by
//! elimination, and by trials of one NIC alone.

use std::collections::BTreeMap;

use super::job::Job;
use super::subject::Subject;
use crate::error::WorkerError;
use crate::variant::{BackendName, NicFinding, Observed, failed_rail, left_out, rail_nics};
use crate::worker::{Role, Start, Trial, TrialSpec};

/// The NIC that a failure is of, if it is of one.
pub(super) fn culprit(job: &Job, subject: &Subject<'_>, error: &WorkerError) -> Option<NicFinding> {
    let is_far = job.far.is_some() && error.worker.role == Role::Target;
    if subject.backend() != BackendName::Libfabric || is_far {
        return None;
    }
    let rail = failed_rail(&String::from_utf8_lossy(&error.log))?;
    let visible = subject.visible_efa();
    if visible.is_empty() {
        return subject.only_loopback().map(|nic| NicFinding::loopback(nic, &rail));
    }
    let opened = rails(&trial(job, subject, subject.starts().0)?);
    let (nic, also) = match opened.get(&rail.rail) {
        Some(nic) => (nic.clone(), format!("rail {} is this NIC", rail.rail)),
        None => unopened(job, subject, &visible, &opened)?,
    };
    Some(NicFinding::failed(&nic, &rail, &also, &subject.memory_limit()))
}

/// The NICs that LIBFABRIC left alone although it was to see them.
pub(super) fn left_alone(job: &Job, subject: &Subject<'_>, observed: &Observed) -> Vec<NicFinding> {
    let expected = subject.visible_efa();
    let over_efa = observed.transports.iter().any(|transport| transport.starts_with("efa"));
    let created = observed.rails_created.filter(|created| (*created as usize) < expected.len());
    // A patched build makes only as many rails as it is told to.
    let (Some(created), true, false) = (created, over_efa, subject.facts().plugin.max_rails) else {
        return Vec::new();
    };
    let trial = trial(job, subject, subject.starts().0);
    trial.map(|trial| left_out(&expected, &rails(&trial), created)).unwrap_or_default()
}

/// Of the NICs that no rail was created on, the one that failed, and what tells.
fn unopened(
    job: &Job,
    subject: &Subject<'_>,
    visible: &[String],
    opened: &BTreeMap<u32, String>,
) -> Option<(String, String)> {
    let is_open = |nic: &&String| opened.values().any(|opened| opened == *nic);
    let rest: Vec<String> = visible.iter().filter(|nic| !is_open(nic)).cloned().collect();
    let on = |nics: &[String]| trial(job, subject, subject.starts_on(nics).0);
    for nic in &rest {
        if on(std::slice::from_ref(nic))?.outcome.is_err() {
            return Some((nic.clone(), "alone it fails as well".to_owned()));
        }
    }
    // All of them open alone, so it was the next in libfabric's order.
    let next = match &rest[..] {
        [only] => only.clone(),
        _ => rails(&on(&rest)?).remove(&0)?,
    };
    Some((next, format!("alone it opens, after {} others it does not", opened.len())))
}

/// Creates the backend once more, with NIXL's log at level debug.
fn trial(job: &Job, subject: &Subject<'_>, start: Start<'_>) -> Option<Trial> {
    let Start { mut launch, namespace, .. } = start;
    launch.env.insert("NIXL_LOG_LEVEL".to_owned(), "DEBUG".to_owned());
    let (backend, nixl) = (subject.backend(), &subject.contender.nixl);
    let (binary, deadline) = (&job.binary, job.deadline);
    Trial::run(&TrialSpec {
        binary,
        backend,
        launch: &launch,
        namespace,
        nixl,
        memory_bytes: None,
        deadline,
    })
    .ok()
}

fn rails(trial: &Trial) -> BTreeMap<u32, String> {
    rail_nics(&String::from_utf8_lossy(&trial.log))
}
