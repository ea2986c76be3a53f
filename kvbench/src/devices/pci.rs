//! PCI addresses, and a device's place in the tree of bridges.

use std::fmt;
use std::path::{Component, Path};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::sysfs::number;

/// The address of a PCI function, written as `0000:4f:00.0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PciAddress {
    /// The domain, also called segment.
    pub domain: u32,
    /// The bus.
    pub bus: u8,
    /// The device on the bus, below 32.
    pub device: u8,
    /// The function of the device, below 8.
    pub function: u8,
}

/// A text is no PCI address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no PCI address like 0000:4f:00.0")]
pub struct NoPciAddress(String);

/// Where a PCI device is: its address, its NUMA node, and the bridges above it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PciPlace {
    /// Its address.
    pub address: PciAddress,
    /// Its NUMA node, where the firmware tells.
    pub numa_node: Option<u32>,
    /// The way to it from the root, as sysfs names it: host bridge, bridges, the device itself.
    pub path: Vec<String>,
}

impl PciPlace {
    /// The place of the device that a link in sysfs leads to: its own, or that of the nearest PCI device
    /// above (a virtio device sits on one). `None` for devices that are on no PCI bus.
    pub(super) fn behind(link: &Path) -> Option<Self> {
        let device = link.canonicalize().ok()?;
        let is_pci = |path: &&Path| address(path).is_some();
        let device = device.ancestors().find(is_pci)?;
        let parts = device.components().filter_map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        let is_host_bridge = |part: &&str| part.starts_with("pci") && part.contains(':');
        Some(Self {
            address: address(device)?,
            // -1 says that the firmware does not tell.
            numa_node: number(&device.join("numa_node")),
            path: parts.skip_while(|part| !is_host_bridge(part)).map(str::to_owned).collect(),
        })
    }
}

fn address(path: &Path) -> Option<PciAddress> {
    path.file_name()?.to_str()?.parse().ok()
}

impl FromStr for PciAddress {
    type Err = NoPciAddress;

    fn from_str(text: &str) -> Result<Self, NoPciAddress> {
        let parse = || {
            let (rest, function) = text.rsplit_once('.')?;
            let (rest, device) = rest.rsplit_once(':')?;
            let (domain, bus) = rest.rsplit_once(':').unwrap_or(("0", rest));
            let address = Self {
                domain: hexadecimal(domain)?,
                bus: hexadecimal(bus)?.try_into().ok()?,
                device: hexadecimal(device)?.try_into().ok()?,
                function: hexadecimal(function)?.try_into().ok()?,
            };
            (address.device < 32 && address.function < 8).then_some(address)
        };
        parse().ok_or_else(|| NoPciAddress(text.to_owned()))
    }
}

fn hexadecimal(text: &str) -> Option<u32> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| only_digits)
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, device, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{device:02x}.{function:x}")
    }
}

impl Serialize for PciAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PciAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for text in ["0000:4f:00.0", "0001:ff:1f.7", "10000:e1:00.0"] {
            assert_eq!(text.parse::<PciAddress>().unwrap().to_string(), text);
        }
        assert_eq!("4f:00.0".parse(), "0000:4f:00.0".parse::<PciAddress>());
        let wrong =
            ["", "0000:4f:00", "0000:4f:20.0", "0000:4f:00.8", "0000:100:00.0", "pci0000:00"];
        for text in wrong.into_iter().chain(["+000:4f:00.0", "virtio2", "0:0:4f:00.0"]) {
            assert!(text.parse::<PciAddress>().is_err(), "{text}");
        }
    }
}
