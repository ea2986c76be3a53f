//! All devices of a machine, from what the kernel, libfabric and UCX tell of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::join::Joining;
use super::probe::{Answer, Asked, Probe, Seen};
use super::{FabricDomain, Gpu, Kernel, Nic, UcxDevice};
use crate::runtime::Nixl;

/// The version of an inventory's JSON form.
pub const SCHEMA: u32 = 1;

/// All devices of a machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Inventory {
    /// The version of this form, [`SCHEMA`].
    pub schema: u32,
    /// Whether a NIC among them is emulated.
    pub emulated: bool,
    /// The NICs: RDMA devices first, then by kind, PCI address and name.
    pub nics: Vec<Nic>,
    /// The GPUs, in the order of their PCI addresses.
    pub gpus: Vec<Gpu>,
    /// The numbers of the NUMA nodes.
    pub numa_nodes: Vec<u32>,
    /// What libfabric and UCX can use that is no NIC: shared memory, the process itself, GPUs.
    pub without_nic: WithoutNic,
    /// The libfabric that was asked.
    pub libfabric: Library,
    /// The UCX that was asked.
    pub ucx: Library,
}

/// Means of communication that are no NIC.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct WithoutNic {
    /// Those of libfabric.
    pub libfabric: Vec<FabricDomain>,
    /// Those of UCX.
    pub ucx: Vec<UcxDevice>,
}

/// A library that was asked for its devices.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Library {
    /// Its version, if it answered.
    pub version: Option<String>,
    /// The file it was loaded from, if it answered.
    pub file: Option<PathBuf>,
    /// Why it did not answer.
    pub failure: Option<String>,
}

impl Library {
    fn of<D>(answer: Answer<D>) -> (Self, Vec<D>) {
        match answer {
            Ok(Seen { version, file, devices }) => {
                (Self { version: Some(version), file: Some(file), failure: None }, devices)
            }
            Err(why) => (Self { version: None, file: None, failure: Some(why) }, Vec::new()),
        }
    }
}

/// Asks the libfabric and the UCX of `nixl`, both at once, by starting `binary` as probes, which are
/// ended at `deadline`.
///
/// Call it on a thread that lives until it returns: probes die with the thread that started them.
pub fn ask(
    binary: &Path,
    nixl: &Nixl,
    deadline: Instant,
) -> (Answer<FabricDomain>, Answer<UcxDevice>) {
    let libfabric = Probe::start(binary, Asked::Libfabric, nixl);
    let ucx = Probe::start(binary, Asked::Ucx, nixl);
    (
        libfabric.and_then(|probe| probe.finish(deadline)),
        ucx.and_then(|probe| probe.finish(deadline)),
    )
}

impl Inventory {
    /// Joins what the three tell into one NIC per device.
    ///
    /// `emulation` says that an emulated EFA is at work, so that EFA devices of libfabric are none of
    /// the kernel's even where they have the same names.
    pub fn join(
        kernel: &Kernel,
        libfabric: Answer<FabricDomain>,
        ucx: Answer<UcxDevice>,
        emulation: bool,
    ) -> Self {
        let (libfabric, domains) = Library::of(libfabric);
        let (ucx, devices) = Library::of(ucx);
        let mut joining = Joining::new(kernel, emulation);
        domains.into_iter().for_each(|domain| joining.add_domain(domain));
        devices.into_iter().for_each(|device| joining.add_ucx(device));
        let (nics, without_nic) = joining.finish();
        Self {
            schema: SCHEMA,
            emulated: nics.iter().any(|nic| nic.emulated),
            nics,
            gpus: kernel.gpus.clone(),
            numa_nodes: kernel.numa_nodes.clone(),
            without_nic,
            libfabric,
            ucx,
        }
    }
}
