//! The record of a point of a sweep: what it costs to use so many NICs under one setting.

use serde::{Deserialize, Serialize};

use super::{Body, Environment, Record, SCHEMA};
use crate::emulate::Emulated;
use crate::price::{Cost, Point, Price, Priced, Sweep};
use crate::variant::{BackendName, Medium, Variant};

/// A point of a sweep: its price, or its failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enumeration {
    /// What was asked of the backend.
    pub variant: Variant,
    /// NICs that shall be used.
    pub nics: u32,
    /// NICs that there are for the backend.
    pub nics_there: u32,
    /// Rails that the backend created, where it says so.
    pub rails_created: Option<u32>,
    /// What each process registered, in bytes.
    pub memory_bytes: u64,
    /// Workers of the node whose memory is projected.
    pub workers: u64,
    /// The price, unless a process failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<PointFailure>,
    /// What each process took, in the order of time.
    pub processes: Vec<Cost>,
    /// How the registered bytes are known.
    pub registered_evidence: String,
    /// Whether emulated NICs took part.
    pub emulated: bool,
    /// The machine and the software.
    pub environment: Environment,
    /// The command that made this record.
    #[serde(default)]
    pub command: Vec<String>,
}

/// Why a point has no price.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PointFailure {
    /// What a process was doing; absent when there was none.
    pub step: Option<String>,
    /// Why it failed.
    pub error: String,
}

/// What all records of a sweep share.
#[derive(Clone, Debug)]
pub struct SweepContext<'a> {
    /// The sweep.
    pub sweep: &'a Sweep,
    /// When it began.
    pub started: String,
    /// The machine, without the versions that workers report.
    pub environment: Environment,
    /// The command line.
    pub command: Vec<String>,
}

impl SweepContext<'_> {
    /// The record of the point at `index`.
    pub fn record(&self, index: usize, priced: &Priced) -> Record {
        let (sweep, point) = (self.sweep, &self.sweep.points[index]);
        let environment = self.environment_of(point, priced);
        let emulated = !environment.emulation.is_empty();
        let failure = priced.error.as_ref().map(|error| PointFailure {
            step: priced.failed_step().map(|step| step.to_string()),
            error: error.to_string(),
        });
        let price = Price::of(&priced.processes, sweep.memory_bytes, sweep.workers);
        let body = Enumeration {
            variant: point.variant.clone(),
            nics: priced.nics,
            nics_there: priced.nics_there,
            rails_created: priced.rails_created,
            memory_bytes: sweep.memory_bytes,
            workers: sweep.workers,
            price: price.filter(|_| failure.is_none()),
            failure,
            processes: priced.processes.clone(),
            registered_evidence: registered_evidence(point.variant.backend, emulated).to_owned(),
            emulated,
            environment,
            command: self.command.clone(),
        };
        let (cell, started) = (point.cell.clone(), self.started.clone());
        Record { schema: SCHEMA, cell, started, body: Body::Enumeration(Box::new(body)) }
    }

    fn environment_of(&self, point: &Point, priced: &Priced) -> Environment {
        let emulated = self.sweep.emulated_for(point.variant.backend);
        Environment {
            nixl_origin: point.nixl.origin.clone(),
            emulation: emulated.map(Emulated::settings).unwrap_or_default(),
            ..self.environment.clone()
        }
        .with_loaded(&priced.versions, &priced.paths)
    }
}

fn registered_evidence(backend: BackendName, emulated: bool) -> &'static str {
    match (backend.medium(), emulated) {
        (_, true) => "counted by the emulated NICs, the backend's own buffers among it",
        (Medium::Libfabric, false) => {
            "the memory, once per rail that the log says it is registered on; the backend's own \
             buffers come on top"
        }
        (Medium::Ucx | Medium::Memory, false) => "unknown, since UCX does not tell",
    }
}
