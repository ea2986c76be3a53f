//! Processors: as many as there are busy workers, and how they hang together.

use super::cgroup;
use super::finding::Finding;
use super::tree::Tree;

/// Judges them for `workers` busy workers.
pub(super) fn check(tree: &Tree, workers: u64) -> Vec<Finding> {
    [Some(count(tree, workers)), quota(tree, workers), nodes(tree)].into_iter().flatten().collect()
}

fn count(tree: &Tree, workers: u64) -> Finding {
    const CHECK: &str = "processors";
    const STATUS: &str = "proc/self/status";
    let list = tree.field(STATUS, "Cpus_allowed_list:").unwrap_or_default();
    let allowed = list_length(&list);
    let evidence = format!("Cpus_allowed_list of /{STATUS}: {list}");
    if allowed < workers {
        return Finding::warning(
            CHECK,
            format!(
                "{allowed} for {workers} workers that poll: each waits for another's time slice"
            ),
            evidence,
            "give it more processors, or read latencies as those of a machine that is overloaded",
        );
    }
    Finding::ok(CHECK, format!("{allowed} for {workers} workers that poll"), evidence)
}

fn quota(tree: &Tree, workers: u64) -> Option<Finding> {
    let quotas = cgroup::folders(tree, "cpu").into_iter().filter_map(|(folder, is_v2)| {
        let (quota, period, file) = if is_v2 {
            let file = folder.join("cpu.max");
            let text = tree.text(&file)?;
            let (quota, period) = text.split_once(' ')?;
            (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?, file)
        } else {
            let file = folder.join("cpu.cfs_quota_us");
            let period = tree.number(folder.join("cpu.cfs_period_us"))?;
            (tree.number(&file)?, period, file)
        };
        (quota > 0.0 && period > 0.0).then(|| (quota / period, file))
    });
    let (processors, file) = quotas.min_by(|one, other| one.0.total_cmp(&other.0))?;
    let finding = format!("the container may use {processors:.1} processors");
    let evidence = format!("/{}", file.display());
    Some(if processors < workers as f64 {
        Finding::warning(
            "processor quota",
            format!("{finding}, and is stopped when {workers} polling workers have used them up"),
            evidence,
            "raise or drop the quota (docker: --cpus; Kubernetes: resources.limits.cpu)",
        )
    } else {
        Finding::ok("processor quota", finding, evidence)
    })
}

fn nodes(tree: &Tree) -> Option<Finding> {
    const FOLDER: &str = "sys/devices/system/node";
    let is_node =
        |name: &&String| name.strip_prefix("node").is_some_and(|rest| rest.parse::<u32>().is_ok());
    let count = tree.names(FOLDER).iter().filter(is_node).count();
    match count {
        0 => None,
        1 => Some(Finding::ok("NUMA nodes", "1", format!("/{FOLDER}"))),
        _ => Some(Finding::note(
            "NUMA nodes",
            format!("{count}: memory, NICs and processors of different nodes are farther apart"),
            format!("/{FOLDER}"),
            "keep a run on one node, or serve as you will serve: numactl --cpunodebind --membind",
        )),
    }
}

/// The number of processors of a list such as `0-3,8`.
fn list_length(list: &str) -> u64 {
    let length = |range: &str| -> Option<u64> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (last + 1).checked_sub(first)
    };
    list.split(',').filter_map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted() {
        for (list, length) in [("0-1", 2), ("0-3,8", 5), ("7", 1), ("", 0), ("x", 0), ("3-1", 0)] {
            assert_eq!(list_length(list), length, "{list}");
        }
    }
}
