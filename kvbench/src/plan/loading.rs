//! What cells of load have in common that one deployment can serve.

use super::{Asked, PlanCell};
use crate::error::{Error, Result};
use crate::load::Load;
use crate::spec::{DeploymentShape, LoadSpec, Spec};
use crate::workload::Workload;

/// A deployment, and what its requests are.
#[derive(Clone, PartialEq, Debug)]
pub struct Loading {
    /// Its variant and its requests.
    pub spec: Spec,
    /// Its workers; of no point.
    pub load: LoadSpec,
    /// What a request moves.
    pub workload: Workload,
}

impl Loading {
    /// Of a cell with this spec, which is not what the plan has where prompts are shortened.
    pub(super) fn new(spec: &Spec, load: &LoadSpec) -> Result<Self> {
        if !spec.variant()?.backend.is_nixl() {
            let message = "a deployment moves its blocks over NIXL: choose ucx or libfabric";
            return Err(Error::Usage(message.to_owned()));
        }
        load.point()?;
        load.compute()?;
        load.workers()?;
        DeploymentShape::new(spec, load)?;
        let workload = spec.workload()?;
        Ok(Self { spec: spec.clone(), load: load.of_no_point(), workload })
    }
}

impl PlanCell {
    /// The point, of a cell of load.
    pub fn point(&self) -> Option<Load> {
        match &self.asked {
            Asked::Load(load) => load.point().ok(),
            Asked::Run(_) | Asked::Enumerate(_) => None,
        }
    }
}
