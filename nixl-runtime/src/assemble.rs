//! Puts wheels together into one complete folder, or leaves nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::error::io_error;
use crate::lock::CacheLock;
use crate::pins::set_digest;
use crate::unpack::unpack;
use crate::{Error, Pin, PinList, Progress};

/// Written last; a folder without it, or with another digest in it, is not complete.
const MANIFEST: &str = "manifest.toml";

/// The CUDA driver stub, and where it goes.
const STUB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libcuda.so.1"));
pub(crate) const STUB_PATH: &str = "stub/libcuda.so.1";

/// Files of our own beside the wheels: path and content.
type Extras = &'static [(&'static str, &'static [u8])];

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    digest: String,
    wheels: Vec<Unpacked>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unpacked {
    name: String,
    version: String,
    licence: String,
    sha256: String,
}

/// A folder to be made of some wheels, each in a folder of its own name, and of files of our own.
pub(crate) struct Assembly<'a> {
    cache: &'a Cache,
    set: Vec<&'a Pin>,
    extras: Extras,
    digest: String,
    root: PathBuf,
}

impl<'a> Assembly<'a> {
    /// The default set with the CUDA stub.
    pub(crate) fn of_runtime(cache: &'a Cache, pins: &'a PinList) -> Self {
        Self::new(cache, "runtime", pins.default_set(), &[(STUB_PATH, STUB)])
    }

    /// Just one wheel.
    pub(crate) fn of_wheel(cache: &'a Cache, pin: &'a Pin) -> Self {
        Self::new(cache, &format!("{}-{}", pin.name, pin.version), vec![pin], &[])
    }

    fn new(cache: &'a Cache, name: &str, set: Vec<&'a Pin>, extras: Extras) -> Self {
        let digest = set_digest(&set);
        let root = cache.unpacked_dir().join(format!("{name}-{}", &digest[..16]));
        Self { cache, set, extras, digest, root }
    }

    /// The folder, if it is complete; a few system calls.
    pub(crate) fn complete(&self) -> Option<&Path> {
        let text = fs::read_to_string(self.root.join(MANIFEST)).ok()?;
        let manifest: Manifest = toml::from_str(&text).ok()?;
        let here = |path: PathBuf| self.root.join(path).is_file();
        let provided =
            |pin: &&Pin| pin.provides.iter().all(|path| here(Path::new(&pin.name).join(path)));
        let complete = manifest.digest == self.digest
            && self.set.iter().all(provided)
            && self.extras.iter().all(|(path, _)| here(path.into()));
        complete.then_some(&self.root)
    }

    /// The complete folder, made if it is not there.
    pub(crate) fn ensure(&self, progress: &mut dyn Progress) -> Result<&Path, Error> {
        if let Some(root) = self.complete() {
            return Ok(root);
        }
        self.set.iter().try_for_each(|pin| check_usable(pin))?;
        let lock = self.cache.lock(progress)?;
        if self.complete().is_none() {
            self.make(&lock, progress)?;
        }
        Ok(&self.root)
    }

    /// Builds in the work folder and renames. The lock makes everything found in the work folder a
    /// dead one's.
    fn make(&self, _held: &CacheLock, progress: &mut dyn Progress) -> Result<(), Error> {
        let work = self.cache.clean_work_dir()?;
        let building = work.join("building");
        for pin in &self.set {
            let wheel = self.cache.obtain(pin, &work, progress)?;
            unpack(pin, wheel, &building.join(&pin.name), progress)?;
        }
        for (path, bytes) in self.extras {
            write_synced(&building.join(path), bytes)?;
        }
        write_synced(&building.join(MANIFEST), self.manifest()?.as_bytes())?;
        sync_folders(&building).map_err(io_error("sync", &building))?;

        if self.root.exists() {
            // Damaged, or complete() would have found it.
            fs::rename(&self.root, work.join("damaged"))
                .map_err(io_error("set aside", &self.root))?;
        }
        fs::rename(&building, &self.root).map_err(io_error("create", &self.root))?;
        sync_folder(&self.cache.unpacked_dir())
            .map_err(io_error("sync", &self.cache.unpacked_dir()))?;
        fs::remove_dir_all(&work).map_err(io_error("remove", &work))
    }

    fn manifest(&self) -> Result<String, Error> {
        let unpacked = |pin: &&Pin| Unpacked {
            name: pin.name.clone(),
            version: pin.version.clone(),
            licence: pin.licence.clone(),
            sha256: pin.sha256.clone(),
        };
        let manifest = Manifest {
            digest: self.digest.clone(),
            wheels: self.set.iter().map(unpacked).collect(),
        };
        toml::to_string(&manifest).map_err(|error| Error::Pins { reason: error.to_string() })
    }
}

fn check_usable(pin: &Pin) -> Result<(), Error> {
    pin.check().map_err(|reason| Error::Pins { reason })?;
    if pin.fits_this_machine() {
        return Ok(());
    }
    Err(Error::UnsupportedPlatform {
        wheel: pin.label(),
        platforms: pin.tags.platforms.join(", "),
        machine: format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH),
        instead: pin.instead.clone(),
    })
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_data()
    };
    write().map_err(io_error("write", path))
}

/// Syncs a folder and those in it: a file's name is content of its folder.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(folder)
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
