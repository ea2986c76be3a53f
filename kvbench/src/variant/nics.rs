//! The NICs of a machine as far as the choice of rails goes, and which of them are nearest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::devices::{Affinity, PciAddress};

/// What a NIC is to a backend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NicKind {
    /// An RDMA device of the EFA driver.
    Efa,
    /// Any other RDMA device.
    Rdma,
    /// A network device that leaves the host.
    Ethernet,
    /// The loopback.
    Loopback,
}

/// A NIC that is up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Nic {
    /// Its name: `rdmap79s0`, `mlx5_0`, `eth0`.
    pub name: String,
    /// What it is.
    pub kind: NicKind,
    /// Where it is, if the kernel says.
    pub numa_node: Option<u32>,
    /// Its line rate, if the driver says.
    pub bits_per_s: Option<u64>,
    /// How near it is to each GPU, as far as is known.
    pub gpus: BTreeMap<PciAddress, Affinity>,
}

/// What NICs are to be near to: where the memory is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Near {
    /// A NUMA node.
    NumaNode(u32),
    /// A GPU.
    Gpu(PciAddress),
}

/// The first `count` of `nics`, those nearest to `near` first, then by name: `eth2` before `eth10`.
/// Where it is unknown how near a NIC is, it comes last.
pub fn nearest<'n>(nics: &[&'n Nic], near: Option<Near>, count: usize) -> Vec<&'n Nic> {
    let mut nics = nics.to_vec();
    nics.sort_by_key(|nic| (near.map(|near| distance(nic, near)), natural(&nic.name)));
    nics.truncate(count);
    nics
}

/// Less is nearer.
fn distance(nic: &Nic, near: Near) -> u8 {
    match near {
        Near::NumaNode(node) => match nic.numa_node {
            Some(own) if own == node => 0,
            Some(_) => 1,
            None => u8::MAX,
        },
        Near::Gpu(gpu) => nic.gpus.get(&gpu).map_or(u8::MAX, |affinity| *affinity as u8),
    }
}

/// A name in parts that sort as people count.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        parts.push((text.to_owned(), tail[..end].parse().unwrap_or(0)));
        rest = &tail[end..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nic(name: &str, numa_node: Option<u32>) -> Nic {
        let (bits_per_s, gpus) = Default::default();
        Nic { name: name.into(), kind: NicKind::Efa, numa_node, bits_per_s, gpus }
    }

    #[test]
    fn the_own_node_comes_first_and_names_count_as_people_do() {
        let nics =
            [nic("r10s0", Some(1)), nic("r2s0", Some(0)), nic("r9s0", Some(1)), nic("r1s0", None)];
        let all: Vec<_> = nics.iter().collect();
        let names = |node: Option<u32>, count| -> Vec<_> {
            let near = node.map(Near::NumaNode);
            nearest(&all, near, count).into_iter().map(|nic| nic.name.as_str()).collect()
        };
        assert_eq!(names(Some(1), 3), ["r9s0", "r10s0", "r2s0"]);
        assert_eq!(names(Some(0), 9), ["r2s0", "r9s0", "r10s0", "r1s0"], "unknown comes last");
        assert_eq!(names(None, 9), ["r1s0", "r2s0", "r9s0", "r10s0"]);
    }
}
