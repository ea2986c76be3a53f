//! What libfabric and UCX would tell of made-up machines.

use std::path::PathBuf;

use kvbench::devices::probe::{Answer, Seen};
use kvbench::devices::{FabricDomain, UcxDevice, UcxKind};

use crate::p5::{BUSES, efa_names};

/// A domain that says nothing of its device.
pub fn domain(provider: &str, domain: &str) -> FabricDomain {
    FabricDomain {
        provider: provider.to_owned(),
        domain: domain.to_owned(),
        fabric: "fabric".to_owned(),
        device: None,
        pci: None,
        bits_per_s: None,
        state: None,
    }
}

/// An EFA domain as the provider names it, at a PCI address.
pub fn efa_domain(device: &str, pci: &str) -> FabricDomain {
    FabricDomain {
        device: Some(device.to_owned()),
        pci: Some(pci.parse().unwrap()),
        bits_per_s: Some(100_000_000_000),
        state: Some("up".to_owned()),
        ..domain("efa", &format!("{device}-rdm"))
    }
}

/// A UCX device of unknown address.
pub fn ucx(transport: &str, device: &str, kind: UcxKind) -> UcxDevice {
    let transport = transport.to_owned();
    UcxDevice {
        component: transport.clone(),
        transport,
        device: device.to_owned(),
        kind,
        pci: None,
    }
}

pub fn seen<D>(version: &str, file: &str, devices: Vec<D>) -> Answer<D> {
    Ok(Seen { version: version.to_owned(), file: PathBuf::from(file), devices })
}

/// What libfabric tells of a P5.
pub fn libfabric_of_p5() -> Answer<FabricDomain> {
    let mut domains = efa_domains();
    domains.extend([domain("tcp", "eth0"), domain("tcp", "lo"), domain("shm", "shm")]);
    domains.push(domain("tcp;ofi_rxm", "eth0"));
    seen("2.5", "/opt/libfabric.so.1", domains)
}

/// The 32 EFA domains of a P5.
pub fn efa_domains() -> Vec<FabricDomain> {
    let group = |gpu: usize| {
        let addresses = (0..4).map(move |nic| format!("0000:{:02x}:00.0", BUSES[gpu] + nic));
        efa_names(gpu).into_iter().zip(addresses)
    };
    (0..8).flat_map(group).map(|(name, pci)| efa_domain(&name, &pci)).collect()
}

/// What UCX tells of a P5.
pub fn ucx_of_p5() -> Answer<UcxDevice> {
    let names = (0..8).flat_map(efa_names);
    let mut devices: Vec<_> =
        names.map(|name| ucx("srd", &format!("{name}:1"), UcxKind::Network)).collect();
    devices.push(ucx("tcp", "eth0", UcxKind::Network));
    devices.push(ucx("tcp", "lo", UcxKind::Network));
    devices.push(ucx("cma", "memory", UcxKind::SharedMemory));
    devices.push(ucx("cuda_ipc", "cuda", UcxKind::Accelerator));
    seen("1.23.0", "/opt/libucp.so.0", devices)
}
