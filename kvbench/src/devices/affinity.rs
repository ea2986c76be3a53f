//! How near PCI devices are to each other, from where sysfs has them in the tree of bridges.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PciPlace;

/// How near two PCI devices are, the nearest first; the names are those of `nvidia-smi topo`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Affinity {
    /// On one PCIe switch.
    Pix,
    /// Below one port of a host bridge, with several switches between them.
    Pxb,
    /// On one host bridge.
    Phb,
    /// On host bridges of one NUMA node.
    Node,
    /// On different NUMA nodes.
    Sys,
}

impl Affinity {
    /// How near `a` and `b` are on a machine with `numa_nodes` NUMA nodes; `None` where they are on
    /// different host bridges and the firmware does not tell the node of either.
    pub fn between(a: &PciPlace, b: &PciPlace, numa_nodes: usize) -> Option<Self> {
        let shared = a.path.iter().zip(&b.path).take_while(|(a, b)| a == b).count();
        // The first part of a path is the host bridge, the second one of its ports.
        match shared {
            0 => match (a.numa_node, b.numa_node) {
                _ if numa_nodes <= 1 => Some(Self::Node),
                (Some(a), Some(b)) if a == b => Some(Self::Node),
                (Some(_), Some(_)) => Some(Self::Sys),
                _ => None,
            },
            1 if a.address != b.address => Some(Self::Phb),
            _ => {
                // Below a switch's upper port are its lower ports, and devices below these.
                let on_switch = |place: &PciPlace| place.path.len() - shared <= 2;
                Some(if on_switch(a) && on_switch(b) { Self::Pix } else { Self::Pxb })
            }
        }
    }
}

impl fmt::Display for Affinity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pix => "PIX",
            Self::Pxb => "PXB",
            Self::Phb => "PHB",
            Self::Node => "NODE",
            Self::Sys => "SYS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, numa_node: Option<u32>) -> PciPlace {
        let path: Vec<_> = path.split('/').map(str::to_owned).collect();
        let address = path.last().unwrap().parse().unwrap();
        PciPlace { address, numa_node, path }
    }

    fn between(a: &str, b: &str) -> Option<Affinity> {
        let (a, b) = (place(a, Some(0)), place(b, Some(0)));
        let found = Affinity::between(&a, &b, 2);
        assert_eq!(found, Affinity::between(&b, &a, 2));
        found
    }

    #[test]
    fn one_switch() {
        let switch = "pci0000:4c/0000:4c:01.0/0000:4d:00.0";
        let nic = format!("{switch}/0000:4e:00.0/0000:4f:00.0");
        let gpu = format!("{switch}/0000:4e:04.0/0000:53:00.0");
        assert_eq!(between(&nic, &gpu), Some(Affinity::Pix));
        let other_function = format!("{switch}/0000:4e:00.0/0000:4f:00.1");
        assert_eq!(between(&nic, &other_function), Some(Affinity::Pix));
        assert_eq!(between(&nic, &nic), Some(Affinity::Pix));
    }

    #[test]
    fn a_switch_below_a_switch() {
        let upper = "pci0000:10/0000:10:01.0/0000:11:00.0";
        let nic = format!("{upper}/0000:12:00.0/0000:13:00.0/0000:14:00.0/0000:15:00.0");
        let gpu = format!("{upper}/0000:12:01.0/0000:20:00.0");
        assert_eq!(between(&nic, &gpu), Some(Affinity::Pxb));
    }

    #[test]
    fn one_host_bridge() {
        let nic = "pci0000:00/0000:00:03.0";
        assert_eq!(between(nic, "pci0000:00/0000:00:04.0"), Some(Affinity::Phb));
        assert_eq!(between(nic, "pci0000:00/0000:00:1c.0/0000:01:00.0"), Some(Affinity::Phb));
        assert_eq!(between(nic, nic), Some(Affinity::Pix));
    }

    #[test]
    fn different_host_bridges() {
        let nic = |node| place("pci0000:10/0000:10:01.0/0000:11:00.0", node);
        let gpu = |node| place("pci0000:20/0000:20:01.0/0000:21:00.0", node);
        let between = |a, b, nodes| Affinity::between(&nic(a), &gpu(b), nodes);
        assert_eq!(between(Some(1), Some(1), 2), Some(Affinity::Node));
        assert_eq!(between(Some(0), Some(1), 2), Some(Affinity::Sys));
        assert_eq!(between(None, Some(1), 2), None);
        assert_eq!(between(None, None, 1), Some(Affinity::Node));
    }
}
