//! What there was of a deployment, when it has ended.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

use super::counted::Passed;
use super::deployment::Deployment;
use super::job::ServeJob;
use super::metrics::Metrics;
use super::record::Status;
use crate::measure::Places;
use crate::variant::{Evidence, Observed, observe};

/// Requests, bytes, and what carried them.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What its figures are.
    pub label: String,
    /// Requests by how they ended.
    pub requests: BTreeMap<&'static str, u64>,
    /// Requests whose blocks held something else than they should.
    pub wrong: u64,
    /// Bytes delivered.
    pub bytes: u64,
    /// The path and the settings, by evidence.
    pub observed: Observed,
}

impl Summary {
    pub(super) fn new(
        job: &ServeJob,
        places: &Places,
        deployment: &Deployment<'_>,
        metrics: &Metrics,
        passed: &Passed,
    ) -> Self {
        let bytes = metrics.delivered_bytes();
        let evidence = Evidence {
            log: &deployment.log(),
            nic_bytes: &passed.initiators,
            target_nic_bytes: passed.targets.as_ref(),
            payload_bytes: bytes,
            requests: metrics.ended_with(Status::Ok),
            op: job.op,
            facts: &places.initiators.facts,
        };
        let requests = Status::ALL.map(|status| (status.name(), metrics.ended_with(status)));
        Self {
            label: job.label(),
            requests: requests.into_iter().collect(),
            wrong: metrics.wrong.load(Relaxed),
            bytes,
            observed: observe(&places.initiators.variant, &evidence),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.requests.iter().filter(|(_, count)| **count > 0);
        let requests: Vec<String> =
            requests.map(|(status, count)| format!("{count} {status}")).collect();
        let requests = if requests.is_empty() { "none".to_owned() } else { requests.join(", ") };
        write!(f, "{}: requests {requests}; {} bytes moved", self.label, self.bytes)?;
        if self.bytes > 0 {
            write!(f, "; path: {}", self.observed.path_evidence)?;
        }
        Ok(())
    }
}
