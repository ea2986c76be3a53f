//! What a run has to know of the machine before it starts: its NICs, and where its memory is.

use crate::devices::{Kernel, NetDevice, NetKind, RdmaDevice};
use crate::error::Result;
use crate::netns::OpenNamespace;
use crate::variant::{Nic, NicKind};

/// What is known of the machine before a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Machine {
    /// The NICs that are up.
    pub nics: Vec<Nic>,
    /// The NUMA node of the memory, where there are several.
    pub near: Option<u32>,
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
        let nics = kernel.rdma.iter().filter_map(rdma).chain(kernel.netdevs.iter().filter_map(net));
        let near = kernel.numa_nodes.iter().min().filter(|_| kernel.numa_nodes.len() > 1);
        Self { nics: nics.collect(), near: near.copied() }
    }
}

fn rdma(device: &RdmaDevice) -> Option<Nic> {
    let is_efa = device.driver.as_deref() == Some("efa");
    (device.state() != Some("down")).then(|| Nic {
        name: device.name.clone(),
        kind: if is_efa { NicKind::Efa } else { NicKind::Rdma },
        numa_node: device.pci.as_ref().and_then(|place| place.numa_node),
        bits_per_s: device.bits_per_s(),
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
