//! What backends say in their logs of the transports and rails that they chose.

use std::collections::{BTreeMap, BTreeSet};

use crate::variant::{BackendName, Medium};

/// Transports between processes of one host that use no NIC: UCX's, and [`MEMCPY`]'s.
const SHARED_MEMORY: [&str; 8] = ["cma", "knem", "memcpy", "posix", "self", "sm", "sysv", "xpmem"];

/// The copy into memory that the peer shares.
pub(super) const MEMCPY: &str = "memcpy/memory";

/// How the names of transports and providers over RDMA begin, in UCX and in libfabric.
const RDMA: [&str; 8] = ["rc_", "dc_", "ud_", "srd", "gga", "efa", "verbs", "cxi"];

/// `Created 32 rails using provider=efa` (NIXL's `libfabric_rail_manager.cpp`, and in the same words
/// the raw transport of kvbench).
pub(crate) fn libfabric_rails(log: &str) -> Option<(u32, &str)> {
    let mark = " rails using provider=";
    let (before, after) = log.lines().filter_map(|line| line.split_once(mark)).next_back()?;
    let created = before.rsplit("Created ").next()?.parse().ok()?;
    Some((created, after.split_whitespace().next()?))
}

/// `Registered memory on 16 rails, mem_type=…` (the same file): on how many, the last time.
pub(super) fn libfabric_registered(log: &str) -> Option<u32> {
    let lines = log.lines().filter_map(|line| line.split("Registered memory on ").nth(1));
    lines.filter_map(|rest| rest.split_once(" rails")?.0.parse().ok()).next_back()
}

/// A call to libfabric that failed on a rail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FailedRail {
    /// The number of the rail.
    pub rail: u32,
    /// The function: `fi_domain`.
    pub call: String,
    /// What NIXL logged.
    pub line: String,
}

impl FailedRail {
    /// Whether it was to register memory.
    pub fn is_registration(&self) -> bool {
        self.call.starts_with("fi_mr_reg")
    }
}

/// `fi_domain failed for rail 2: Cannot allocate memory`, `CreateBufferChunk on Rail 0 fi_mr_reg failed
/// for …` (NIXL's `libfabric_rail.cpp`): the first such line.
pub(crate) fn failed_rail(log: &str) -> Option<FailedRail> {
    let failed = |line: &str| {
        let call = line[line.find("fi_")?..].split_whitespace().next()?;
        let after = line.split("rail ").nth(1).or_else(|| line.split("Rail ").nth(1))?;
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let rail = after[..end].parse().ok()?;
        let line = line.split_once("] ").map_or(line, |(_, message)| message);
        Some(FailedRail { rail, call: call.to_owned(), line: line.to_owned() })
    };
    log.lines().filter(|line| line.contains(" failed")).find_map(failed)
}

/// `Created rail 1 (device=rdmap80s0-rdm, provider=efa)`, which NIXL logs at level debug
/// (`libfabric_rail_manager.cpp`): the NIC of each rail.
pub(crate) fn rail_nics(log: &str) -> BTreeMap<u32, String> {
    let nic = |line: &str| {
        let (rail, rest) = line.split("rail ").nth(1)?.split_once(" (device=")?;
        let domain = rest.split([',', ')']).next()?;
        let nic = domain.rsplit_once('-').map_or(domain, |(nic, _)| nic);
        Some((rail.parse().ok()?, nic.to_owned()))
    };
    log.lines().filter_map(nic).collect()
}

/// How many rails a backend has created, if its log says so.
pub(crate) fn created_rails(backend: BackendName, log: &[u8]) -> Option<u32> {
    let log = String::from_utf8_lossy(log);
    match backend.medium() {
        Medium::Libfabric => libfabric_rails(&log).map(|(created, _)| created),
        Medium::Ucx | Medium::Memory => None,
    }
}

/// On how many rails a backend has registered memory the last time, if its log says so.
pub(crate) fn registered_rails(backend: BackendName, log: &[u8]) -> Option<u32> {
    let log = String::from_utf8_lossy(log);
    (backend == BackendName::Libfabric).then(|| libfabric_registered(&log)).flatten()
}

