//! Puts the provider and the topology into a folder, and says which environment makes use of them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{BadSetting, Emulation, NicCounters, hwloc};

/// The provider. libfabric loads what ends in `fi.so`.
const PROVIDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/efa-emu-fi.so"));

/// Why an emulation could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The settings make no sense.
    #[error("bad emulation: {0}")]
    Setting(#[from] BadSetting),
    /// The folder's path has a character that `FI_PROVIDER_PATH` cannot carry.
    #[error("{} has a colon or is no UTF-8, which FI_PROVIDER_PATH cannot carry", .0.display())]
    Path(PathBuf),
    /// A file could not be written.
    #[error("failed to write {}: {reason}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// An emulation on disk.
#[derive(Clone, Debug)]
pub struct Installed {
    environment: BTreeMap<String, String>,
    counters: PathBuf,
}

impl Emulation {
    /// Writes the provider and the topology into `folder`, which should be nobody else's: programs
    /// that run with the environment load code from it. Whoever calls removes it, when all of them
    /// have ended.
    ///
    /// # Errors
    /// See [`InstallError`].
    pub fn install(&self, folder: &Path) -> Result<Installed, InstallError> {
        let nics = self.nics()?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            |reason| InstallError::Write { path, reason }
        };
        let folder = std::path::absolute(folder).map_err(failed(folder))?;
        let plain = |path: &Path| match path.to_str() {
            Some(text) if !text.contains(':') => Ok(text.to_owned()),
            _ => Err(InstallError::Path(path.to_owned())),
        };
        let (providers, counters) = (folder.join("providers"), folder.join("counters"));
        let (provider, topology) = (providers.join("efa-emu-fi.so"), folder.join("topology.xml"));
        for path in [&providers, &counters] {
            fs::create_dir_all(path).map_err(failed(path))?;
        }
        fs::write(&provider, PROVIDER).map_err(failed(&provider))?;
        fs::write(&topology, hwloc::xml(&nics)).map_err(failed(&topology))?;

        let mut environment = self.variables(&plain(&counters)?);
        environment.insert("FI_PROVIDER_PATH".into(), plain(&providers)?);
        environment.insert("HWLOC_XMLFILE".into(), plain(&topology)?);
        // hwloc then takes the file for this machine, and not for a machine far away.
        environment.insert("HWLOC_THISSYSTEM".into(), "1".into());
        Ok(Installed { environment, counters })
    }
}

impl Installed {
    /// The variables that a process needs before it loads libfabric and hwloc.
    ///
    /// `FI_PROVIDER_PATH` replaces the system's folder of providers, so no real EFA is seen.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The counters of a process that runs, or ran, with this environment, by the name of the NIC.
    ///
    /// # Errors
    /// See [`NicCounters::read`].
    pub fn counters(&self, pid: u32) -> io::Result<BTreeMap<String, NicCounters>> {
        NicCounters::read(&self.counters, pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_environment_names() {
        let folder = tempfile::tempdir().unwrap();
        let installed = Emulation::new(4).install(folder.path()).unwrap();
        let environment = installed.env();
        assert_eq!(environment["EFA_EMU_NICS"], "4");
        let provider = Path::new(&environment["FI_PROVIDER_PATH"]).join("efa-emu-fi.so");
        assert_eq!(fs::read(provider).unwrap(), PROVIDER);
        let topology = fs::read_to_string(&environment["HWLOC_XMLFILE"]).unwrap();
        assert_eq!(topology, hwloc::xml(&Emulation::new(4).nics().unwrap()));
        assert!(Path::new(&environment["EFA_EMU_COUNTERS"]).is_dir());
        assert_eq!(installed.counters(1).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Emulation::new(33).install(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "bad emulation: EFA_EMU_NICS must be 1 to 32");
        let error = Emulation::new(1).install(&folder.path().join("a:b")).unwrap_err();
        assert!(matches!(error, InstallError::Path(_)), "{error}");
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Emulation::new(1).install(&file).unwrap_err();
        assert!(matches!(error, InstallError::Write { .. }), "{error}");
    }
}
