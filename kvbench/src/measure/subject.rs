//! A contender on its machine: what its processes are started with.

use std::collections::BTreeMap;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

use super::job::{Contender, Job};
use super::place::Places;
use crate::emulate::Emulated;
use crate::error::Result;
use crate::variant::{BackendName, LaunchFacts, MemoryLimit, NicKind};
use crate::worker::Start;

/// The environment variable by which libfabric's EFA provider offers only some NICs.
const FI_EFA_IFACE: &str = "FI_EFA_IFACE";

/// A contender, and where its workers run.
pub(super) struct Subject<'j> {
    pub contender: &'j Contender,
    pub places: Places,
    emulated: Option<&'j Emulated>,
}

impl<'j> Subject<'j> {
    /// Looks at the places where `contender` runs.
    ///
    /// # Errors
    /// As [`Places::look`].
    pub fn look(job: &'j Job, contender: &'j Contender) -> Result<Self> {
        let premises = job.premises(contender);
        let places = Places::look(&premises)?;
        Ok(Self { contender, places, emulated: premises.emulated })
    }

    pub fn backend(&self) -> BackendName {
        self.contender.variant.backend
    }

    /// What is known of the machine where its initiators run.
    pub fn facts(&self) -> &LaunchFacts {
        &self.places.initiators.facts
    }

    /// With the settings of its variant: how initiators are started, and targets.
    pub fn starts(&self) -> (Start<'_>, Start<'_>) {
        let Places { initiators, targets, .. } = &self.places;
        (initiators.start(self.emulated), targets.start(self.emulated))
    }

    /// With exactly these NICs for the initiators to see, and for the targets where they are at the same
    /// place.
    pub fn starts_on(&self, nics: &[String]) -> (Start<'_>, Start<'_>) {
        let Places { initiators, targets, are_apart } = &self.places;
        let theirs = match are_apart {
            true => targets.start(self.emulated),
            false => targets.start_on(nics, self.emulated),
        };
        (initiators.start_on(nics, self.emulated), theirs)
    }

    /// The EFA NICs that its backend is left to see.
    pub fn visible_efa(&self) -> Vec<String> {
        let set = self.starts().0.launch.env.get(FI_EFA_IFACE).cloned();
        let named = set.or_else(|| std::env::var(FI_EFA_IFACE).ok()).filter(|names| names != "all");
        let allowed =
            |nic: &str| named.as_ref().is_none_or(|list| list.split(',').any(|n| n == nic));
        let nics = self.facts().efa().into_iter().map(|nic| nic.name.clone());
        nics.filter(|nic| allowed(nic)).collect()
    }

    /// The loopback, where nothing else is up.
    pub fn only_loopback(&self) -> Option<&str> {
        let nics = &self.facts().nics;
        let all = nics.iter().all(|nic| nic.kind == NicKind::Loopback);
        nics.first().filter(|_| all).map(|nic| nic.name.as_str())
    }

    /// What limits the memory that its workers may register.
    pub fn memory_limit(&self) -> MemoryLimit {
        let emulated: Option<&BTreeMap<_, _>> = self.emulated.map(Emulated::env);
        if let Some(bytes) = emulated.and_then(|env| env.get("EFA_EMU_MEMLOCK_BYTES")) {
            return MemoryLimit::Emulated(bytes.clone());
        }
        let limit = getrlimit(Resource::RLIMIT_MEMLOCK).map(|(soft, _)| soft);
        MemoryLimit::Process(limit.ok().filter(|bytes| *bytes != RLIM_INFINITY))
    }
}