/// The lanes of the endpoint to the peer, from UCX's log at level info:
/// `… intra-node cfg#1 rma_am(tcp/lo) am(tcp/lo cma/memory) ka(tcp/lo)` (`ucp_worker.c`).
pub(super) fn ucx_transports(log: &str) -> Vec<String> {
    let lanes = |line: &str| -> BTreeSet<String> {
        let lanes = line.split("cfg#").nth(1).unwrap_or_default();
        let lists = lanes.split('(').skip(1).filter_map(|rest| rest.split(')').next());
        let items = lists.flat_map(str::split_whitespace);
        items.filter(|item| item.contains('/')).map(str::to_owned).collect()
    };
    let of_peer = |line: &&str| line.contains("-node cfg#");
    let of_self = |line: &&str| line.contains("self cfg#");
    let line = log.lines().rfind(of_peer).or_else(|| log.lines().rfind(of_self));
    line.map(lanes).unwrap_or_default().into_iter().collect()
}

/// Whether UCX says that it did not use the variable `key`.
pub(super) fn ucx_unused(log: &str, key: &str) -> bool {
    let says = |line: &str| line.contains("unused environment variable") && line.contains(key);
    log.lines().any(says)
}

/// The kind of `kind/device`.
pub(super) fn kind(transport: &str) -> &str {
    transport.split('/').next().unwrap_or(transport)
}

/// The NIC of `kind/device` or `kind/device:port`, if it has one.
pub(super) fn device(transport: &str) -> Option<&str> {
    if is_shared_memory(transport) {
        return None;
    }
    transport.split('/').nth(1)?.split(':').next()
}

/// The NICs among transports.
pub(super) fn devices(transports: &[String]) -> BTreeSet<&str> {
    transports.iter().filter_map(|name| device(name)).collect()
}

pub(super) fn is_shared_memory(transport: &str) -> bool {
    SHARED_MEMORY.contains(&kind(transport))
}

pub(super) fn is_rdma(transport: &str) -> bool {
    RDMA.iter().any(|start| transport.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libfabric_says_rails_and_registrations() {
        let log = "x.cpp:232] Created 4 rails using provider=efa\n\
                   x.cpp:889] Registered memory on 1 rails, mem_type=0\n\
                   x.cpp:889] Registered memory on 2 rails, mem_type=0\n";
        assert_eq!(libfabric_rails(log), Some((4, "efa")));
        assert_eq!(libfabric_registered(log), Some(2));
        assert_eq!(libfabric_rails("Created many rails using provider="), None);
    }

    #[test]
    fn a_rail_that_fails_is_told_with_the_call() {
        let log = "I1124 x.cpp:1] fine\n\
                   E1124 y.cpp:2] fi_domain failed for rail 12: Cannot allocate memory\n\
                   E1124 z.cpp:3] Failed to create rails: fi_domain failed for rail 12\n";
        let failed = failed_rail(log).unwrap();
        assert_eq!((failed.rail, failed.call.as_str()), (12, "fi_domain"));
        assert_eq!(failed.line, "fi_domain failed for rail 12: Cannot allocate memory");
        let log = "E x] CreateBufferChunk on Rail 0 fi_mr_reg failed for buffer chunk: why\n";
        let failed = failed_rail(log).unwrap();
        assert!(failed.rail == 0 && failed.is_registration());
        assert_eq!(failed_rail("E x] fi_getinfo failed\n"), None, "no rail is named");
    }

    #[test]
    fn rails_have_nics() {
        let log = "D x] Created rail 0 (device=rdmap79s0-rdm, provider=efa)\n\
                   D x] Created data rail 1 (device=rdmap80s0-rdm, provider=efa)\n\
                   D x] Created 2 rails using provider=efa\n";
        let nics = [(0, "rdmap79s0".to_owned()), (1, "rdmap80s0".to_owned())];
        assert_eq!(rail_nics(log), nics.into());
    }

    #[test]
    fn transports_have_kinds_and_devices() {
        assert_eq!(device("rc_mlx5/mlx5_0:1"), Some("mlx5_0"));
        assert_eq!(device("cma/memory"), None);
        assert_eq!((kind("tcp/lo"), kind("efa")), ("tcp", "efa"));
        assert!(is_rdma("rc_mlx5/mlx5_0:1") && is_rdma("srd/rdmap0s0:1") && is_rdma("efa/x"));
        assert!(!is_rdma("tcp/eth0"));
    }
}
