//! Network devices: procfs tells which there are, sysfs what they are.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pci::PciPlace;
use super::sysfs::{entries, link_name, number, text};

/// `ARPHRD_LOOPBACK` of the kernel's `if_arp.h`.
const LOOPBACK: u32 = 772;

/// A network device of this thread's network namespace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NetDevice {
    /// Its name.
    pub name: String,
    /// What it is; `None` where sysfs does not show this namespace.
    pub kind: Option<NetKind>,
    /// The kernel's operational state: `up`, `down`, `unknown`, …
    pub state: Option<String>,
    /// Its speed in bits per second, where the driver tells.
    pub bits_per_s: Option<u64>,
    /// The largest packet in bytes.
    pub mtu: Option<u64>,
    /// Its driver; virtual devices have none.
    pub driver: Option<String>,
    /// Its place, where it is on a PCI bus.
    pub pci: Option<PciPlace>,
}

/// What is behind a network device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetKind {
    /// This host.
    Loopback,
    /// A device on a bus, also one that a hypervisor made.
    Physical,
    /// Software: bridges, tunnels, one end of a pair.
    Virtual,
}

/// The network devices of this namespace, in the order of their names.
///
/// A container may see the host's sysfs, whose devices can have the names of its own. So sysfs is
/// believed only when it shows exactly the devices that procfs lists.
pub(super) fn look(root: &Path) -> Vec<NetDevice> {
    let listing = text(&root.join("proc/thread-self/net/dev")).unwrap_or_default();
    let names: BTreeSet<String> = listing
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim().to_owned())
        .collect();
    let class = root.join("sys/class/net");
    let shown = entries(&class).into_iter().filter(|(_, path)| path.is_dir());
    let believed = shown.map(|(name, _)| name).collect::<BTreeSet<_>>() == names;
    let device = |name| if believed { described(&class, name) } else { bare(name) };
    names.into_iter().map(device).collect()
}

fn bare(name: String) -> NetDevice {
    // The loopback of a namespace is called so by the kernel.
    let kind = (name == "lo").then_some(NetKind::Loopback);
    NetDevice { name, kind, state: None, bits_per_s: None, mtu: None, driver: None, pci: None }
}

fn described(class: &Path, name: String) -> NetDevice {
    let folder = class.join(&name);
    let device = folder.join("device");
    let kind = match number(&folder.join("type")) {
        Some(LOOPBACK) => NetKind::Loopback,
        _ if device.exists() => NetKind::Physical,
        _ => NetKind::Virtual,
    };
    NetDevice {
        name,
        kind: Some(kind),
        state: text(&folder.join("operstate")),
        bits_per_s: megabits_per_s(&folder.join("speed")).map(|megabits| megabits * 1_000_000),
        mtu: number(&folder.join("mtu")),
        driver: link_name(&device.join("driver")),
        pci: PciPlace::behind(&device),
    }
}

/// The speed, which a driver that does not know it refuses, or gives as -1, 0 or 2³² - 1.
fn megabits_per_s(file: &Path) -> Option<u64> {
    number(file).filter(|megabits| (1..u64::from(u32::MAX)).contains(megabits))
}
