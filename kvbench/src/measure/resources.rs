//! What a process uses: memory, processor time, descriptors, threads.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::worker::WorkerUsage;

/// Processor time of this process since its start, in nanoseconds.
pub fn cpu_ns() -> u64 {
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| {
        (usage.user_time() + usage.system_time()).num_nanoseconds().max(0) as u64
    })
}

/// Resident memory of this process.
pub fn rss_bytes() -> u64 {
    let status = status();
    field(&status, "VmRSS:") * 1024 + field(&status, "HugetlbPages:") * 1024
}

/// What this process uses now (`/proc/self`); what its requests use, only itself knows.
pub fn usage() -> WorkerUsage {
    let status = status();
    let field = |key: &str| field(&status, key);
    WorkerUsage {
        rss_bytes: rss_bytes(),
        request_bytes: 0,
        huge_bytes: huge_bytes(),
        locked_bytes: field("VmLck:") * 1024 + field("VmPin:") * 1024,
        cpu_s: cpu_ns() as f64 / 1e9,
        // The listing itself holds one.
        fds: std::fs::read_dir("/proc/self/fd").map_or(0, |fds| fds.count().saturating_sub(1))
            as u64,
        threads: field("Threads:"),
    }
}

fn status() -> String {
    std::fs::read_to_string("/proc/self/status").unwrap_or_default()
}

fn field(status: &str, key: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(key));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Memory of this process on huge pages (`/proc/self/smaps_rollup`).
fn huge_bytes() -> u64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let kinds = ["AnonHugePages:", "ShmemPmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:"];
    let lines = rollup.lines().filter(|line| kinds.iter().any(|kind| line.starts_with(kind)));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum::<u64>() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_something() {
        let used = usage();
        assert!(used.rss_bytes > 1 << 20);
        assert!(used.threads >= 1 && used.fds >= 3);
        let before = cpu_ns();
        let mut sum = 0_u64;
        while cpu_ns() == before {
            sum = std::hint::black_box(sum + 1);
        }
    }
}
