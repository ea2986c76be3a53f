//! What the wrapper does on real NIXLs: between two processes, on threads, when it is misused, and
//! when its peer dies.

mod link;
mod pair;
mod side;

#[path = "../../../nixl-sys/tests/library/process.rs"]
mod process;
#[path = "../../../nixl-sys/tests/library/wheels.rs"]
mod wheels;

mod backends;
mod death;
mod examples;
mod garbage;
mod hot_path;
mod metadata;
mod notifications;
mod ownership;
mod refusals;
mod telemetry;
mod threads;
mod transfers;

/// The backends that work between two processes on any Linux machine.
const BACKENDS: [&str; 2] = ["UCX", "LIBFABRIC"];
