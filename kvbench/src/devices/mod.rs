//! What this machine has to move KV caches with: NICs and GPUs, and how near they are to each other.
//!
//! [`Kernel`] is what sysfs and procfs tell, without any library.

mod gpu;
mod kernel;
mod netdev;
mod pci;
mod rdma;
mod sysfs;

pub use gpu::Gpu;
pub use kernel::Kernel;
pub use netdev::{NetDevice, NetKind};
pub use pci::{NoPciAddress, PciAddress, PciPlace};
pub use rdma::{RdmaDevice, RdmaPort};
