//! One NIC, as the kernel, libfabric and UCX see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Affinity, PciAddress};

/// A NIC: an RDMA device with its network devices, another network device, or a device that only a
/// library knows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Nic {
    /// Its name: the RDMA device's, else the network device's, else the library's.
    pub name: String,
    /// What it is.
    pub kind: NicKind,
    /// Whether a library made it up: the kernel knows no such device.
    pub emulated: bool,
    /// Its driver in the kernel.
    pub driver: Option<String>,
    /// Its state: of the first port of an RDMA device (`active`, …), else the operational state of the
    /// network device (`up`, …).
    pub state: Option<String>,
    /// Its speed in bits per second, where the driver or a library tells.
    pub bits_per_s: Option<u64>,
    /// Its PCI address.
    pub pci: Option<PciAddress>,
    /// Its NUMA node, where the firmware tells.
    pub numa_node: Option<u32>,
    /// The network devices of an RDMA device.
    pub netdevs: Vec<String>,
    /// What libfabric can use it with.
    pub libfabric: Vec<FabricDomain>,
    /// What UCX can use it with.
    pub ucx: Vec<UcxDevice>,
    /// How near it is to each GPU, as far as is known.
    pub affinity: BTreeMap<PciAddress, Affinity>,
}

/// What a NIC is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NicKind {
    /// An RDMA device.
    Rdma,
    /// A network device on a bus, also one that a hypervisor made.
    Physical,
    /// A network device of software: a bridge, a tunnel, one end of a pair.
    Virtual,
    /// A network device that leads back to this host.
    Loopback,
    /// The kernel does not tell.
    Unknown,
}

/// A domain of a libfabric provider.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct FabricDomain {
    /// The provider, with those layered over it: `efa`, `tcp;ofi_rxm`, …
    pub provider: String,
    /// The domain's name, for a NIC derived from that of its device.
    pub domain: String,
    /// The fabric's name.
    pub fabric: String,
    /// The device's name, where the provider tells.
    pub device: Option<String>,
    /// The device's PCI address, where the provider tells.
    pub pci: Option<PciAddress>,
    /// The link's speed in bits per second, where the provider tells.
    pub bits_per_s: Option<u64>,
    /// `up` or `down`, where the provider tells.
    pub state: Option<String>,
}

/// A device of a UCX transport.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct UcxDevice {
    /// The component: `ib`, `tcp`, `cma`, …
    pub component: String,
    /// The transport: `srd`, `rc_mlx5`, `tcp`, …
    pub transport: String,
    /// The device; RDMA devices have their port behind a colon.
    pub device: String,
    /// What UCX takes it for.
    pub kind: UcxKind,
    /// Its PCI address, where UCX tells.
    pub pci: Option<PciAddress>,
}

/// What UCX takes a device for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UcxKind {
    /// A network device.
    Network,
    /// Memory shared between processes.
    SharedMemory,
    /// An accelerator.
    Accelerator,
    /// This process.
    Loopback,
    /// A kind that is not known here.
    Other,
}
