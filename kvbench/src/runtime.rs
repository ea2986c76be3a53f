//! Which NIXL is measured: the one named, one that is installed, or the pinned one, fetched if need be.

use std::path::{Path, PathBuf};

use nixl::{Installation, PREFIX_VARIABLE};
use nixl_runtime::{Cache, Progress};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::variant::BackendName;

/// A NIXL to load, and where the libraries that its plugins need are looked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Nixl {
    /// The prefix that [`Installation::at`] takes.
    pub prefix: PathBuf,
    /// Folders of libraries for a system that lacks them.
    pub libraries: Vec<PathBuf>,
    /// The stand-in for the CUDA driver.
    pub cuda_stub: Option<PathBuf>,
    /// The LIBFABRIC plugin, whether or not it exists.
    pub libfabric_plugin: PathBuf,
    /// How it was found, in words.
    pub origin: String,
    /// Its version, where the installation says it.
    #[serde(default)]
    pub version: Option<String>,
}

impl Nixl {
    /// The plugin of a backend, whether or not it exists.
    pub fn plugin(&self, backend: BackendName) -> PathBuf {
        self.libfabric_plugin.with_file_name(format!("libplugin_{backend}.so"))
    }
}

/// Finds a NIXL: at `prefix` or [`PREFIX_VARIABLE`] when one is named, else installed, else in the
/// cache, where it is fetched to when it is missing.
///
/// The libraries of an installed NIXL that the system lacks (libfabric, hwloc, CUDA's runtime) come
/// from the cache when it has them; for these alone nothing is fetched.
///
/// # Errors
/// [`Error::Environment`], which says what to do.
pub fn find(prefix: Option<&Path>, progress: &mut dyn Progress) -> Result<Nixl> {
    match present(prefix)? {
        Some(nixl) => Ok(nixl),
        None => fetch(progress),
    }
}

/// Finds a NIXL as [`find`] does, but fetches nothing: `None` where only a fetch would give one.
///
/// # Errors
/// [`Error::Environment`]: there is none at the prefix named, or the one in the cache is not whole.
pub fn present(prefix: Option<&Path>) -> Result<Option<Nixl>> {
    let runtime = Cache::from_env().ok().and_then(|cache| cache.runtime());
    match Installation::search(prefix) {
        Ok(found) => {
            let origin = match (prefix, found.source) {
                (Some(_), _) => "named by --nixl-prefix".to_owned(),
                (None, nixl::Source::Explicit) => format!("named by {PREFIX_VARIABLE}"),
                (None, nixl::Source::System) => "installed".to_owned(),
                (None, nixl::Source::Python) => "in the active Python".to_owned(),
            };
            Ok(Some(assemble(&found, runtime.as_ref(), origin)))
        }
        Err(missing) if prefix.is_some() || is_prefix_named() => Err(Error::Environment {
            what: "failed to find NIXL at the prefix named".to_owned(),
            why: missing.to_string(),
            remedy: format!(
                "correct --nixl-prefix or {PREFIX_VARIABLE}, or drop it to use an installed or \
                     fetched NIXL"
            ),
        }),
        Err(_) => runtime.as_ref().map(fetched).transpose(),
    }
}

/// An empty [`PREFIX_VARIABLE`] names nothing, as with [`Installation::search`].
fn is_prefix_named() -> bool {
    std::env::var_os(PREFIX_VARIABLE).is_some_and(|prefix| !prefix.is_empty())
}

/// The pinned NIXL in the cache, where it is fetched to when it is missing.
///
/// # Errors
/// [`Error::Environment`], which says what to do.
pub fn fetch(progress: &mut dyn Progress) -> Result<Nixl> {
    let failed = |error: nixl_runtime::Error| Error::Environment {
        what: "failed to find a NIXL, and to fetch one".to_owned(),
        why: format!("{error}"),
        remedy: "do one of these, then `kvbench fetch` shows whether it worked".to_owned(),
    };
    let runtime = Cache::from_env().and_then(|cache| cache.ensure(progress)).map_err(failed)?;
    fetched(&runtime)
}

fn fetched(runtime: &nixl_runtime::Runtime) -> Result<Nixl> {
    let found = Installation::at(&runtime.nixl_prefix(), nixl::Source::Explicit);
    let found = found.map_err(|error| Error::Environment {
        what: "the fetched NIXL is not whole".to_owned(),
        why: error.to_string(),
        remedy: format!("delete {} and run again", runtime.nixl_prefix().display()),
    })?;
    Ok(assemble(&found, Some(runtime), "fetched".to_owned()))
}

fn assemble(found: &Installation, runtime: Option<&nixl_runtime::Runtime>, origin: String) -> Nixl {
    Nixl {
        prefix: found.prefix.clone(),
        libraries: runtime.map(|runtime| runtime.dependency_dirs()).unwrap_or_default(),
        cuda_stub: runtime.map(|runtime| runtime.cuda_stub()),
        libfabric_plugin: found.plugin("LIBFABRIC"),
        origin,
        version: found.version.clone(),
    }
}
