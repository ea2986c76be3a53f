//! Settings that name devices: whether there are such devices.

use super::shown;
use crate::doctor::finding::Finding;
use crate::doctor::rdma::RdmaDevice;
use crate::doctor::tree::Tree;

const NETWORK: &str = "sys/class/net";

/// Judges a setting that names devices.
pub(super) fn check(
    name: &str,
    value: &str,
    tree: &Tree,
    devices: &[RdmaDevice],
) -> Option<Finding> {
    let efa = devices.iter().filter(|device| device.is_efa());
    let efa: Vec<&str> = efa.map(|device| device.name.as_str()).collect();
    match name {
        "FI_EFA_IFACE" if value.is_empty() => Some(Finding::warning(
            name,
            "it is empty: libfabric's EFA provider ends the process",
            shown(name, value),
            "unset it, or give `all` or names of devices",
        )),
        "FI_EFA_IFACE" if value != "all" => {
            let exists = |item: &str| efa.contains(&item.trim_end_matches("-rdm"));
            missing(name, value, exists, &list("/sys/class/infiniband", &efa))
        }
        "FI_TCP_IFACE" if value == "lo" => Some(Finding::warning(
            name,
            "libfabric's tcp provider fails on `lo` (in fi_enable)",
            shown(name, value),
            "name an interface that has an address of the network, or unset it",
        )),
        "FI_TCP_IFACE" => {
            let interfaces = tree.names(NETWORK);
            let exists = |item: &str| interfaces.iter().any(|one| one == item);
            missing(name, value, exists, &list("/sys/class/net", &interfaces))
        }
        "UCX_NET_DEVICES" if value != "all" => net_devices(name, value, tree, devices),
        _ => None,
    }
}

/// UCX takes RDMA devices as `name:port`, and network interfaces by name.
fn net_devices(name: &str, value: &str, tree: &Tree, devices: &[RdmaDevice]) -> Option<Finding> {
    let interfaces = tree.names(NETWORK);
    let rdma: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let exists = |item: &str| {
        let device = item.split(':').next().unwrap_or(item);
        interfaces.iter().any(|one| one == item) || rdma.contains(&device)
    };
    let here: Vec<&str> =
        interfaces.iter().map(String::as_str).chain(rdma.iter().copied()).collect();
    // `^` names those to be left out; one that does not exist is left out anyway.
    if value.starts_with('^') {
        return None;
    }
    missing(name, value, exists, &list("/sys/class/net and /sys/class/infiniband", &here))
}

fn missing(name: &str, value: &str, exists: impl Fn(&str) -> bool, there: &str) -> Option<Finding> {
    let absent: Vec<_> =
        value.split(',').map(str::trim).filter(|item| !item.is_empty() && !exists(item)).collect();
    (!absent.is_empty()).then(|| {
        Finding::warning(
            name,
            format!("there is no device {}", absent.join(", ")),
            format!("{}; {there}", shown(name, value)),
            "name devices that are there, or unset it",
        )
    })
}

fn list<T: AsRef<str>>(folder: &str, names: &[T]) -> String {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() {
        format!("{folder}: none")
    } else {
        format!("{folder}: {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rdma;
    use crate::doctor::samples::Sample;

    fn judge(name: &str, value: &str) -> Option<String> {
        let sample = Sample::p5();
        let devices = rdma::devices(&sample.tree());
        check(name, value, &sample.tree(), &devices).map(|finding| finding.finding)
    }

    #[test]
    fn devices_that_are_there_are_fine() {
        for (name, value) in [
            ("FI_EFA_IFACE", "all"),
            ("FI_EFA_IFACE", "rdmap0s0,rdmap31s0-rdm"),
            ("UCX_NET_DEVICES", "all"),
            ("UCX_NET_DEVICES", "eth0,rdmap3s0:1"),
            ("UCX_NET_DEVICES", "^docker0"),
            ("FI_TCP_IFACE", "eth0"),
        ] {
            assert_eq!(judge(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn those_that_are_not_are_named() {
        for (name, value, absent) in [
            ("FI_EFA_IFACE", "rdmap0s0,rdmap32s0", "no device rdmap32s0"),
            ("FI_EFA_IFACE", "", "ends the process"),
            ("UCX_NET_DEVICES", "mlx5_0:1,eth0", "no device mlx5_0:1"),
            ("UCX_NET_DEVICES", "eth0:1", "no device eth0:1"),
            ("FI_TCP_IFACE", "eth9", "no device eth9"),
            ("FI_TCP_IFACE", "lo", "fi_enable"),
        ] {
            let finding = judge(name, value).unwrap_or_else(|| panic!("{name}={value}"));
            assert!(finding.contains(absent), "{name}={value}: {finding}");
        }
    }
}
