//! What NIXL itself measured of a transfer.

use std::time::Duration;

/// Telemetry of a finished transfer, in NIXL's resolution of microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Telemetry {
    /// When it was posted, on `CLOCK_MONOTONIC`.
    pub start: Duration,
    /// How long the post took.
    pub post: Duration,
    /// From post until NIXL saw it finished.
    pub transfer: Duration,
    /// Bytes moved.
    pub bytes: u64,
    /// Descriptors, after neighbours were merged.
    pub descriptors: u64,
}
