//! A contender on its machine: what its processes are started with.

use std::collections::BTreeMap;

use super::job::{Contender, Job};
use crate::emulate::Emulated;
use crate::variant::{
    BackendName, Launch, LaunchFacts, MemoryLimit, NicKind, PluginKnobs, launch, launch_on,
};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

/// The environment variable by which libfabric's EFA provider offers only some NICs.
const FI_EFA_IFACE: &str = "FI_EFA_IFACE";

/// A contender, and what is known of the machine and the build that it runs on.
pub(super) struct Subject<'j> {
    pub contender: &'j Contender,
    pub facts: LaunchFacts,
    emulated: Option<&'j Emulated>,
}

impl<'j> Subject<'j> {
    pub fn new(job: &'j Job, contender: &'j Contender) -> Self {
        let emulated = job.emulated_for(contender.variant.backend);
        let machine = emulated.map_or(&job.machine, Emulated::machine);
        let facts = LaunchFacts {
            nics: machine.nics.clone(),
            near: machine.near,
            plugin: PluginKnobs::of(&contender.nixl.libfabric_plugin),
        };
        Self { contender, facts, emulated }
    }

    pub fn backend(&self) -> BackendName {
        self.contender.variant.backend
    }

    /// With the settings of its variant.
    pub fn launch(&self) -> Launch {
        self.with_emulation(launch(&self.contender.variant, &self.facts))
    }

    /// With exactly these NICs to see.
    pub fn launch_on(&self, nics: &[String]) -> Launch {
        self.with_emulation(launch_on(&self.contender.variant, &self.facts, nics))
    }

    /// The EFA NICs that its backend is left to see.
    pub fn visible_efa(&self) -> Vec<String> {
        let set = self.launch().env.get(FI_EFA_IFACE).cloned();
        let named = set.or_else(|| std::env::var(FI_EFA_IFACE).ok()).filter(|names| names != "all");
        let allowed =
            |nic: &str| named.as_ref().is_none_or(|list| list.split(',').any(|n| n == nic));
        let nics = self.facts.efa().into_iter().map(|nic| nic.name.clone());
        nics.filter(|nic| allowed(nic)).collect()
    }

    /// The loopback, where nothing else is up.
    pub fn only_loopback(&self) -> Option<&str> {
        let nics = &self.facts.nics;
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

    fn with_emulation(&self, mut launch: Launch) -> Launch {
        launch.env.extend(self.emulated.iter().flat_map(|emulated| emulated.env().clone()));
        launch
    }
}
