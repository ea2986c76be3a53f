//! Whether a run fits into memory.

use crate::error::{Error, Result};
use crate::workload::{Plan, Side};

/// Refuses a workload whose buffers do not fit beside everything else.
pub(super) fn fits_into_memory(plan: &Plan, variants: usize) -> Result<()> {
    let sides = [Side::Prefill, Side::Decode];
    let per_variant = sides.map(|side| plan.buffer_bytes(side).saturating_mul(plan.ranks(side)));
    let needed = per_variant[0].saturating_add(per_variant[1]).saturating_mul(variants as u64);
    let available = available_bytes();
    if needed <= available {
        return Ok(());
    }
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    Err(Error::Environment {
        what: "the workload does not fit into memory".to_owned(),
        why: format!(
            "{variants} variants with buffers of {:.1} GiB on each side's ranks together need {:.1} \
             GiB, and {:.1} GiB are available",
            gib(per_variant[0]),
            gib(needed),
            gib(available)
        ),
        remedy: "give a smaller --block-size, --batch or --isl, or fewer variants".to_owned(),
    })
}

/// Bytes of memory that the system can still give; without a `/proc/meminfo`, as many as one likes.
pub(crate) fn available_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(u64::MAX, |kib| kib.saturating_mul(1024))
}
