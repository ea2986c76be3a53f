//! Real and false libraries: what they export, and how they load. Each is loaded in a process of its
//! own, since a process has one NIXL.

mod diagnose;
mod exit;
mod harness;
mod open;
mod process;
mod refusals;
mod symbols;
#[cfg(feature = "ucx")]
mod ucx;
mod wheels;

use nixl_sys::Library;

/// Opens a pinned NIXL with everything that its plugins need.
fn open(version: &str) -> Library {
    let nixl = wheels::installation(version);
    let dependencies = wheels::dependencies(&nixl);
    Library::open(&nixl, &dependencies).expect("a pinned NIXL opens")
}
