//! Where the workers of a role run: on which host, in which network namespace, and with which NICs.

use super::NicCounters;
use super::machine::Machine;
use crate::emulate::Emulated;
use crate::error::{Error, Result};
use crate::netns::{Namespaces, NetNamespace, OpenNamespace};
use crate::runtime::Nixl;
use crate::variant::{Enumerate, Launch, LaunchFacts, Variant, launch, launch_on};
use crate::worker::far::allowed_env;
use crate::worker::{FarHost, Role, Start};
use crate::workload::{Op, Side};

/// What decides where workers run, and with what.
pub(crate) struct Premises<'p> {
    pub op: Op,
    pub namespaces: &'p Namespaces,
    pub variant: &'p Variant,
    pub nixl: &'p Nixl,
    /// The host of the targets, where it is not that of kvbench itself.
    pub far: Option<&'p FarHost>,
    /// The machine as it is from the namespace of kvbench itself.
    pub machine: &'p Machine,
    /// What the backend sees in place of the machine's NICs.
    pub emulated: Option<&'p Emulated>,
}

/// Where the workers of one role run.
pub(crate) struct Place {
    /// `None` is the namespace of kvbench itself.
    namespace: Option<OpenNamespace>,
    /// `None` is the host of kvbench itself.
    far: Option<FarHost>,
    /// What is known of the machine from there.
    pub facts: LaunchFacts,
    /// The variant as it can be started here: of the NICs that it names, those that are here.
    pub variant: Variant,
}

/// The places of a variant.
pub(crate) struct Places {
    pub initiators: Place,
    pub targets: Place,
    /// Whether they are on different hosts or in different namespaces, and so have different NICs.
    pub are_apart: bool,
}

impl Places {
    /// Looks at them.
    ///
    /// # Errors
    /// A namespace is missing or closed to this process, or NICs that the variant names are nowhere.
    pub fn look(premises: &Premises<'_>) -> Result<Self> {
        let Namespaces { prefill, decode } = premises.namespaces;
        let (of_initiators, of_targets) = match premises.op.initiator() {
            Side::Prefill => (prefill, decode),
            Side::Decode => (decode, prefill),
        };
        let initiators = Place::look(premises, of_initiators.as_ref())?;
        let targets = match premises.far {
            Some(far) => Place::at(far, premises),
            None => Place::look(premises, of_targets.as_ref())?,
        };
        let are_apart = premises.far.is_some()
            || match (&initiators.namespace, &targets.namespace) {
                (None, None) => false,
                (Some(one), other) | (other, Some(one)) => !one.is(other.as_ref())?,
            };
        let mut places = Self { initiators, targets, are_apart };
        if let Enumerate::These(names) = &premises.variant.enumerate {
            places.enumerate(names)?;
        }
        Ok(places)
    }

    /// That of a role.
    pub fn of(&self, role: Role) -> &Place {
        match role {
            Role::Initiator => &self.initiators,
            Role::Target => &self.targets,
        }
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
    fn look(premises: &Premises<'_>, name: Option<&NetNamespace>) -> Result<Self> {
        let variant = premises.variant.clone();
        let namespace = name.map(OpenNamespace::open).transpose()?;
        let machine = match (premises.emulated.map(Emulated::machine), &namespace) {
            (Some(emulated), _) => emulated.clone(),
            (None, Some(namespace)) => Machine::look_inside(namespace)?,
            (None, None) => premises.machine.clone(),
        };
        let facts = machine.facts(premises.nixl);
        Ok(Self { namespace, far: None, facts, variant })
    }

    fn at(far: &FarHost, premises: &Premises<'_>) -> Self {
        let (facts, variant) = (far.about.facts.clone(), premises.variant.clone());
        Self { namespace: None, far: Some(far.clone()), facts, variant }
    }

    /// What passed the NICs of its namespace so far.
    ///
    /// # Errors
    /// The kernel refuses to let this process in.
    pub fn counters(&self) -> Result<NicCounters> {
        match &self.namespace {
            None => Ok(NicCounters::read()),
            Some(namespace) => namespace.look_inside(NicCounters::read),
        }
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
        if self.far.is_some() {
            // Workers of this host have what is set for kvbench itself; so do those of the other one.
            let own = std::env::vars_os().filter_map(|(key, value)| {
                let (key, value) = (key.into_string().ok()?, value.into_string().ok()?);
                allowed_env(&key).then_some((key, value))
            });
            own.for_each(|(key, value)| {
                launch.env.entry(key).or_insert(value);
            });
        }
        Start { launch, namespace: self.namespace.as_ref(), far: self.far.as_ref() }
    }

    fn cannot_enumerate(&self, names: &[&str]) -> Error {
        self.facts.cannot_enumerate(names, &self.name())
    }

    /// In words, with a blank before them; empty for the place of kvbench itself.
    fn name(&self) -> String {
        match (&self.far, &self.namespace) {
            (Some(far), _) => format!(" at {far}"),
            (None, Some(namespace)) => format!(" in network namespace {namespace}"),
            (None, None) => String::new(),
        }
    }
}
