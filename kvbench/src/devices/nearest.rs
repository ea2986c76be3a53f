//! The NICs nearest to a GPU or a NUMA node.

use super::{Nic, PciAddress};

/// What NICs are to be near to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// A GPU.
    Gpu(PciAddress),
    /// A NUMA node.
    NumaNode(u32),
}

/// The names of the `n` NICs nearest to `to`, nearest first, equally near ones by name; where it is
/// unknown how near a NIC is, it comes last.
pub fn nearest(nics: &[Nic], to: To, n: usize) -> Vec<String> {
    let mut ranked: Vec<_> = nics.iter().map(|nic| (distance(nic, to), &nic.name)).collect();
    ranked.sort();
    ranked.into_iter().take(n).map(|(_, name)| name.clone()).collect()
}

/// Less is nearer.
fn distance(nic: &Nic, to: To) -> u8 {
    match to {
        To::Gpu(gpu) => nic.affinity.get(&gpu).map_or(u8::MAX, |affinity| *affinity as u8),
        To::NumaNode(node) => match nic.numa_node {
            Some(own) if own == node => 0,
            Some(_) => 1,
            None => u8::MAX,
        },
    }
}
