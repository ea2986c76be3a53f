//! Memory: what a worker takes for each rail that it opens, against what this process may use.

use bytesize::ByteSize;

use super::cgroup::{self, Files};
use super::finding::{Finding, counted};
use super::tree::Tree;

/// What one worker of LIBFABRIC takes in the LIBFABRIC plugin of NIXL 1.5.0, in bytes: measured by
/// resident memory with 1 to 32 emulated EFA devices, where it grew by the same amount per device.
mod price {
    pub const BASE: u64 = 45_000_000;
    pub const PER_RAIL: u64 = 17_500_000;
    /// With the pages of its registered control buffers in memory, as hardware pins them.
    pub const PER_RAIL_PINNED: u64 = 49_500_000;
}

const LIMIT: Files = Files { v2: "memory.max", v1: "memory.limit_in_bytes" };
const USED: Files = Files { v2: "memory.current", v1: "memory.usage_in_bytes" };

/// Memory that this process may still use, and where that is read.
fn room(tree: &Tree) -> Option<(u64, String)> {
    let total = kib(tree, "MemTotal:")?;
    let available = kib(tree, "MemAvailable:")?;
    let host = (available, format!("MemAvailable of /proc/meminfo, of {}", size(total)));
    let used = cgroup::numbers(tree, "memory", &USED);
    let limits = cgroup::numbers(tree, "memory", &LIMIT).into_iter();
    // Version 1 says by a number beyond any memory that there is no limit.
    let left = limits.filter(|(limit, _)| *limit < total).map(|(limit, file)| {
        let in_same_group = |one: &&(u64, std::path::PathBuf)| one.1.parent() == file.parent();
        let used = used.iter().find(in_same_group).map_or(0, |(used, _)| *used);
        let reclaimable = file.parent().map_or(0, |group| page_cache(tree, group)).min(used);
        let left = limit.saturating_sub(used - reclaimable);
        (left, format!("/{} is {}, the container's", file.display(), size(limit)))
    });
    std::iter::once(host).chain(left).min_by_key(|(bytes, _)| *bytes)
}

/// Pages of files that a group gives back when it needs memory.
fn page_cache(tree: &Tree, group: &std::path::Path) -> u64 {
    let stat = group.join("memory.stat");
    let total = tree.field(&stat, "total_inactive_file ");
    let number = total.or_else(|| tree.field(&stat, "inactive_file "));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Judges whether `workers` workers find room that open `rails` rails each.
pub(super) fn check(tree: &Tree, rails: u64, workers: u64) -> Finding {
    const CHECK: &str = "memory";
    let Some((room, source)) = room(tree) else {
        return Finding::fact(CHECK, "how much there is cannot be read", "/proc/meminfo");
    };
    let least = price::BASE + rails * price::PER_RAIL;
    let most = price::BASE + rails * price::PER_RAIL_PINNED;
    let each = format!(
        "a worker with {} takes {} to {} (LIBFABRIC of NIXL 1.5.0, measured with emulated \
         devices: 45 MB, and 17.5 MB a rail, 49.5 MB with its buffers pinned), KV cache apart",
        counted(rails, "rail"),
        size(least),
        size(most)
    );
    let needed = workers * most;
    let evidence = format!("{source}; {each}");
    if room < needed {
        return Finding::warning(
            CHECK,
            format!("{} left, and {workers} workers may take {}", size(room), size(needed)),
            evidence,
            "raise the container's limit, or open fewer devices: FI_EFA_IFACE=<names> is what saves \
             memory, NIXL_LIBFABRIC_MAX_RAILS is not",
        );
    }
    let workers = room / most;
    Finding::ok(CHECK, format!("{} left, room for {workers} workers", size(room)), evidence)
}

fn kib(tree: &Tree, key: &str) -> Option<u64> {
    let value = tree.field("proc/meminfo", key)?;
    Some(value.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}
