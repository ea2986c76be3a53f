//! Settings that are read, and lead off the fast path, or end the process.

use super::shown;
use crate::doctor::finding::Finding;
use crate::doctor::rdma::RdmaDevice;

/// UCX's transports over RDMA devices, by the beginning of their names, and what stands for them.
const UCX_RDMA: [&str; 7] = ["all", "dc", "gga", "ib", "rc", "srd", "ud"];

/// UCX's transports over TCP.
const UCX_TCP: &str = "tcp";

/// Settings with which libfabric's EFA provider ends the process (its `efa_env.c`).
const EFA_ABORTS: [&str; 3] = ["FI_EFA_MTU_SIZE", "FI_EFA_RX_IOV_LIMIT", "FI_EFA_TX_IOV_LIMIT"];

/// Levels of logging that take time in the measured path.
const LOUD: [&str; 6] = ["debug", "trace", "data", "func", "poll", "trace_data"];

/// Judges one setting.
pub(super) fn check(name: &str, value: &str, devices: &[RdmaDevice]) -> Option<Finding> {
    let efa = devices.iter().filter(|device| device.is_efa()).count();
    let evidence = shown(name, value);
    let warn = |finding: String, remedy: &str| Finding::warning(name, finding, &evidence, remedy);
    let note = |finding: &str, remedy: &str| Finding::note(name, finding, &evidence, remedy);
    match name {
        "FI_PROVIDER" => provider(value, efa).map(|(finding, remedy)| warn(finding, remedy)),
        "FI_EFA_USE_DEVICE_RDMA" if is_off(value) => Some(warn(
            "it makes libfabric's EFA provider imitate RDMA by messages, through the processor"
                .into(),
            "unset it: the provider uses RDMA where the device has it",
        )),
        "FI_EFA_ENABLE_SHM_TRANSFER" if is_off(value) => Some(note(
            "processes of one host use the NIC, not shared memory",
            "fine to measure the NIC on one host; unset it to serve on one",
        )),
        "FI_EFA_ENABLE_SHM_TRANSFER" => Some(note(
            "that is the default: shared memory may carry what stays on one host",
            "set it to 0 to measure the NIC on one host, and look at `carried by`",
        )),
        "FI_EFA_TX_MIN_CREDITS" if value.parse::<i64>().is_ok_and(|credits| credits <= 0) => {
            Some(warn("libfabric's EFA provider ends the process".into(), "unset it"))
        }
        name if EFA_ABORTS.contains(&name) => Some(warn(
            "it is no longer supported: libfabric's EFA provider ends the process that sets it"
                .into(),
            "unset it",
        )),
        "UCX_TLS" => transports(value, !devices.is_empty())
            .map(|(finding, remedy)| Finding::warning(name, finding, &evidence, remedy)),
        "UCX_MODULES"
            if value.starts_with('^') && lists(&value[1..], "ib") && !devices.is_empty() =>
        {
            Some(warn("UCX loads nothing for RDMA devices".into(), "unset it"))
        }
        "FI_LOG_LEVEL" | "NIXL_LOG_LEVEL" | "UCX_LOG_LEVEL"
            if LOUD.contains(&value.to_ascii_lowercase().as_str()) =>
        {
            Some(note("logging this much takes time in the measured path", "unset it to measure"))
        }
        _ => None,
    }
}

/// `FI_PROVIDER`: a list of providers, or `^` and a list of those to be left out.
fn provider(value: &str, efa: usize) -> Option<(String, &'static str)> {
    let (chosen, left_out) = match value.strip_prefix('^') {
        Some(list) => (!lists(list, "efa"), lists(list, "efa")),
        None => (lists(value, "efa"), !lists(value, "efa")),
    };
    match efa {
        0 if chosen && !value.starts_with('^') => Some((
            "only EFA is allowed, and there is no EFA device".to_owned(),
            "unset it: LIBFABRIC then takes tcp",
        )),
        0 => None,
        efa => left_out.then(|| {
            (
                format!("it keeps LIBFABRIC off {efa} EFA devices"),
                "unset it, or set it to efa; leave it to compare with TCP on purpose",
            )
        }),
    }
}

/// `UCX_TLS`: a list of transports, or `^` and a list of those to be left out.
fn transports(value: &str, has_rdma: bool) -> Option<(String, &'static str)> {
    if value.starts_with('^') {
        return None;
    }
    let chosen = |kind: &str| {
        // A backslash means: exactly this one.
        value.split(',').any(|name| name.trim().trim_start_matches('\\').starts_with(kind))
    };
    let rdma = UCX_RDMA.iter().any(|kind| chosen(kind));
    if has_rdma && !rdma {
        let finding = "it leaves out every transport over RDMA devices".to_owned();
        return Some((
            finding,
            "add rc, srd or ib, or unset it; leave it to measure TCP on purpose",
        ));
    }
    (!rdma && !chosen(UCX_TCP)).then(|| {
        let finding = "none of these transports leaves the host".to_owned();
        (finding, "add tcp for peers on another host")
    })
}

fn lists(list: &str, item: &str) -> bool {
    // Providers may be layered: `efa;ofi_rxd`.
    list.split([',', ';']).any(|one| one.trim().eq_ignore_ascii_case(item))
}

fn is_off(value: &str) -> bool {
    ["0", "no", "n", "off", "false"].contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rdma;
    use crate::doctor::samples::Sample;

    fn on(sample: &Sample, name: &str, value: &str) -> Option<String> {
        check(name, value, &rdma::devices(&sample.tree())).map(|finding| finding.finding)
    }

    #[test]
    fn what_leads_off_efa_is_told() {
        let p5 = Sample::p5();
        for (name, value) in [
            ("FI_PROVIDER", "tcp"),
            ("FI_PROVIDER", "^efa"),
            ("FI_EFA_USE_DEVICE_RDMA", "0"),
            ("FI_EFA_MTU_SIZE", "4096"),
            ("FI_EFA_TX_MIN_CREDITS", "0"),
            ("UCX_TLS", "tcp"),
            ("UCX_TLS", "cma,self"),
            ("UCX_MODULES", "^ib"),
            ("UCX_LOG_LEVEL", "DEBUG"),
            ("FI_EFA_ENABLE_SHM_TRANSFER", "1"),
        ] {
            assert!(on(&p5, name, value).is_some(), "{name}={value}");
        }
    }

    #[test]
    fn what_does_not_is_not() {
        let p5 = Sample::p5();
        for (name, value) in [
            ("FI_PROVIDER", "efa"),
            ("FI_PROVIDER", "^tcp"),
            ("FI_EFA_USE_DEVICE_RDMA", "1"),
            ("FI_EFA_TX_MIN_CREDITS", "32"),
            ("UCX_TLS", "rc_v,cuda_copy"),
            ("UCX_TLS", "^sm"),
            ("UCX_TLS", "srd,self"),
            ("UCX_LOG_LEVEL", "info"),
        ] {
            assert_eq!(on(&p5, name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn a_plain_machine_has_other_traps() {
        let plain = Sample::new();
        assert!(on(&plain, "FI_PROVIDER", "efa").unwrap().contains("no EFA device"));
        assert!(on(&plain, "UCX_TLS", "cma,self").unwrap().contains("leaves the host"));
        assert_eq!(on(&plain, "FI_PROVIDER", "tcp"), None);
        assert_eq!(on(&plain, "UCX_TLS", "tcp"), None);
    }
}
