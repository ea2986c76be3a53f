//! Huge pages: what makes one run's memory like another's.

use super::finding::Finding;
use super::rdma::RdmaDevice;
use super::tree::Tree;

const TRANSPARENT: &str = "sys/kernel/mm/transparent_hugepage/enabled";
const RESERVED: &str = "proc/sys/vm/nr_hugepages";

/// Judges both kinds.
pub(super) fn check(tree: &Tree, devices: &[RdmaDevice]) -> Vec<Finding> {
    vec![transparent(tree), reserved(tree, devices)]
}

fn transparent(tree: &Tree) -> Finding {
    const CHECK: &str = "huge pages";
    let setting = tree.text(TRANSPARENT).unwrap_or_default();
    let chosen = setting.split(['[', ']']).nth(1).unwrap_or("unknown");
    let evidence = format!("/{TRANSPARENT}: {setting}");
    match chosen {
        "always" | "madvise" => {
            Finding::ok(CHECK, format!("{chosen}: kvbench's buffers get them"), evidence)
        }
        _ => Finding::warning(
            CHECK,
            format!(
                "{chosen}: where ordinary pages happen to lie makes equal runs differ by several per cent"
            ),
            evidence,
            format!(
                "echo madvise > /{TRANSPARENT} (as root, on the host), or reserve pages and give \
                 --huge-pages reserved"
            ),
        ),
    }
}

fn reserved(tree: &Tree, devices: &[RdmaDevice]) -> Finding {
    const CHECK: &str = "reserved huge pages";
    let count: u64 = tree.number(RESERVED).unwrap_or(0);
    let evidence = format!("/{RESERVED}: {count}");
    if count == 0 && devices.iter().any(RdmaDevice::is_efa) {
        return Finding::note(
            CHECK,
            "none: libfabric's EFA provider wants them for its own buffers, and does without",
            evidence,
            format!("echo 5128 > /{RESERVED}, about 10 GiB, or as AWS's EFA installer sets it"),
        );
    }
    Finding::ok(CHECK, format!("{count}"), evidence)
}
