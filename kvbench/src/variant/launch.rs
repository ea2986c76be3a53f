//! From the settings asked for to the knobs that truly work, per backend and build.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::nics::{Near, Nic, NicKind, nearest};
use super::{BackendName, Enumerate, Medium, Rails, Variant};
use crate::error::{Error, Result};

/// How the workers of a variant are started.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Launch {
    /// Environment of the worker processes, on top of kvbench's own.
    pub env: BTreeMap<String, String>,
    /// Parameters of the backend.
    pub params: BTreeMap<String, String>,
}

/// What the choice of knobs depends on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LaunchFacts {
    /// The NICs that are up.
    pub nics: Vec<Nic>,
    /// Where the memory is, if that makes a difference.
    pub near: Option<Near>,
    /// What the LIBFABRIC plugin reads.
    pub plugin: PluginKnobs,
}

/// Settings that only some builds of the LIBFABRIC plugin read; their names are in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PluginKnobs {
    /// `NIXL_LIBFABRIC_MAX_RAILS`, which the stock plugin does not.
    pub max_rails: bool,
    /// The parameter `max_bw_per_dram_seg`, in Gbit/s: rails per registration of host memory are
    /// that by the speed of a NIC (`libfabric_rail_manager.cpp`).
    pub max_bw: bool,
}

impl PluginKnobs {
    /// Looks into the file of a plugin.
    pub fn of(plugin: &Path) -> Self {
        let data = std::fs::read(plugin).unwrap_or_default();
        let has = |text: &str| data.windows(text.len()).any(|window| window == text.as_bytes());
        Self { max_rails: has(MAX_RAILS), max_bw: has(MAX_BW) }
    }
}

impl LaunchFacts {
    /// The EFA NICs, if there are any.
    pub fn efa(&self) -> Vec<&Nic> {
        self.of(&[NicKind::Efa])
    }

    /// The NICs that `variant` leaves its backend to see, if it leaves out any: exactly those, or the
    /// nearest of the best kind that the backend can use.
    pub fn visible(&self, variant: &Variant) -> Option<Vec<String>> {
        let count = match (&variant.enumerate, variant.rails) {
            (Enumerate::These(names), _) => return Some(names.clone()),
            (Enumerate::Rails, Rails::Count(count)) => count as usize,
            _ => return None,
        };
        let chosen = nearest(&self.best(variant.backend)?, self.near, count);
        Some(chosen.into_iter().map(|nic| nic.name.clone()).collect())
    }

    /// The most NICs that a backend can use at a time. Without EFA, libfabric opens one tcp device.
    pub fn most(&self, backend: BackendName) -> u32 {
        let lone = backend.medium() == Medium::Libfabric && self.efa().is_empty();
        let best = self.best(backend).unwrap_or_default();
        if lone { 1 } else { best.len().max(1) as u32 }
    }

    /// The NICs of the best kind that a backend can use; `None` for one that uses none.
    fn best(&self, backend: BackendName) -> Option<Vec<&Nic>> {
        let kinds: &[&[NicKind]] = match backend.medium() {
            Medium::Ucx => {
                &[&[NicKind::Efa, NicKind::Rdma], &[NicKind::Ethernet], &[NicKind::Loopback]]
            }
            Medium::Libfabric => &[&[NicKind::Efa], &[NicKind::Ethernet]],
            Medium::Memory => return None,
        };
        let best = kinds.iter().map(|kinds| self.of(kinds)).find(|nics| !nics.is_empty());
        Some(best.unwrap_or_default())
    }

