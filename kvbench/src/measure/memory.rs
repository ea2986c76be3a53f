//! Whether a run fits into memory.

use crate::error::{Error, Result};
use crate::workload::{Plan, Side};

/// Refuses a workload whose buffers do not fit beside everything else.
///
/// # Errors
/// On the `sides` whose workers are here, so many `variants` need more memory than there is.
pub fn fits_into_memory(
    plan: &Plan,
    sides: &[Side],
    in_flight: u32,
    variants: usize,
) -> Result<()> {
    let of_side = |side: &Side| {
        let requests = plan.ranks(*side).saturating_mul(u64::from(in_flight));
        plan.buffer_bytes(*side).saturating_mul(requests)
    };
    let per_variant = sides.iter().map(of_side).fold(0, u64::saturating_add);
    let needed = per_variant.saturating_mul(variants as u64);
    let available = available_bytes();
    if needed <= available {
        return Ok(());
    }
    Err(Error::Environment {
        what: "the workload does not fit into memory".to_owned(),
        why: format!(
            "{variants} variants with buffers of {:.1} GiB on all ranks together need {:.1} GiB, and \
             {:.1} GiB are available",
            gib(per_variant),
            gib(needed),
            gib(available)
        ),
        remedy: "give a smaller --block-size, --batch, --isl or --in-flight, or fewer variants"
            .to_owned(),
    })
}

/// Refuses a buffer of so many bytes that does not fit beside everything else.
pub(crate) fn fits(bytes: u64, remedy: &str) -> Result<()> {
    let available = available_bytes();
    if bytes <= available {
        return Ok(());
    }
    Err(Error::Environment {
        what: "the memory to register does not fit".to_owned(),
        why: format!("{:.1} GiB are wanted, and {:.1} are available", gib(bytes), gib(available)),
        remedy: remedy.to_owned(),
    })
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// Bytes of memory that the system can still give; without a `/proc/meminfo`, as many as one likes.
pub(crate) fn available_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(u64::MAX, |kib| kib.saturating_mul(1024))
}
