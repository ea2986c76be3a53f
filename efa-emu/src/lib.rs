//! An emulated EFA: NIXL's LIBFABRIC plugin, unmodified, takes it for 1 to 32 EFA NICs.
//!
//! The crate carries a libfabric provider that calls itself `efa`, shows the NICs of an EC2 P5
//! instance, and moves the data of each over an endpoint of libfabric's `tcp` provider. A topology
//! file for hwloc goes with it, so that the plugin finds the NICs, and eight GPUs, where they sit.
//! No GPU, no EFA and no root is needed.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use efa_emu::Emulation;
//!
//! let emulation = Emulation { pace_bits_per_s: Some(1e9), ..Emulation::new(8) };
//! let folder = std::path::Path::new("/run/user/1000/emulation");
//! let installed = emulation.install(folder)?;
//! let mut worker = std::process::Command::new("worker").envs(installed.env()).spawn()?;
//! worker.wait()?;
//! for (nic, counters) in installed.counters(worker.id())? {
//!     println!("{nic}: {} bytes written", counters.write_bytes);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! - **Rails.** Every NIC is a domain of its own, in the order of its PCI bus; the plugin makes a rail
//!   of each and stripes over them. `FI_EFA_IFACE` limits them as with the real provider.
//! - **Pace.** A NIC with a pace hands WRITEs and READs to the line beneath piece by piece, each no
//!   earlier than a line of that rate would have carried it. So data, completions and notifications
//!   come late, as they would. It needs someone who reads completion queues; NIXL does.
//! - **Faults.** A slow NIC, a NIC that does not open, a limit on registered memory. What is refused
//!   is told on standard error, with the name of the NIC, in a line that begins with `efa-emu: `.
//! - **Counters** of each NIC, readable by another process while the first runs and after its end.
//!
//! # What it does not model
//!
//! Everything measured with it is *emulated*, and says nothing of how fast EFA is. Not modelled are:
//! EFA's protocol (SRD) with its many paths and its lack of order: here, data to one peer arrives in
//! order; receiver-not-ready and retries; the time that registration takes; memory of GPUs
//! (`FI_HMEM` is refused, as by an EFA without it); latency; congestion.
//!
//! A pace limits what a process posts and not what its peers push into it, and two processes on one
//! machine do not share a NIC. All operations of a paced NIC go in order, so a peer that stands still
//! holds up those to others; one that is gone is given up after ten seconds. With a pace, completion
//! queues cannot be waited on, and every operation has to complete there. With or without, an
//! operation has one buffer.
//!
//! The machine that is shown has two NUMA nodes. On one with a single node NIXL logs errors about
//! NICs of the second, and goes on.

mod counters;
mod emulation;
mod hwloc;
mod install;
mod reader;
mod topology;

/// The provider is a library of its own (see `build.rs`); here it is tested and linted.
#[cfg(test)]
#[path = "../provider/lib.rs"]
mod provider;

pub use counters::NicCounters;
pub use emulation::{BadSetting, Emulation, Slow};
pub use install::{InstallError, Installed};
pub use topology::{MAX_NICS, Nic};
