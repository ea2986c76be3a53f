//! Settings in the environment: those that nobody reads, and those that lead off the fast path.

mod devices;
mod known;
mod names;
mod traps;
mod unread;

use std::collections::BTreeMap;

use super::finding::Finding;
use super::rdma::RdmaDevice;
use super::tree::Tree;
pub(super) use unread::Readers;

/// How the names of settings begin that concern NIXL.
const PREFIXES: [&str; 4] = ["UCX_", "FI_", "NIXL_", "VLLM_NIXL_"];

/// Judges the settings in `env`.
pub(super) fn check(
    tree: &Tree,
    env: &BTreeMap<String, String>,
    devices: &[RdmaDevice],
    readers: &Readers<'_>,
) -> Vec<Finding> {
    const CHECK: &str = "settings";
    let concerns = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let settings: Vec<_> = env.iter().filter(|(name, _)| concerns(name)).collect();
    if settings.is_empty() {
        let evidence = format!("no variable begins with {}", PREFIXES.join(", "));
        return vec![Finding::ok(CHECK, "none in the environment: all defaults", evidence)];
    }
    let mut findings = unread::check(settings.iter().map(|(name, _)| name.as_str()), readers);
    for (name, value) in &settings {
        findings.extend(traps::check(name, value, devices));
        findings.extend(devices::check(name, value, tree, devices));
    }
    if findings.is_empty() {
        let list: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let evidence = list.join(" ");
        findings.push(Finding::ok(CHECK, "nothing is known against them", evidence));
    }
    findings
}

/// A setting as it would be typed.
fn shown(name: &str, value: &str) -> String {
    format!("{name}={value} in the environment")
}
