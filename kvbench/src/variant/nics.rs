//! The NICs of a machine as far as the choice of rails goes, and which of them are nearest.

/// What a NIC is to a backend.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nic {
    /// Its name: `rdmap79s0`, `mlx5_0`, `eth0`.
    pub name: String,
    /// What it is.
    pub kind: NicKind,
    /// Where it is, if the kernel says.
    pub numa_node: Option<u32>,
    /// Its line rate, if the driver says.
    pub bits_per_s: Option<u64>,
}

/// The first `count` of `nics`, those of the NUMA node `near` first, then by name: `eth2` before
/// `eth10`.
pub fn nearest<'n>(nics: &[&'n Nic], near: Option<u32>, count: usize) -> Vec<&'n Nic> {
    let mut nics = nics.to_vec();
    nics.sort_by_key(|nic| (near.is_some() && nic.numa_node != near, natural(&nic.name)));
    nics.truncate(count);
    nics
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
        Nic { name: name.into(), kind: NicKind::Efa, numa_node, bits_per_s: None }
    }

    #[test]
    fn the_own_node_comes_first_and_names_count_as_people_do() {
        let nics =
            [nic("r10s0", Some(1)), nic("r2s0", Some(0)), nic("r9s0", Some(1)), nic("r1s0", None)];
        let all: Vec<_> = nics.iter().collect();
        let names = |near, count| -> Vec<_> {
            nearest(&all, near, count).into_iter().map(|nic| nic.name.as_str()).collect()
        };
        assert_eq!(names(Some(1), 3), ["r9s0", "r10s0", "r1s0"]);
        assert_eq!(names(None, 9), ["r1s0", "r2s0", "r9s0", "r10s0"]);
    }
}
