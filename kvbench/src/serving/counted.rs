//! What passed the NICs while a deployment served.

use std::collections::BTreeMap;

use super::deployment::Deployment;
use super::job::ServeJob;
use crate::error::Result;
use crate::measure::{NicBytes, NicCounters, Places};

/// A reading of the NICs on either side of the transfers.
#[derive(Default)]
pub(super) struct Counters {
    initiators: NicCounters,
    /// Where the sides are in different network namespaces.
    targets: Option<NicCounters>,
}

/// What passed between two readings, by NIC.
pub(super) struct Passed {
    pub initiators: BTreeMap<String, NicBytes>,
    /// Where the sides are in different network namespaces.
    pub targets: Option<BTreeMap<String, NicBytes>>,
}

impl Counters {
    /// Reads those of the namespaces in which the workers are, or the emulated ones.
    ///
    /// # Errors
    /// The kernel refuses to let this process into a namespace.
    pub fn read(job: &ServeJob, places: &Places, deployment: &Deployment<'_>) -> Result<Self> {
        if let Some(emulated) = &job.emulated {
            let initiators = emulated.counters(deployment.initiators());
            return Ok(Self { initiators, targets: None });
        }
        let initiators = places.initiators.counters()?;
        let targets = places.are_apart.then(|| places.targets.counters()).transpose()?;
        Ok(Self { initiators, targets })
    }

    /// What passed since `before`.
    pub fn since(&self, before: &Self) -> Passed {
        let targets = self.targets.as_ref().zip(before.targets.as_ref());
        Passed {
            initiators: self.initiators.since(&before.initiators),
            targets: targets.map(|(now, then)| now.since(then)),
        }
    }
}
