//! One NIC per device, however many name it.

use std::collections::BTreeMap;

use super::inventory::WithoutNic;
use super::{
    FabricDomain, Kernel, NetDevice, NetKind, Nic, NicKind, PciPlace, RdmaDevice, UcxDevice,
    UcxKind,
};

/// The provider whose devices an emulation replaces.
const EFA: &str = "efa";

/// The NICs that the kernel knows, to which those of the libraries are added.
pub(super) struct Joining<'k> {
    kernel: &'k Kernel,
    emulation: bool,
    nics: Vec<Nic>,
    without_nic: WithoutNic,
}

impl<'k> Joining<'k> {
    pub(super) fn new(kernel: &'k Kernel, emulation: bool) -> Self {
        let beneath = |name: &String| kernel.rdma.iter().any(|rdma| rdma.netdevs.contains(name));
        let netdevs = kernel.netdevs.iter().filter(|netdev| !beneath(&netdev.name));
        let mut nics: Vec<_> = kernel.rdma.iter().map(|rdma| of_rdma(kernel, rdma)).collect();
        nics.extend(netdevs.map(|netdev| of_netdev(kernel, netdev)));
        Self { kernel, emulation, nics, without_nic: WithoutNic::default() }
    }

    /// Adds a domain to the NIC that it names, by its device or as `<name>-rdm` and the like, or by a PCI
    /// address; one with an address that the kernel does not know is a NIC of its own.
    pub(super) fn add_domain(&mut self, domain: FabricDomain) {
        let core = domain.provider.split(';').next().unwrap_or_default();
        let emulated = self.emulation && core == EFA
            || domain.pci.is_some_and(|pci| !self.kernel.pci.contains(&pci));
        let device = domain.device.clone().unwrap_or_else(|| domain.domain.clone());
        let is_named = |nic: &&mut Nic| {
            let names = [&device, &domain.domain];
            nic.emulated == emulated && names.iter().any(|name| names_nic(name, '-', nic))
        };
        if let Some(nic) = self.nics.iter_mut().find(is_named) {
            return add(domain, nic);
        }
        let has_address = |nic: &&mut Nic| nic.emulated == emulated && nic.pci == domain.pci;
        match self.nics.iter_mut().find(|nic| domain.pci.is_some() && has_address(nic)) {
            Some(nic) => add(domain, nic),
            None if domain.pci.is_some() || emulated => {
                let mut nic = Nic { emulated, pci: domain.pci, ..unknown(device) };
                add(domain, &mut nic);
                self.nics.push(nic);
            }
            None => self.without_nic.libfabric.push(domain),
        }
    }

    /// Adds a UCX device to the NIC that it names, with the port behind a colon; a network device that
    /// the kernel does not know is a NIC of its own.
    pub(super) fn add_ucx(&mut self, device: UcxDevice) {
        let is_named = |nic: &&mut Nic| !nic.emulated && names_nic(&device.device, ':', nic);
        match self.nics.iter_mut().find(is_named) {
            _ if device.kind != UcxKind::Network => self.without_nic.ucx.push(device),
            Some(nic) => nic.ucx.push(device),
            None => {
                let name = device.device.split(':').next().unwrap_or_default().to_owned();
                let nic = Nic { pci: device.pci, ..unknown(name) };
                self.nics.push(Nic { ucx: vec![device], ..nic });
            }
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Nic>, WithoutNic) {
        self.nics.sort_by(|a, b| {
            let key = |nic: &Nic| (nic.kind, nic.pci.is_none(), nic.pci, nic.name.clone());
            key(a).cmp(&key(b))
        });
        (self.nics, self.without_nic)
    }
}

/// Whether `name` is a name of the NIC, alone or with something behind the separator.
fn names_nic(name: &str, separator: char, nic: &Nic) -> bool {
    let mut own = std::iter::once(&nic.name).chain(&nic.netdevs);
    own.any(|own| {
        name.strip_prefix(own.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
    })
}

fn add(domain: FabricDomain, nic: &mut Nic) {
    nic.bits_per_s = nic.bits_per_s.or(domain.bits_per_s);
    nic.state = nic.state.take().or_else(|| domain.state.clone());
    nic.libfabric.push(domain);
}

fn of_rdma(kernel: &Kernel, device: &RdmaDevice) -> Nic {
    Nic {
        kind: NicKind::Rdma,
        driver: device.driver.clone(),
        state: device.state().map(str::to_owned),
        bits_per_s: device.bits_per_s(),
        netdevs: device.netdevs.clone(),
        ..placed(kernel, &device.name, device.pci.as_ref())
    }
}

fn of_netdev(kernel: &Kernel, device: &NetDevice) -> Nic {
    Nic {
        kind: match device.kind {
            Some(NetKind::Physical) => NicKind::Physical,
            Some(NetKind::Virtual) => NicKind::Virtual,
            Some(NetKind::Loopback) => NicKind::Loopback,
            None => NicKind::Unknown,
        },
        driver: device.driver.clone(),
        state: device.state.clone(),
        bits_per_s: device.bits_per_s,
        ..placed(kernel, &device.name, device.pci.as_ref())
    }
}

fn placed(kernel: &Kernel, name: &str, place: Option<&PciPlace>) -> Nic {
    Nic {
        pci: place.map(|place| place.address),
        numa_node: place.and_then(|place| place.numa_node),
        affinity: place.map(|place| kernel.affinity(place)).unwrap_or_default(),
        ..unknown(name.to_owned())
    }
}

fn unknown(name: String) -> Nic {
    Nic {
        name,
        kind: NicKind::Unknown,
        emulated: false,
        driver: None,
        state: None,
        bits_per_s: None,
        pci: None,
        numa_node: None,
        netdevs: Vec::new(),
        libfabric: Vec::new(),
        ucx: Vec::new(),
        affinity: BTreeMap::new(),
    }
}
