//! The devices as the kernel sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::sysfs::entries;
use super::{Affinity, Gpu, NetDevice, PciAddress, PciPlace, RdmaDevice, gpu, netdev, rdma};

/// What sysfs and procfs tell of a machine.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Kernel {
    /// Network devices of this thread's network namespace, in the order of their names.
    pub netdevs: Vec<NetDevice>,
    /// RDMA devices, in the order of their names.
    pub rdma: Vec<RdmaDevice>,
    /// NVIDIA's GPUs, in the order of their PCI addresses.
    pub gpus: Vec<Gpu>,
    /// The numbers of the NUMA nodes; none where the kernel knows nothing of NUMA.
    pub numa_nodes: Vec<u32>,
    /// The addresses of all PCI devices.
    pub pci: BTreeSet<PciAddress>,
}

impl Kernel {
    /// Looks at this machine. What is absent or unreadable is left out.
    pub fn look() -> Self {
        Self::look_under(Path::new("/"))
    }

    /// Looks at the machine whose `sys` and `proc` are in the folder `root`.
    pub fn look_under(root: &Path) -> Self {
        Self {
            netdevs: netdev::look(root),
            rdma: rdma::look(root),
            gpus: gpu::look(root),
            numa_nodes: numa_nodes(root),
            pci: pci(root),
        }
    }

    /// How near a device is to each GPU, as far as is known.
    pub fn affinity(&self, place: &PciPlace) -> BTreeMap<PciAddress, Affinity> {
        let nodes = self.numa_nodes.len();
        let to = |gpu: &Gpu| Some((gpu.pci.address, Affinity::between(place, &gpu.pci, nodes)?));
        self.gpus.iter().filter_map(to).collect()
    }
}

fn numa_nodes(root: &Path) -> Vec<u32> {
    let entries = entries(&root.join("sys/devices/system/node"));
    let number = |name: &str| name.strip_prefix("node")?.parse().ok();
    let mut nodes: Vec<_> = entries.iter().filter_map(|(name, _)| number(name)).collect();
    nodes.sort_unstable();
    nodes
}

fn pci(root: &Path) -> BTreeSet<PciAddress> {
    let devices = entries(&root.join("sys/bus/pci/devices"));
    devices.iter().filter_map(|(name, _)| name.parse().ok()).collect()
}
