//! What this machine has to move KV caches with: NICs and GPUs, and how near they are to each other.
//!
//! [`Kernel`] is what sysfs and procfs tell, without any library; [`probe`] asks libfabric and UCX;
//! [`Inventory`] joins the three into one [`Nic`] per device.

mod affinity;
mod gpu;
mod inventory;
mod join;
mod kernel;
mod netdev;
mod nic;
mod pci;
pub mod probe;
mod rdma;
mod sysfs;

pub use affinity::Affinity;
pub use gpu::Gpu;
pub use inventory::{Inventory, Library, SCHEMA, WithoutNic, ask};
pub use kernel::Kernel;
pub use netdev::{NetDevice, NetKind};
pub use nic::{FabricDomain, Nic, NicKind, UcxDevice, UcxKind};
pub use pci::{NoPciAddress, PciAddress, PciPlace};
pub use rdma::{RdmaDevice, RdmaPort};