    /// The names among `names` that no NIC has.
    pub fn unknown<'a>(&self, names: &'a [String]) -> Vec<&'a str> {
        let known = |name: &&str| self.nics.iter().any(|nic| nic.name == bare(name));
        names.iter().map(String::as_str).filter(|name| !known(name)).collect()
    }

    /// Refuses a variant that enumerates NICs by names that none has.
    ///
    /// # Errors
    /// It does.
    pub fn check(&self, variant: &Variant) -> Result<()> {
        let Enumerate::These(names) = &variant.enumerate else { return Ok(()) };
        let unknown = self.unknown(names);
        if unknown.is_empty() {
            return Ok(());
        }
        Err(self.cannot_enumerate(&unknown, ""))
    }

    /// NICs that are not at `place`, which is named with a blank before it, if it has a name.
    pub(crate) fn cannot_enumerate(&self, names: &[&str], place: &str) -> Error {
        let there: Vec<_> = self.nics.iter().map(|nic| nic.name.as_str()).collect();
        Error::Environment {
            what: format!("{} cannot be enumerated", names.join(", ")),
            why: format!("no NIC of that name is up{place}"),
            remedy: format!("choose among {}", there.join(", ")),
        }
    }

    fn of(&self, kinds: &[NicKind]) -> Vec<&Nic> {
        self.nics.iter().filter(|nic| kinds.contains(&nic.kind)).collect()
    }
}

/// `NIXL_LIBFABRIC_MAX_RAILS`.
pub(super) const MAX_RAILS: &str = "NIXL_LIBFABRIC_MAX_RAILS";
/// The parameter of LIBFABRIC that limits rails per registration.
pub(super) const MAX_BW: &str = "max_bw_per_dram_seg";

/// Variables that choose NICs or limit their number.
const CHOOSE_NICS: [&str; 5] =
    ["FI_EFA_IFACE", "FI_TCP_IFACE", MAX_RAILS, "UCX_MAX_RMA_RAILS", "UCX_NET_DEVICES"];

/// Chooses environment and parameters for `variant`. What the variant sets itself goes last, and wins.
pub fn launch(variant: &Variant, facts: &LaunchFacts) -> Launch {
    let mut launch = Launch::default();
    match variant.backend.medium() {
        Medium::Ucx => ucx(variant, facts, &mut launch),
        Medium::Libfabric if facts.efa().is_empty() => tcp(variant, facts, &mut launch),
        Medium::Libfabric => efa(variant, facts, &mut launch),
        Medium::Memory => {}
    }
    for (key, level) in [("NIXL_LOG_LEVEL", "INFO"), ("UCX_LOG_LEVEL", "info")] {
        // The proof of path is read from the logs.
        if std::env::var_os(key).is_none() {
            launch.env.insert(key.to_owned(), level.to_owned());
        }
    }
    launch.env.extend(variant.env.clone());
    launch.params.extend(variant.params.clone());
    launch
}

/// As [`launch`], but the backend sees exactly `nics`, and uses all of them, whatever the variant says of
/// rails.
pub fn launch_on(variant: &Variant, facts: &LaunchFacts, nics: &[String]) -> Launch {
    let mut variant = Variant {
        rails: Rails::All,
        enumerate: Enumerate::These(nics.to_vec()),
        ..variant.clone()
    };
    variant.env.retain(|key, _| !CHOOSE_NICS.contains(&key.as_str()));
    variant.params.retain(|key, _| key != MAX_BW);
    launch(&variant, facts)
}

fn ucx(variant: &Variant, facts: &LaunchFacts, launch: &mut Launch) {
    if let Rails::Count(count) = variant.rails {
        launch.env.insert("UCX_MAX_RMA_RAILS".to_owned(), count.to_string());
    }
    if let Some(names) = facts.visible(variant) {
        // UCX counts the ports of RDMA devices, from 1.
        let is_rdma = |name: &String| {
            let nic = facts.nics.iter().find(|nic| nic.name == *name);
            nic.is_some_and(|nic| matches!(nic.kind, NicKind::Efa | NicKind::Rdma))
        };
        let device = |name: String| if is_rdma(&name) { format!("{name}:1") } else { name };
        let devices: Vec<_> = names.into_iter().map(device).collect();
        launch.env.insert("UCX_NET_DEVICES".to_owned(), devices.join(","));
    }
}

