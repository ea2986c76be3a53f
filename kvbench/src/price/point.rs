//! A point of a sweep: what it asks for, its processes, and what became of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Cost, Sweep};
use crate::emulate::Emulated;
use crate::error::Error;
use crate::runtime::Nixl;
use crate::variant::{Enumerate, Launch, Rails, Variant, created_rails, launch, registered_rails};
use crate::worker::{Created, Step, Trial, TrialSpec};

/// A setting with a number of NICs.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// The name of its cell, unique within its record file.
    pub cell: String,
    /// The backend and its settings.
    pub variant: Variant,
    /// The NIXL to load.
    pub nixl: Nixl,
}

/// What became of a point.
#[derive(Debug)]
pub struct Priced {
    /// NICs that shall be used.
    pub nics: u32,
    /// NICs that there are for the backend.
    pub nics_there: u32,
    /// Rails that the backend created, where it says so.
    pub rails_created: Option<u32>,
    /// What its processes took.
    pub processes: Vec<Cost>,
    /// Why one of them failed; there were none after it.
    pub error: Option<Error>,
    /// Versions of the loaded libraries.
    pub versions: BTreeMap<String, String>,
    /// Their files.
    pub paths: BTreeMap<String, PathBuf>,
}

impl Priced {
    /// The step in which a process failed, if it was in one.
    pub fn failed_step(&self) -> Option<Step> {
        match &self.error {
            Some(Error::Worker(error)) => Some(error.step),
            _ => None,
        }
    }
}

/// A point that has not ended.
pub(super) struct Open<'s> {
    pub label: String,
    pub priced: Priced,
    sweep: &'s Sweep,
    point: &'s Point,
    launch: Launch,
    emulated: Option<&'s Emulated>,
}

impl<'s> Open<'s> {
    pub fn new(sweep: &'s Sweep, point: &'s Point) -> Self {
        let variant = &point.variant;
        let emulated = sweep.emulated_for(variant.backend);
        let facts = sweep.facts(variant.backend, &point.nixl);
        let mut launch = launch(variant, &facts);
        launch.env.extend(emulated.iter().flat_map(|emulated| emulated.env().clone()));
        let there = facts.most(variant.backend);
        let nics = match (&variant.enumerate, variant.rails) {
            (Enumerate::These(names), _) => names.len() as u32,
            (_, Rails::Count(count)) => count,
            (_, Rails::All) => there,
        };
        let error = facts.check(variant).err().or_else(|| too_many(variant, nics, there));
        let (versions, paths) = Default::default();
        let (nics_there, rails_created, processes) = (there, None, Vec::new());
        let priced = Priced { nics, nics_there, rails_created, processes, error, versions, paths };
        Self { sweep, point, label: variant.label(), launch, emulated, priced }
    }

    /// Takes one process through its steps, unless it is known that it cannot be.
    pub fn take(&mut self) {
        if self.priced.error.is_some() {
            return;
        }
        let backend = self.point.variant.backend;
        let trial = Trial::run(&TrialSpec {
            binary: &self.sweep.binary,
            backend,
            launch: &self.launch,
            namespace: None,
            nixl: &self.point.nixl,
            memory_bytes: Some(self.sweep.memory_bytes),
            deadline: self.sweep.deadline,
        });
        match trial {
            Ok(trial) => self.keep(trial),
            Err(error) => self.priced.error = Some(error),
        }
    }

    fn keep(&mut self, trial: Trial) {
        let backend = self.point.variant.backend;
        self.priced.error = trial.error(backend);
        if let Ok(created) = &trial.outcome {
            let registered = self.registered_bytes(&trial);
            self.priced.processes.extend(cost(created, registered));
        }
        let created = created_rails(backend, &trial.log);
        self.priced.rails_created = created.or(self.priced.rails_created);
        self.priced.versions.extend(trial.versions);
        self.priced.paths.extend(trial.paths);
    }

    /// Emulated NICs count what is registered on them, the backend's own buffers among it; of others,
    /// LIBFABRIC's log tells on how many the memory is.
    fn registered_bytes(&self, trial: &Trial) -> Option<u64> {
        match self.emulated {
            Some(emulated) => emulated.registered_bytes(trial.pid),
            None => {
                let rails = registered_rails(self.point.variant.backend, &trial.log)?;
                Some(u64::from(rails) * self.sweep.memory_bytes)
            }
        }
    }
}

fn cost(created: &Created, registered_bytes: Option<u64>) -> Option<Cost> {
    let registered = created.registered?;
    Some(Cost {
        load_ns: created.load_ns,
        backend_ns: created.backend_ns,
        register_ns: registered.register_ns,
        loaded: created.loaded,
        created: created.usage,
        registered: registered.usage,
        registered_bytes,
    })
}

/// Why `nics` NICs cannot be used where only so many are there.
fn too_many(variant: &Variant, nics: u32, there: u32) -> Option<Error> {
    let backend = variant.backend;
    (nics > there && !matches!(variant.enumerate, Enumerate::These(_))).then(|| {
        Error::Environment {
            what: format!("{backend} cannot use {nics} NICs"),
            why: format!("there are {there} for it; `kvbench devices` shows them"),
            remedy: format!(
                "give --nics up to {there}, or emulate EFA's with --emulate-efa {nics}"
            ),
        }
    })
}
