//! Loads a NIXL into this process and tells why a plugin will not load.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::dependencies::system_folders;
use crate::dl::Loaded;
use crate::{Dependencies, Elf, Functions, Installation};

/// The library this process has loaded: a second, different NIXL would share its sonames.
static OPENED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A NIXL loaded into this process.
#[derive(Debug)]
pub struct Library {
    functions: Functions,
    installation: Installation,
    dependencies: Dependencies,
    /// Dependencies that the loader refused, by soname, with its words.
    unloaded: Vec<(String, String)>,
}

/// Why a NIXL could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The dynamic loader refused the C ABI library.
    #[error("failed to load {}: {reason}", library.display())]
    Load {
        /// The file.
        library: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// The library lacks functions that every supported version has.
    #[error("{} lacks {}: not a NIXL of 1.0.1 or later", library.display(), symbols.join(", "))]
    MissingSymbols {
        /// The file.
        library: PathBuf,
        /// Every symbol missing.
        symbols: Vec<&'static str>,
    },
    /// The library is the stand-in that NIXL's own Rust crate builds where it finds no NIXL.
    #[error("{} is a stub without function", library.display())]
    Stub {
        /// The file.
        library: PathBuf,
    },
    /// This process has loaded another NIXL, and two cannot live in one process.
    #[error("this process has already loaded {}, so {} cannot be loaded", loaded.display(), library.display())]
    AlreadyLoaded {
        /// The file asked for.
        library: PathBuf,
        /// The file in use.
        loaded: PathBuf,
    },
}

/// Why a plugin of an installation cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginFault {
    /// The installation has no such plugin.
    NoPlugin(PathBuf),
    /// The plugin's file is not a library.
    Unreadable(PathBuf, String),
    /// A library that the plugin needs is nowhere.
    MissingLibrary {
        /// Its soname.
        soname: String,
        /// Why it could not be loaded, where it exists.
        reason: Option<String>,
    },
    /// A library that the plugin needs is too old, or built without a symbol version.
    MissingVersion {
        /// Its file.
        library: PathBuf,
        /// The symbol version.
        version: String,
    },
}

impl fmt::Display for PluginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlugin(path) => write!(f, "there is no {}", path.display()),
            Self::Unreadable(path, reason) => {
                write!(f, "failed to read {}: {reason}", path.display())
            }
            Self::MissingLibrary { soname, reason: None } => write!(f, "{soname} is missing"),
            Self::MissingLibrary { soname, reason: Some(reason) } => {
                write!(f, "failed to load {soname}: {reason}")
            }
            Self::MissingVersion { library, version } => {
                write!(f, "{} lacks symbol version {version}", library.display())
            }
        }
    }
}

impl Library {
    /// Loads the dependencies that could be found, then the C ABI library, and resolves its table.
    ///
    /// A dependency that does not load is no error here, since a backend that does not need it can
    /// be used all the same; [`Self::diagnose`] tells when a backend does.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(
        installation: &Installation,
        dependencies: &Dependencies,
    ) -> Result<Self, OpenError> {
        let library = installation.library.clone();
        let mut opened = OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(loaded) = opened.as_ref().filter(|loaded| **loaded != library) {
            return Err(OpenError::AlreadyLoaded { library, loaded: loaded.clone() });
        }
        let unloaded = dependencies.load();
        let loaded = Loaded::open(&library)
            .map_err(|reason| OpenError::Load { library: library.clone(), reason })?;
        *opened = Some(library.clone());

        // SAFETY: the symbols come from the file that was found as NIXL's C ABI, and stay loaded.
        let Some(functions) = (unsafe { Functions::resolve(|name| loaded.symbol(name)) }) else {
            let symbols = loaded.missing(Functions::MANDATORY);
            return Err(OpenError::MissingSymbols { library, symbols });
        };
        // SAFETY: the function takes nothing and returns a bool.
        if unsafe { (functions.is_stub)() } {
            return Err(OpenError::Stub { library });
        }
        let (installation, dependencies) = (installation.clone(), dependencies.clone());
        Ok(Self { functions, installation, dependencies, unloaded })
    }

    /// The function table.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The installation that was loaded.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Everything that keeps the plugin of `backend` from loading; empty when nothing is found.
    pub fn diagnose(&self, backend: &str) -> Vec<PluginFault> {
        let path = self.installation.plugin(backend);
        if !path.is_file() {
            return vec![PluginFault::NoPlugin(path)];
        }
        let plugin = match Elf::read(&path) {
            Ok(plugin) => plugin,
            Err(error) => return vec![PluginFault::Unreadable(path, error.to_string())],
        };
        let mut folders = plugin.search_path.clone();
        folders.extend(system_folders());
        let mut faults = Vec::new();
        for soname in &plugin.needed {
            match locate(soname, &folders) {
                None => faults.extend(self.absent(&plugin, soname)),
                Some(file) => faults.extend(missing_versions(&plugin, soname, &file)),
            }
        }
        faults
    }

    /// What to say of a library that the loader does not find: what is wrong with the files that
    /// were passed over, where there are any.
    fn absent(&self, plugin: &Elf, soname: &str) -> Vec<PluginFault> {
        let dependency = self.dependencies.iter().find(|dependency| dependency.soname == soname);
        let rejected = dependency.map_or(&[][..], |dependency| &dependency.rejected);
        let too_old: Vec<_> =
            rejected.iter().flat_map(|(file, _)| missing_versions(plugin, soname, file)).collect();
        if !too_old.is_empty() {
            return too_old;
        }
        let unloaded = self.unloaded.iter().find(|(name, _)| name == soname);
        let unloaded = unloaded.map(|(_, reason)| reason.clone());
        let reason = unloaded.or_else(|| rejected.last().map(|(_, reason)| reason.clone()));
        vec![PluginFault::MissingLibrary { soname: soname.to_owned(), reason }]
    }
}

fn missing_versions(plugin: &Elf, soname: &str, file: &Path) -> Vec<PluginFault> {
    let Ok(library) = Elf::read(file) else { return Vec::new() };
    plugin
        .requires
        .iter()
        .filter(|(needed, version)| needed == soname && !library.provides.contains(version))
        .map(|(_, version)| PluginFault::MissingVersion {
            library: file.to_owned(),
            version: version.clone(),
        })
        .collect()
}

/// The file that serves `soname`: the one loaded, else the first in `folders`.
fn locate(soname: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    if Loaded::if_loaded(Path::new(soname)).is_some()
        && let Some(path) = mapped_file(soname)
    {
        return Some(path);
    }
    folders.iter().map(|folder| folder.join(soname)).find(|path| path.exists())
}

/// The file that this process has mapped and whose soname is `soname`.
fn mapped_file(soname: &str) -> Option<PathBuf> {
    let stem = soname.split(".so").next()?;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.find('/').map(|start| Path::new(&line[start..])))
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(stem))
        })
        .find(|path| Elf::read(path).is_ok_and(|elf| elf.soname.as_deref() == Some(soname)))
        .map(Path::to_owned)
}
