//! Bytes that passed each NIC, from the kernel's counters.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::emulate;
use serde::{Deserialize, Serialize};

/// Bytes that passed a NIC.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct NicBytes {
    /// Sent.
    pub tx: u64,
    /// Received.
    pub rx: u64,
}

impl NicBytes {
    /// Adds what passed in another window.
    pub fn add(&mut self, other: Self) {
        self.tx += other.tx;
        self.rx += other.rx;
    }
}

/// A reading of all counters of this thread's network namespace.
#[derive(Clone, Debug, Default)]
pub struct NicCounters(BTreeMap<String, NicBytes>);

impl NicCounters {
    /// A reading that was made elsewhere.
    pub(crate) fn of(bytes: BTreeMap<String, NicBytes>) -> Self {
        Self(bytes)
    }

    /// Reads them: network devices (`/proc/thread-self/net/dev`, for a container may see the host's sysfs) and
    /// RDMA devices
    /// (`/sys/class/infiniband/*/ports/*`, hardware counters of EFA and port counters of InfiniBand).
    /// Where NICs are emulated, theirs instead.
    pub fn read() -> Self {
        match emulate::nic_bytes() {
            Some(emulated) => Self(emulated),
            None => Self::read_under(Path::new("/")),
        }
    }

    fn read_under(root: &Path) -> Self {
        let listing =
            std::fs::read_to_string(root.join("proc/thread-self/net/dev")).unwrap_or_default();
        let mut nics: BTreeMap<String, NicBytes> = listing.lines().filter_map(netdev).collect();
        for (name, path) in entries(&root.join("sys/class/infiniband")) {
            let mut bytes = NicBytes::default();
            let mut found = false;
            for (_, port) in entries(&path.join("ports")) {
                let Some(reading) = rdma_port(&port) else { continue };
                found = true;
                bytes.add(reading);
            }
            if found {
                nics.insert(name, bytes);
            }
        }
        Self(nics)
    }

    /// What passed since `before`, by NIC; NICs that carried nothing are left out.
    pub fn since(&self, before: &Self) -> BTreeMap<String, NicBytes> {
        let passed = self.0.iter().map(|(name, now)| {
            let then = before.0.get(name).copied().unwrap_or(*now);
            let tx = now.tx.saturating_sub(then.tx);
            let rx = now.rx.saturating_sub(then.rx);
            (name.clone(), NicBytes { tx, rx })
        });
        passed.filter(|(_, bytes)| *bytes != NicBytes::default()).collect()
    }
}

/// A line of `/proc/net/dev`: the name, eight figures of what was received, bytes first, and eight of
/// what was sent.
fn netdev(line: &str) -> Option<(String, NicBytes)> {
    let (name, figures) = line.split_once(':')?;
    let figure = |index| figures.split_whitespace().nth(index)?.parse().ok();
    Some((name.trim().to_owned(), NicBytes { tx: figure(8)?, rx: figure(0)? }))
}

fn rdma_port(port: &Path) -> Option<NicBytes> {
    // EFA counts bytes, of messages and of RDMA apart; InfiniBand counts words of four bytes.
    let hardware = port.join("hw_counters");
    if let (Some(tx), Some(rx)) =
        (number(&hardware.join("tx_bytes")), number(&hardware.join("rx_bytes")))
    {
        let of = |name: &str| number(&hardware.join(name)).unwrap_or(0);
        let written = of("rdma_write_bytes");
        let read = of("rdma_read_resp_bytes");
        let write_received = of("rdma_write_recv_bytes");
        let read_received = of("rdma_read_bytes");
        return Some(NicBytes { tx: tx + written + read, rx: rx + write_received + read_received });
    }
    let words = |name: &str| number(&port.join("counters").join(name));
    let (tx, rx) = (words("port_xmit_data")?, words("port_rcv_data")?);
    Some(NicBytes { tx: tx * 4, rx: rx * 4 })
}

fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    listing
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, file: &str, value: u64) {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{value}\n")).unwrap();
    }

    fn net(root: &Path, tx: u64, rx: u64) {
        let figures = format!("{rx} 1 0 0 0 0 0 0 {tx} 1 0 0 0 0 0 0");
        let text =
            format!("Inter-|   Receive |  Transmit\n face |bytes |bytes\n  eth0: {figures}\n");
        std::fs::create_dir_all(root.join("proc/thread-self/net")).unwrap();
        std::fs::write(root.join("proc/thread-self/net/dev"), text).unwrap();
    }

    #[test]
    fn counts_net_efa_and_infiniband() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let rdma = |file: &str, value| put(root, &format!("sys/class/infiniband/{file}"), value);
        net(root, 100, 50);
        rdma("rdmap0s0/ports/1/hw_counters/tx_bytes", 10);
        rdma("rdmap0s0/ports/1/hw_counters/rx_bytes", 20);
        rdma("mlx5_0/ports/1/counters/port_xmit_data", 7);
        rdma("mlx5_0/ports/1/counters/port_rcv_data", 9);
        let before = NicCounters::read_under(root);
        net(root, 150, 50);
        rdma("rdmap0s0/ports/1/hw_counters/rdma_write_bytes", 1000);
        rdma("mlx5_0/ports/1/counters/port_rcv_data", 10);
        let passed = NicCounters::read_under(root).since(&before);
        assert_eq!(passed["eth0"], NicBytes { tx: 50, rx: 0 });
        assert_eq!(passed["rdmap0s0"], NicBytes { tx: 1000, rx: 0 });
        assert_eq!(passed["mlx5_0"], NicBytes { tx: 0, rx: 4 });
    }

    #[test]
    fn this_machine_has_a_loopback() {
        assert!(NicCounters::read().0.contains_key("lo"));
    }
}
