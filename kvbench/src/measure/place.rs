//! Where the workers of a role run: in which network namespace, and with which NICs.

use super::job::{Contender, Job};
use super::machine::Machine;
use crate::emulate::Emulated;
use crate::error::{Error, Result};
use crate::netns::{NetNamespace, OpenNamespace};
use crate::variant::{Enumerate, Launch, LaunchFacts, Variant, launch, launch_on};
use crate::worker::Start;
use crate::workload::Side;

/// Where the workers of one role run.
pub(super) struct Place {
    /// `None` is the namespace of kvbench itself.
    namespace: Option<OpenNamespace>,
    /// What is known of the machine from there.
    pub facts: LaunchFacts,
    /// The variant as it can be started here: of the NICs that it names, those that are here.
    pub variant: Variant,
}

/// The places of a variant.
pub(super) struct Places {
    pub initiators: Place,
    pub targets: Place,
    /// Whether they are in different namespaces, and so have different NICs.
    pub are_apart: bool,
}

impl Places {
    /// Looks at the places of `contender`.
    ///
    /// # Errors
    /// A namespace is missing or closed to this process, or NICs that the variant names are nowhere.
    pub fn look(job: &Job, contender: &Contender) -> Result<Self> {
        let namespaces = &contender.namespaces;
        let (of_initiators, of_targets) = match job.workload.op.initiator() {
            Side::Prefill => (&namespaces.prefill, &namespaces.decode),
            Side::Decode => (&namespaces.decode, &namespaces.prefill),
        };
        let initiators = Place::look(job, contender, of_initiators.as_ref())?;
        let targets = Place::look(job, contender, of_targets.as_ref())?;
        let are_apart = match (&initiators.namespace, &targets.namespace) {
            (None, None) => false,
            (Some(one), other) | (other, Some(one)) => !one.is(other.as_ref())?,
        };
        let mut places = Self { initiators, targets, are_apart };
        if let Enumerate::These(names) = &contender.variant.enumerate {
            places.enumerate(names)?;
        }
        Ok(places)
    }

    /// Leaves each place those of the NICs named that are there.
    fn enumerate(&mut self, names: &[String]) -> Result<()> {
        let elsewhere = self.targets.facts.unknown(names);
        let nowhere = self.initiators.facts.unknown(names);
        let nowhere: Vec<_> = nowhere.into_iter().filter(|name| elsewhere.contains(name)).collect();
        if !nowhere.is_empty() {
            return Err(self.initiators.cannot_enumerate(&nowhere));
        }
        for place in [&mut self.initiators, &mut self.targets] {
            let unknown = place.facts.unknown(names);
            if unknown.len() == names.len() {
                return Err(place.cannot_enumerate(&unknown));
            }
            let here = names.iter().filter(|name| !unknown.contains(&name.as_str()));
            place.variant.enumerate = Enumerate::These(here.cloned().collect());
        }
        Ok(())
    }
}

impl Place {
    fn look(job: &Job, contender: &Contender, name: Option<&NetNamespace>) -> Result<Self> {
        let variant = contender.variant.clone();
        let namespace = name.map(OpenNamespace::open).transpose()?;
        let emulated = job.emulated_for(variant.backend).map(Emulated::machine);
        let machine = match (emulated, &namespace) {
            (Some(emulated), _) => emulated.clone(),
            (None, Some(namespace)) => Machine::look_inside(namespace)?,
            (None, None) => job.machine.clone(),
        };
        let facts = machine.facts(&contender.nixl);
        Ok(Self { namespace, facts, variant })
    }

    /// How workers are started here.
    pub fn start(&self, emulated: Option<&Emulated>) -> Start<'_> {
        self.with(launch(&self.variant, &self.facts), emulated)
    }

    /// The same, with exactly these NICs to see and to use.
    pub fn start_on(&self, nics: &[String], emulated: Option<&Emulated>) -> Start<'_> {
        self.with(launch_on(&self.variant, &self.facts, nics), emulated)
    }

    fn with(&self, mut launch: Launch, emulated: Option<&Emulated>) -> Start<'_> {
        launch.env.extend(emulated.into_iter().flat_map(|emulated| emulated.env().clone()));
        Start { launch, namespace: self.namespace.as_ref() }
    }

    fn cannot_enumerate(&self, names: &[&str]) -> Error {
        self.facts.cannot_enumerate(names, &self.name())
    }

    /// In words, with a blank before them; empty for the place of kvbench itself.
    fn name(&self) -> String {
        let name = self.namespace.as_ref().map(|one| format!(" in network namespace {one}"));
        name.unwrap_or_default()
    }
}