/// Without EFA, the plugin opens the first tcp device, and `FI_TCP_IFACE` says which that is.
fn tcp(variant: &Variant, facts: &LaunchFacts, launch: &mut Launch) {
    if let Some(name) = facts.visible(variant).as_ref().and_then(|names| names.first()) {
        launch.env.insert("FI_TCP_IFACE".to_owned(), name.clone());
    }
}

fn efa(variant: &Variant, facts: &LaunchFacts, launch: &mut Launch) {
    // Without NIXL there is no plugin to take settings.
    let plugin = if variant.backend.is_nixl() { facts.plugin } else { PluginKnobs::default() };
    let nics = facts.efa();
    let mut visible = facts.visible(variant);
    if let Rails::Count(count) = variant.rails {
        let speed = nics.iter().find_map(|nic| nic.bits_per_s).map(|speed| speed / 1_000_000_000);
        match speed.filter(|speed| *speed > 0 && plugin.max_bw) {
            Some(gbps) => {
                let limit = gbps * u64::from(count);
                launch.params.insert(MAX_BW.to_owned(), limit.to_string());
            }
            // The only knob that is left hides the other NICs too.
            None if visible.is_none() => {
                let names = nearest(&nics, facts.near, count as usize);
                visible = Some(names.into_iter().map(|nic| nic.name.clone()).collect());
            }
            None => {}
        }
        if plugin.max_rails {
            launch.env.insert(MAX_RAILS.to_owned(), count.to_string());
        }
    }
    if let Some(names) = visible {
        launch.env.insert("FI_EFA_IFACE".to_owned(), names.join(","));
    }
}

