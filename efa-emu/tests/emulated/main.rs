//! The unmodified NIXL on emulated NICs.
//!
//! Settings of libfabric and NIXL are those of a process, so each case runs in one of its own. Most
//! have both agents of a transfer in it.

#[path = "../../../nixl/tests/behaviour/link.rs"]
#[allow(dead_code)]
mod link;
#[path = "../../../nixl/tests/behaviour/pair.rs"]
#[allow(dead_code)]
mod pair;
#[path = "../../../nixl-sys/tests/library/process.rs"]
#[allow(dead_code)]
mod process;
#[path = "../../../nixl/tests/behaviour/side.rs"]
#[allow(dead_code)]
mod side;
#[path = "../../../nixl-sys/tests/library/wheels.rs"]
#[allow(dead_code)]
mod wheels;

mod faults;
mod machine;
mod pace;
mod processes;
mod rails;
