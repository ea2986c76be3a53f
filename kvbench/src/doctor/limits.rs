//! Resource limits of this process, which its workers inherit.

use super::finding::{Finding, counted};
use super::rdma::RdmaDevice;
use super::tree::Tree;

const LIMITS: &str = "proc/self/limits";

/// Descriptors that a worker of LIBFABRIC takes per rail (measured with 1 to 32 emulated devices).
const FILES_PER_RAIL: u64 = 4;

/// Descriptors that anything else in a worker takes at most: UCX with 32 network devices took 81.
const OTHER_FILES: u64 = 96;

/// Bit of `CAP_IPC_LOCK`, with which locked memory has no limit.
const CAP_IPC_LOCK: u32 = 14;

/// Judges the limits for workers that open `rails` rails each.
pub(super) fn check(tree: &Tree, devices: &[RdmaDevice], rails: u64) -> Vec<Finding> {
    vec![locked_memory(tree, devices), open_files(tree, rails)]
}

fn locked_memory(tree: &Tree, devices: &[RdmaDevice]) -> Finding {
    const CHECK: &str = "locked memory";
    let Some(limit) = soft_limit(tree, "Max locked memory") else {
        return Finding::fact(CHECK, "its limit cannot be read", format!("/{LIMITS}"));
    };
    let evidence = format!("Max locked memory of /{LIMITS}: {limit}");
    if limit == "unlimited" {
        return Finding::ok(CHECK, "unlimited", evidence);
    }
    let bytes = format!("limited to {limit} bytes");
    if has_capability(tree, CAP_IPC_LOCK) {
        let evidence = format!("{evidence}; CAP_IPC_LOCK in CapEff of /proc/self/status");
        return Finding::ok(CHECK, format!("{bytes}, which CAP_IPC_LOCK lifts"), evidence);
    }
    if devices.is_empty() {
        let finding = format!("{bytes}; without RDMA devices nothing is locked");
        return Finding::ok(CHECK, finding, evidence);
    }
    Finding::warning(
        CHECK,
        format!("{bytes}: registering more for RDMA fails"),
        evidence,
        "ulimit -l unlimited (limits.conf: memlock; docker: --ulimit memlock=-1; Kubernetes: the \
         runtime's LimitMEMLOCK=infinity), or add CAP_IPC_LOCK",
    )
}

fn open_files(tree: &Tree, rails: u64) -> Finding {
    const CHECK: &str = "open files";
    let Some(limit) = soft_limit(tree, "Max open files") else {
        return Finding::fact(CHECK, "its limit cannot be read", format!("/{LIMITS}"));
    };
    let needed = OTHER_FILES + FILES_PER_RAIL * rails;
    let rails = counted(rails, "rail");
    let evidence = format!("Max open files of /{LIMITS}: {limit}");
    if limit.parse().is_ok_and(|limit: u64| limit < needed) {
        return Finding::warning(
            CHECK,
            format!("{limit} per process; a worker with {rails} takes about {needed}"),
            evidence,
            "ulimit -n 65536 (limits.conf: nofile; docker: --ulimit nofile=65536)",
        );
    }
    let finding = format!("{limit} per process; a worker with {rails} takes about {needed}");
    Finding::ok(CHECK, finding, evidence)
}

/// The limit in force, a number or `unlimited`.
fn soft_limit(tree: &Tree, name: &str) -> Option<String> {
    tree.field(LIMITS, name)?.split_whitespace().next().map(str::to_owned)
}

fn has_capability(tree: &Tree, bit: u32) -> bool {
    let effective = tree.field("proc/self/status", "CapEff:");
    let effective = effective.and_then(|text| u64::from_str_radix(&text, 16).ok());
    effective.is_some_and(|set| set >> bit & 1 == 1)
}
