//! What a run has to know of the machine before it starts: its NICs, and where its memory is.

use std::collections::BTreeMap;

use crate::devices::{Affinity, Kernel, NetDevice, NetKind, PciAddress, PciPlace, RdmaDevice};
use crate::error::Result;
use crate::netns::OpenNamespace;
use crate::runtime::Nixl;
use crate::variant::{LaunchFacts, Near, Nic, NicKind, PluginKnobs};

/// What is known of the machine before a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Machine {
    /// The NICs that are up.
    pub nics: Vec<Nic>,
    /// Where the memory is, if that makes a difference.
    pub near: Option<Near>,
}

impl Machine {
    /// Looks at this one.
    pub fn look() -> Self {
        Self::of(&Kernel::look())
    }

    /// Looks at what this one is from inside of a network namespace.
    ///
    /// # Errors
    /// The kernel refuses to let this process in.
    pub fn look_inside(namespace: &OpenNamespace) -> Result<Self> {
        namespace.look_inside(Self::look)
    }

    /// What the kernel tells. Memory is taken to be on the first of several NUMA nodes.
    pub fn of(kernel: &Kernel) -> Self {
        let rdma = kernel.rdma.iter().filter_map(|device| {
            Some(Nic { gpus: gpus(kernel, device.pci.as_ref()), ..rdma(device)? })
        });
        let net = kernel.netdevs.iter().filter_map(|device| {
            Some(Nic { gpus: gpus(kernel, device.pci.as_ref()), ..net(device)? })
        });
        let near = kernel.numa_nodes.iter().min().filter(|_| kernel.numa_nodes.len() > 1);
        Self { nics: rdma.chain(net).collect(), near: near.copied().map(Near::NumaNode) }
    }
}

impl Machine {
    /// What the launch of workers with `nixl` depends on.
    pub(crate) fn facts(&self, nixl: &Nixl) -> LaunchFacts {
        let plugin = PluginKnobs::of(&nixl.libfabric_plugin);
        LaunchFacts { nics: self.nics.clone(), near: self.near, plugin }
    }
}

fn gpus(kernel: &Kernel, place: Option<&PciPlace>) -> BTreeMap<PciAddress, Affinity> {
    place.map(|place| kernel.affinity(place)).unwrap_or_default()
}

fn rdma(device: &RdmaDevice) -> Option<Nic> {
    let is_efa = device.driver.as_deref() == Some("efa");
    (device.state() != Some("down")).then(|| Nic {
        name: device.name.clone(),
        kind: if is_efa { NicKind::Efa } else { NicKind::Rdma },
        numa_node: device.pci.as_ref().and_then(|place| place.numa_node),
        bits_per_s: device.bits_per_s(),
        gpus: BTreeMap::new(),
    })
}

fn net(device: &NetDevice) -> Option<Nic> {
    let kind = match device.kind {
        Some(NetKind::Loopback) => NicKind::Loopback,
        None if device.name == "lo" => NicKind::Loopback,
        _ => NicKind::Ethernet,
    };
    (device.state.as_deref() != Some("down")).then(|| Nic {
        name: device.name.clone(),
        kind,
        numa_node: device.pci.as_ref().and_then(|place| place.numa_node),
        bits_per_s: device.bits_per_s,
        gpus: BTreeMap::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback() {
        let loopback = |nic: &Nic| nic.name == "lo" && nic.kind == NicKind::Loopback;
        assert!(Machine::look().nics.iter().any(loopback));
    }

    #[test]
    fn what_is_down_is_left_out() {
        let device = |name: &str, state: &str| NetDevice {
            name: name.into(),
            kind: Some(NetKind::Physical),
            state: Some(state.into()),
            bits_per_s: None,
            mtu: None,
            driver: None,
            pci: None,
        };
        assert_eq!(net(&device("eth0", "down")), None);
        assert_eq!(net(&device("eth1", "up")).unwrap().kind, NicKind::Ethernet);
    }
}
