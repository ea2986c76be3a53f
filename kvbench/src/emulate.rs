//! Emulated EFA NICs in place of the machine's; see the crate `efa-emu` for what is emulated.

use std::collections::BTreeMap;
use std::path::Path;

pub use efa_emu::{Emulation, Slow};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::measure::{Machine, NicBytes, NicCounters};
use crate::variant::{Near, Nic, NicKind};

/// The variable that tells a worker where its emulated NICs count.
const COUNTERS: &str = "EFA_EMU_COUNTERS";

/// An emulation on disk, for workers of LIBFABRIC; dropping it removes the files.
#[derive(Debug)]
pub struct Emulated {
    env: BTreeMap<String, String>,
    machine: Machine,
    _folder: TempDir,
}

impl Emulated {
    /// Puts the provider and the topology into a folder of this process.
    ///
    /// # Errors
    /// The settings make no sense, or the folder cannot be written.
    pub fn install(emulation: Emulation) -> Result<Self> {
        let nics = emulation.nics().map_err(|error| Error::Usage(error.to_string()))?;
        let folder = tempfile::Builder::new().prefix("kvbench-efa-").tempdir();
        let folder = folder.map_err(Error::system("create a folder for the emulated EFA"))?;
        let installed = emulation.install(folder.path());
        let installed = installed.map_err(|error| Error::Usage(error.to_string()))?;
        let nic = |nic: efa_emu::Nic| Nic {
            name: nic.name,
            kind: NicKind::Efa,
            numa_node: Some(nic.numa),
            bits_per_s: Some(nic.speed_bits_per_s),
            gpus: BTreeMap::new(),
        };
        let near = Some(Near::NumaNode(0));
        let machine = Machine { nics: nics.into_iter().map(nic).collect(), near };
        Ok(Self { env: installed.env().clone(), machine, _folder: folder })
    }

    /// What a worker needs in its environment.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// What is emulated, by variable; where its files lie is left out.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let is_setting = |key: &str| key.starts_with("EFA_EMU_") && key != COUNTERS;
        let settings = self.env.iter().filter(|(key, _)| is_setting(key));
        settings.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Bytes that were registered on all NICs of a process when it ended, or are now.
    pub(crate) fn registered_bytes(&self, pid: u32) -> Option<u64> {
        let folder = self.env.get(COUNTERS)?;
        let nics = efa_emu::NicCounters::read(Path::new(folder), pid).ok()?;
        Some(nics.values().map(|counters| counters.mr_bytes).sum())
    }

    /// What the emulated NICs of these processes have carried together.
    pub(crate) fn counters(&self, processes: impl Iterator<Item = u32>) -> NicCounters {
        let mut all: BTreeMap<String, NicBytes> = BTreeMap::new();
        let Some(folder) = self.env.get(COUNTERS) else { return NicCounters::default() };
        for (nic, bytes) in processes.flat_map(|process| carried(Path::new(folder), process)) {
            all.entry(nic).or_default().add(bytes);
        }
        NicCounters::of(all)
    }

    /// The emulated machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// Bytes that the emulated NICs of this process have carried: what it wrote counts as sent, what it
/// read as received. `None` where none are emulated.
pub(crate) fn nic_bytes() -> Option<BTreeMap<String, NicBytes>> {
    let folder = std::env::var_os(COUNTERS)?;
    Some(carried(Path::new(&folder), std::process::id()).collect())
}

fn carried(folder: &Path, process: u32) -> impl Iterator<Item = (String, NicBytes)> + use<> {
    // Before libfabric is asked for NICs, there is no file.
    let counters = efa_emu::NicCounters::read(folder, process).unwrap_or_default();
    counters.into_iter().map(|(nic, c)| (nic, NicBytes { tx: c.write_bytes, rx: c.read_bytes }))
}