/// A device without its port.
fn bare(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::BackendName;

    fn variant(backend: BackendName, rails: u32, enumerate: &str) -> Variant {
        let enumerate = enumerate.parse().unwrap();
        Variant { rails: Rails::Count(rails), enumerate, ..Variant::new(backend) }
    }

    fn nic(name: &str, kind: NicKind, node: u32) -> Nic {
        let bits_per_s = Some(100_000_000_000);
        let gpus = BTreeMap::new();
        Nic { name: name.to_owned(), kind, numa_node: Some(node), bits_per_s, gpus }
    }

    fn p5(plugin: PluginKnobs) -> LaunchFacts {
        let efa = (0..4).map(|i| nic(&format!("rdmap{i}s0"), NicKind::Efa, i / 2));
        let nics = efa.chain([nic("ens5", NicKind::Ethernet, 0), nic("lo", NicKind::Loopback, 0)]);
        LaunchFacts { nics: nics.collect(), near: Some(Near::NumaNode(1)), plugin }
    }

    const STOCK: PluginKnobs = PluginKnobs { max_rails: false, max_bw: true };

    #[test]
    fn ucx_takes_its_own_variables() {
        let launched = launch(&variant(BackendName::Ucx, 2, "all"), &p5(STOCK));
        assert_eq!(launched.env["UCX_MAX_RMA_RAILS"], "2");
        assert!(!launched.env.contains_key("UCX_NET_DEVICES"));
        let launched = launch(&variant(BackendName::Ucx, 2, "rails"), &p5(STOCK));
        assert_eq!(launched.env["UCX_NET_DEVICES"], "rdmap2s0:1,rdmap3s0:1");
        let launched = launch(&variant(BackendName::Ucx, 2, "ens5,mlx5_0:2"), &p5(STOCK));
        assert_eq!(launched.env["UCX_NET_DEVICES"], "ens5,mlx5_0:2");
    }

    #[test]
    fn libfabric_uses_few_of_all_or_sees_few() {
        let all = launch(&variant(BackendName::Libfabric, 2, "all"), &p5(STOCK));
        assert_eq!(all.params[MAX_BW], "200");
        assert!(!all.env.contains_key("FI_EFA_IFACE") && !all.env.contains_key(MAX_RAILS));
        let few = launch(&variant(BackendName::Libfabric, 3, "rails"), &p5(STOCK));
        assert_eq!(few.env["FI_EFA_IFACE"], "rdmap2s0,rdmap3s0,rdmap0s0", "the near ones first");
        assert_eq!(few.params[MAX_BW], "300");
    }

    #[test]
    fn an_old_plugin_is_only_given_devices_and_a_patched_one_its_variable() {
        let old = PluginKnobs { max_rails: false, max_bw: false };
        let launched = launch(&variant(BackendName::Libfabric, 1, "all"), &p5(old));
        assert_eq!(launched.env["FI_EFA_IFACE"], "rdmap2s0");
        let patched = PluginKnobs { max_rails: true, ..STOCK };
        let launched = launch(&variant(BackendName::Libfabric, 9, "all"), &p5(patched));
        assert_eq!(launched.env[MAX_RAILS], "9");
    }

    #[test]
    fn without_nixl_the_devices_are_the_only_knob() {
        let raw = launch(&variant(BackendName::RawLibfabric, 2, "all"), &p5(STOCK));
        assert_eq!(raw.env["FI_EFA_IFACE"], "rdmap2s0,rdmap3s0");
        assert!(raw.params.is_empty());
        let raw = launch(&variant(BackendName::RawUcx, 2, "rails"), &p5(STOCK));
        assert_eq!(raw.env["UCX_MAX_RMA_RAILS"], "2");
        assert_eq!(raw.env["UCX_NET_DEVICES"], "rdmap2s0:1,rdmap3s0:1");
    }

    #[test]
    fn without_efa_libfabric_gets_one_tcp_device() {
        let nics = vec![nic("lo", NicKind::Loopback, 0), nic("eth1", NicKind::Ethernet, 0)];
        let facts = LaunchFacts { nics, plugin: STOCK, ..LaunchFacts::default() };
        let launched = launch(&variant(BackendName::Libfabric, 4, "rails"), &facts);
        assert_eq!(launched.env["FI_TCP_IFACE"], "eth1");
        assert!(launched.params.is_empty());
        let ucx = launch(&variant(BackendName::Ucx, 4, "rails"), &facts);
        assert_eq!(ucx.env["UCX_NET_DEVICES"], "eth1", "the loopback leaves no host");
    }

    #[test]
    fn nics_can_be_chosen_whatever_the_variant_says() {
        let mut asked = variant(BackendName::Libfabric, 2, "rails");
        asked.env.insert("FI_EFA_IFACE".into(), "rdmap1s0".into());
        asked.env.insert("FI_LOG_LEVEL".into(), "warn".into());
        asked.params.insert(MAX_BW.into(), "100".into());
        let launched = launch_on(&asked, &p5(STOCK), &["rdmap0s0".into()]);
        assert_eq!(launched.env["FI_EFA_IFACE"], "rdmap0s0");
        assert_eq!(launched.env["FI_LOG_LEVEL"], "warn");
        assert!(launched.params.is_empty());
    }

    #[test]
    fn a_backend_can_use_the_nics_of_its_best_kind() {
        assert_eq!(p5(STOCK).most(BackendName::Libfabric), 4);
        assert_eq!(p5(STOCK).most(BackendName::Ucx), 4);
        let nics = ["eth0", "eth1"].map(|name| nic(name, NicKind::Ethernet, 0)).to_vec();
        let facts = LaunchFacts { nics, ..LaunchFacts::default() };
        assert_eq!(facts.most(BackendName::Libfabric), 1, "the first tcp device only");
        assert_eq!(facts.most(BackendName::Ucx), 2);
        assert_eq!(LaunchFacts::default().most(BackendName::Ucx), 1);
    }

    #[test]
    fn names_that_no_nic_has_are_found() {
        let names = ["rdmap0s0:1", "rdmap9s0"].map(String::from);
        assert_eq!(p5(STOCK).unknown(&names), ["rdmap9s0"]);
    }

    #[test]
    fn what_the_user_sets_wins() {
        let mut variant = variant(BackendName::Ucx, 4, "all");
        variant.env.insert("UCX_MAX_RMA_RAILS".into(), "3".into());
        assert_eq!(launch(&variant, &LaunchFacts::default()).env["UCX_MAX_RMA_RAILS"], "3");
    }
}
