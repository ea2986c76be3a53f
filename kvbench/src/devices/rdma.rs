//! RDMA devices, as the kernel's InfiniBand class shows them; EFA is one of its drivers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pci::PciPlace;
use super::sysfs::{entries, link_name, text};

/// An RDMA device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RdmaDevice {
    /// Its name: `rdmap79s0`, `mlx5_0`, …
    pub name: String,
    /// Its driver: `efa`, `mlx5_core`, …; software devices have none.
    pub driver: Option<String>,
    /// Its place, where it is on a PCI bus.
    pub pci: Option<PciPlace>,
    /// Its ports, in their order.
    pub ports: Vec<RdmaPort>,
    /// The network devices of the same hardware.
    pub netdevs: Vec<String>,
}

/// A port of an RDMA device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RdmaPort {
    /// Its number, from 1.
    pub number: u32,
    /// Its state in the kernel's words, in small letters: `active`, `down`, `init`, …
    pub state: Option<String>,
    /// Its rate in bits per second.
    pub bits_per_s: Option<u64>,
    /// `InfiniBand`, `Ethernet` or, for EFA, `Unspecified`.
    pub link_layer: Option<String>,
    /// The folder of its byte counters: hardware's where it has them, as EFA, else the port's.
    pub counters: Option<PathBuf>,
}

impl RdmaDevice {
    /// The state of its first port.
    pub fn state(&self) -> Option<&str> {
        self.ports.first()?.state.as_deref()
    }

    /// The rate of all ports together, in bits per second.
    pub fn bits_per_s(&self) -> Option<u64> {
        self.ports.iter().filter_map(|port| port.bits_per_s).reduce(|sum, rate| sum + rate)
    }
}

/// All RDMA devices, in the order of their names.
pub(super) fn look(root: &Path) -> Vec<RdmaDevice> {
    let class = entries(&root.join("sys/class/infiniband"));
    class.into_iter().map(|(name, folder)| device(name, &folder)).collect()
}

fn device(name: String, folder: &Path) -> RdmaDevice {
    let device = folder.join("device");
    let mut ports: Vec<_> = entries(&folder.join("ports"))
        .into_iter()
        .filter_map(|(number, folder)| Some(port(number.parse().ok()?, &folder)))
        .collect();
    ports.sort_by_key(|port| port.number);
    let on_same_hardware = entries(&device.join("net")).into_iter().map(|(name, _)| name);
    // A software device names the network device that it uses.
    let beneath = text(&folder.join("parent"));
    RdmaDevice {
        name,
        driver: link_name(&device.join("driver")),
        pci: PciPlace::behind(&device),
        ports,
        netdevs: on_same_hardware.chain(beneath).collect(),
    }
}

fn port(number: u32, folder: &Path) -> RdmaPort {
    let state = text(&folder.join("state"));
    let counters = [("hw_counters", "tx_bytes"), ("counters", "port_xmit_data")].into_iter();
    RdmaPort {
        number,
        // As in `4: ACTIVE`.
        state: state.map(|state| state.rsplit(": ").next().unwrap_or(&state).to_lowercase()),
        bits_per_s: text(&folder.join("rate")).and_then(|rate| bits_per_s(&rate)),
        link_layer: text(&folder.join("link_layer")),
        counters: counters
            .map(|(counters, bytes)| (folder.join(counters), bytes))
            .find_map(|(counters, bytes)| counters.join(bytes).exists().then_some(counters)),
    }
}

/// The rate of a text as `100 Gb/sec (4X EDR)` or `2.5 Gb/sec (1X SDR)`.
fn bits_per_s(rate: &str) -> Option<u64> {
    let gigabits: f64 = rate.split_once(" Gb/sec")?.0.parse().ok()?;
    (gigabits > 0.0).then_some((gigabits * 1e9) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(bits_per_s("100 Gb/sec (4X EDR)"), Some(100_000_000_000));
        assert_eq!(bits_per_s("2.5 Gb/sec (1X SDR)"), Some(2_500_000_000));
        assert_eq!(bits_per_s("0 Gb/sec"), None);
        assert_eq!(bits_per_s("fast"), None);
    }
}
