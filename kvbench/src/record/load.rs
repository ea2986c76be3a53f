//! The record of a point of a load: what was asked of a deployment, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Body, Environment, Failure, Record, SCHEMA, WorkloadRecord};
use crate::error::Error;
use crate::load::{Loaded, PointEntry};
use crate::serving::{ServeEntry, Status};
use crate::variant::{Observed, Variant};

/// A point of a load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadCell {
    /// What served, its variant among it.
    pub deployment: ServeEntry,
    /// Tokens of a prompt.
    pub isl: u64,
    /// Tokens of an answer.
    pub osl: u64,
    /// The seed of everything that was drawn.
    pub random_seed: u64,
    /// What was asked, and what came of it.
    pub point: PointEntry,
    /// What carried the bytes of the deployment, all of its points together.
    pub observed: Observed,
    /// Requests of the deployment whose blocks held something else than they should.
    pub wrong: u64,
    /// Whether emulated NICs took part.
    pub emulated: bool,
    /// The machine and the software.
    pub environment: Environment,
    /// The command that made this record.
    pub command: Vec<String>,
}

impl LoadCell {
    /// Whether every request got its tokens, and the right bytes.
    pub fn is_whole(&self) -> bool {
        let figures = &self.point.figures;
        let unwell = [Status::Failed, Status::Rejected, Status::Cancelled];
        let unwell: u64 = unwell.into_iter().map(|status| figures.count(status)).sum();
        figures.ok() > 0 && unwell == 0 && self.wrong == 0
    }
}

/// What all records of a deployment share.
#[derive(Clone, Debug)]
pub struct LoadContext {
    /// When it began.
    pub started: String,
    /// Tokens of a prompt.
    pub isl: u64,
    /// Tokens of an answer.
    pub osl: u64,
    /// The seed of everything that is drawn.
    pub random_seed: u64,
    /// The machine, without the versions that workers report.
    pub environment: Environment,
    /// The command line.
    pub command: Vec<String>,
}

impl LoadContext {
    /// The record of `cell`, a point of what came of the deployment.
    pub fn record(&self, cell: &str, loaded: &Loaded, point: &PointEntry) -> Record {
        let environment = self.environment.clone();
        let body = LoadCell {
            deployment: loaded.serve.clone(),
            isl: self.isl,
            osl: self.osl,
            random_seed: self.random_seed,
            point: point.clone(),
            observed: loaded.summary.observed.clone(),
            wrong: loaded.summary.wrong,
            emulated: loaded.serve.emulated,
            environment: environment.with_loaded(&loaded.serve.versions, &BTreeMap::new()),
            command: self.command.clone(),
        };
        self.with(cell, Body::Load(Box::new(body)))
    }

    /// The record of `cell`, which its deployment failed.
    pub fn failure(
        &self,
        cell: &str,
        variant: &Variant,
        workload: WorkloadRecord,
        error: &Error,
    ) -> Record {
        let (step, worker) = match error {
            Error::Serving(error) => (Some(error.step.to_string()), Some(error.worker.clone())),
            _ => (None, None),
        };
        let body = Failure {
            variant: variant.clone(),
            workload,
            step,
            worker,
            error: error.to_string(),
            findings: Vec::new(),
            environment: self.environment.clone(),
            command: self.command.clone(),
        };
        self.with(cell, Body::Failure(Box::new(body)))
    }

    fn with(&self, cell: &str, body: Body) -> Record {
        Record { schema: SCHEMA, cell: cell.to_owned(), started: self.started.clone(), body }
    }
}
