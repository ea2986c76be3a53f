//! The cache folder: where it is, what it holds, and how something gets into it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use crate::assemble::{Assembly, sync_folder};
use crate::error::io_error;
use crate::fetch_error::Remedy;
use crate::lock::CacheLock;
use crate::wheel::VerifiedWheel;
use crate::{Error, Pin, PinList, Pip, Progress, Runtime};

/// Longer than any honest holder of the lock needs: its pips have deadlines.
const LOCK_LIMIT: Duration = Duration::from_secs(60 * 60);

/// Whether a missing wheel may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    /// Fetch what is missing.
    Allowed,
    /// Fail instead.
    Forbidden,
}

/// A folder of verified wheels, and of folders made from them.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    pins: PinList,
    pip: Pip,
    fetching: Fetching,
}

impl Cache {
    /// The user's cache: `KVBENCH_CACHE_DIR`, else `XDG_CACHE_HOME/kvbench`, else
    /// `HOME/.cache/kvbench`.
    pub fn from_env() -> Result<Self, Error> {
        cache_dir(|name| std::env::var_os(name)).map(Self::at).ok_or(Error::NoCacheDir)
    }

    /// A cache in `dir`, which need not exist; heeds `KVBENCH_NO_FETCH` like any other.
    pub fn at(dir: impl AsRef<Path>) -> Self {
        // Only an unreadable current folder makes this fail; the path as given still means the same
        // then.
        let dir = absolute(&dir).unwrap_or_else(|_| dir.as_ref().to_owned());
        let fetching = fetching(std::env::var_os("KVBENCH_NO_FETCH"));
        Self { dir, pins: PinList::built_in().clone(), pip: Pip::default(), fetching }
    }

    /// The same cache with another list of pins.
    pub fn with_pins(self, pins: PinList) -> Self {
        Self { pins, ..self }
    }

    /// The same cache with another way to run pip.
    pub fn with_pip(self, pip: Pip) -> Self {
        Self { pip, ..self }
    }

    /// The same cache with fetching allowed or forbidden, whatever the environment says.
    pub fn with_fetching(self, fetching: Fetching) -> Self {
        Self { fetching, ..self }
    }

    /// The folder of the cache.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where wheel files are, and where to place one by hand.
    pub fn wheels_dir(&self) -> PathBuf {
        self.dir.join("wheels")
    }

    /// The default set, if it is there and complete. Fetches nothing and is quick.
    pub fn runtime(&self) -> Option<Runtime> {
        let assembly = Assembly::of_runtime(self, &self.pins);
        assembly.complete().map(|root| Runtime::new(root, &self.pins))
    }

    /// The default set, fetched and unpacked as far as it is not there yet.
    pub fn ensure(&self, progress: &mut dyn Progress) -> Result<Runtime, Error> {
        let assembly = Assembly::of_runtime(self, &self.pins);
        assembly.ensure(progress).map(|root| Runtime::new(root, &self.pins))
    }

    /// The folder with the included files of one wheel, fetched and unpacked if it is not there
    /// yet.
    pub fn wheel(&self, pin: &Pin, progress: &mut dyn Progress) -> Result<PathBuf, Error> {
        let assembly = Assembly::of_wheel(self, pin);
        assembly.ensure(progress).map(|root| root.join(&pin.name))
    }

    pub(crate) fn unpacked_dir(&self) -> PathBuf {
        self.dir.join("unpacked")
    }

    pub(crate) fn lock(&self, progress: &mut dyn Progress) -> Result<CacheLock, Error> {
        for folder in [self.wheels_dir(), self.unpacked_dir()] {
            fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        }
        CacheLock::acquire(&self.dir.join("lock"), LOCK_LIMIT, progress)
    }

    /// An empty folder for work; only to be called under the lock.
    pub(crate) fn clean_work_dir(&self) -> Result<PathBuf, Error> {
        let work = self.dir.join("tmp");
        if work.exists() {
            fs::remove_dir_all(&work).map_err(io_error("remove", &work))?;
        }
        fs::create_dir(&work).map_err(io_error("create", &work))?;
        Ok(work)
    }

    /// The verified wheel from the wheels folder, downloaded if it is not there. A wrong file is
    /// never replaced or removed: it may be the user's own, and they should know of it.
    pub(crate) fn obtain(
        &self,
        pin: &Pin,
        work: &Path,
        progress: &mut dyn Progress,
    ) -> Result<VerifiedWheel, Error> {
        let wheels = self.wheels_dir();
        let placed = wheels.join(&pin.file);
        if placed.exists() {
            return VerifiedWheel::open(&placed, pin, progress);
        }
        let remedy = Remedy::new(pin, &wheels);
        if self.fetching == Fetching::Forbidden {
            return Err(Error::FetchForbidden { wheel: pin.label(), remedy });
        }
        let downloaded = self.pip.download(pin, &work.join(&pin.name), remedy, progress)?;
        let mut wheel = VerifiedWheel::open(&downloaded, pin, progress)?;
        wheel.file.sync_data().map_err(io_error("sync", &downloaded))?;
        fs::rename(&downloaded, &placed).map_err(io_error("create", &placed))?;
        sync_folder(&wheels).map_err(io_error("sync", &wheels))?;
        wheel.path = placed;
        Ok(wheel)
    }
}

fn cache_dir(var: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG specification wants a relative XDG_CACHE_HOME ignored.
    let xdg =
        || set("XDG_CACHE_HOME").filter(|dir| dir.is_absolute()).map(|dir| dir.join("kvbench"));
    let home = || set("HOME").map(|dir| dir.join(".cache/kvbench"));
    set("KVBENCH_CACHE_DIR").or_else(xdg).or_else(home)
}

fn fetching(no_fetch: Option<OsString>) -> Fetching {
    match no_fetch {
        Some(value) if !value.is_empty() && value != "0" => Fetching::Forbidden,
        _ => Fetching::Allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir_with(vars: &[(&str, &str)]) -> Option<PathBuf> {
        cache_dir(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_most_specific_variable_names_the_folder() {
        let all = [("HOME", "/h"), ("XDG_CACHE_HOME", "/x"), ("KVBENCH_CACHE_DIR", "/k")];
        assert_eq!(dir_with(&all), Some("/k".into()));
        assert_eq!(dir_with(&all[..2]), Some("/x/kvbench".into()));
        assert_eq!(dir_with(&all[..1]), Some("/h/.cache/kvbench".into()));
        assert_eq!(
            dir_with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "x")]),
            Some("/h/.cache/kvbench".into())
        );
        assert_eq!(dir_with(&[("HOME", "")]), None);
    }

    #[test]
    fn no_fetch_forbids_unless_empty_or_zero() {
        assert_eq!(fetching(None), Fetching::Allowed);
        assert_eq!(fetching(Some("".into())), Fetching::Allowed);
        assert_eq!(fetching(Some("0".into())), Fetching::Allowed);
        assert_eq!(fetching(Some("1".into())), Fetching::Forbidden);
        assert_eq!(fetching(Some("no".into())), Fetching::Forbidden);
    }
}
