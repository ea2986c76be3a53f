//! Gives a machine that has no NIXL a real one: pinned wheels, fetched by pip, verified by hash,
//! unpacked in a cache.
//!
//! ```no_run
//! # fn main() -> Result<(), nixl_runtime::Error> {
//! use nixl_runtime::{Cache, Silent};
//!
//! let runtime = Cache::from_env()?.ensure(&mut Silent)?;
//! println!("NIXL {} is in {}", runtime.nixl_version(), runtime.nixl_prefix().display());
//! # Ok(())
//! # }
//! ```
//!
//! Needed: Linux on x86_64, and Python 3 with pip the first time. There is no network code in here:
//! pip downloads, so its proxies, indexes and certificates apply. The environment is
//!
//! | variable | meaning |
//! |---|---|
//! | `KVBENCH_CACHE_DIR` | the cache; else `XDG_CACHE_HOME/kvbench`, else `HOME/.cache/kvbench` |
//! | `KVBENCH_NO_FETCH` | forbids fetching, when set to anything but `0`; the cache is still used |
//!
//! The cache holds
//!
//! ```text
//! wheels/      wheel files as downloaded; one placed here by hand is used like any other
//! unpacked/    one folder per set of pins, named by a digest of those pins; complete or absent
//! tmp/         work in progress; whatever a killed process left is removed by the next one
//! lock         held by the process that changes the cache
//! ```
//!
//! What keeps it sound: a wheel is hashed on every use and unpacked from the same open file; a
//! folder is built in
//! `tmp/`, synced, and renamed into place; only the holder of the lock writes.

mod assemble;
mod cache;
mod child;
mod digest;
mod error;
mod fetch_error;
mod lock;
mod pins;
mod pip;
mod progress;
mod runtime;
mod unpack;
mod wheel;

pub use cache::{Cache, Fetching};
pub use error::Error;
pub use fetch_error::{FetchCause, FetchError, Remedy};
pub use pins::{Pin, PinList, Tags, pin, pinned_set_digest, pins};
pub use pip::{Deadlines, Pip};
pub use progress::{Progress, Silent};
pub use runtime::Runtime;
