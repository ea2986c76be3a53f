//! The library of a backend, loaded into a worker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nixl::{Dependencies, Installation, Nixl, Source};
use nixl_sys::{libfabric, ucx};

use super::Transport;
use super::libfabric::LibfabricTransport;
use super::memcpy::Memcpy;
use super::nixl::NixlTransport;
use super::ucx::UcxTransport;
use crate::measure::now_ns;
use crate::variant::BackendName;

/// What moves the bytes, loaded.
pub(crate) enum Library {
    /// NIXL, for one of its backends.
    Nixl(Nixl, BackendName),
    /// The UCX beneath NIXL's plugin.
    Ucx(Box<ucx::Library>),
    /// The libfabric beneath NIXL's plugin.
    Libfabric(libfabric::Library),
    /// Nothing.
    Memcpy,
}

/// What was loaded, by library.
#[derive(Default)]
pub(crate) struct Files {
    /// Versions, where libraries tell.
    pub versions: BTreeMap<String, String>,
    /// Files.
    pub paths: BTreeMap<String, PathBuf>,
}

impl Files {
    fn add(&mut self, name: &str, version: Option<String>, path: &Path) {
        self.paths.insert(name.to_owned(), path.to_owned());
        self.versions.extend(version.map(|version| (name.to_owned(), version)));
    }
}

/// A worker's end that is open, and how long its two steps took in nanoseconds.
pub(crate) struct Opened {
    /// The end.
    pub transport: Box<dyn Transport>,
    /// NIXL's agent; without NIXL, UCX's context, or asking libfabric what there is.
    pub agent_ns: u64,
    /// NIXL's backend; without NIXL, UCX's worker, or libfabric's endpoints.
    pub backend_ns: u64,
}

/// Loads what `backend` needs of the NIXL under `prefix`: all of it, or only what lies beneath.
pub(crate) fn load(
    backend: BackendName,
    prefix: &Path,
    libraries: &[PathBuf],
    cuda_stub: Option<&Path>,
) -> Result<(Library, Files), String> {
    let find = || find(prefix, libraries, cuda_stub);
    match backend {
        BackendName::Ucx | BackendName::Libfabric => {
            let (nixl, files) = load_nixl(prefix, libraries, cuda_stub)?;
            Ok((Library::Nixl(nixl, backend), files))
        }
        BackendName::RawUcx => {
            let (installation, dependencies) = find()?;
            let library = ucx::Library::open(&installation, &dependencies);
            let library = library.map_err(|error| error.to_string())?;
            let mut files = Files::default();
            files.add("ucx", Some(library.version()), library.path());
            Ok((Library::Ucx(Box::new(library)), files))
        }
        BackendName::RawLibfabric => {
            let (_, dependencies) = find()?;
            let found = dependencies.iter().find(|one| one.soname.starts_with("libfabric.so."));
            let found = found.ok_or("this NIXL has no LIBFABRIC plugin")?;
            let (file, _) =
                found.file.as_ref().ok_or_else(|| format!("{} was not found", found.soname))?;
            let library = libfabric::Library::open(file).map_err(|error| error.to_string())?;
            let mut files = Files::default();
            files.add("libfabric", Some(library.version().to_string()), library.path());
            Ok((Library::Libfabric(library), files))
        }
        BackendName::Memcpy => Ok((Library::Memcpy, Files::default())),
    }
}

/// Loads the NIXL under `prefix`.
pub(crate) fn load_nixl(
    prefix: &Path,
    libraries: &[PathBuf],
    cuda_stub: Option<&Path>,
) -> Result<(Nixl, Files), String> {
    let (installation, dependencies) = find(prefix, libraries, cuda_stub)?;
    let nixl = Nixl::open(&installation, &dependencies).map_err(|e| e.to_string())?;
    let files = files_of(&nixl, &dependencies);
    Ok((nixl, files))
}

fn find(
    prefix: &Path,
    libraries: &[PathBuf],
    cuda_stub: Option<&Path>,
) -> Result<(Installation, Dependencies), String> {
    let nixl = Installation::at(prefix, Source::Explicit).map_err(|e| e.to_string())?;
    let dependencies = Dependencies::resolve(&nixl, libraries, cuda_stub);
    Ok((nixl, dependencies))
}

fn files_of(nixl: &Nixl, dependencies: &Dependencies) -> Files {
    let mut files = Files::default();
    for one in dependencies.iter() {
        if let Some((file, _)) = &one.file {
            files.add(&one.soname, None, file);
        }
    }
    let library = nixl.library();
    let installation = library.installation();
    files.add("nixl", installation.version.clone(), &installation.library);
    for (name, version) in
        [("ucx", library.ucx_version()), ("libfabric", library.libfabric_version())]
    {
        files.versions.extend(version.map(|version| (name.to_owned(), version)));
    }
    files
}

impl Library {
    /// Makes a worker's end. `name` and `params` are for NIXL.
    pub(crate) fn open(
        &self,
        name: &str,
        params: &BTreeMap<String, String>,
    ) -> Result<Opened, String> {
        let start_ns = now_ns();
        let created_ns;
        let transport: Box<dyn Transport> = match self {
            Self::Nixl(nixl, backend) => {
                let agent = NixlTransport::agent(nixl, name)?;
                created_ns = now_ns();
                Box::new(NixlTransport::new(agent, backend.label(), params)?)
            }
            Self::Ucx(library) => {
                let context = UcxTransport::context(library)?;
                created_ns = now_ns();
                Box::new(UcxTransport::new(context)?)
            }
            Self::Libfabric(library) => {
                let offers = LibfabricTransport::offers(library)?;
                created_ns = now_ns();
                Box::new(LibfabricTransport::new(offers)?)
            }
            Self::Memcpy => {
                created_ns = now_ns();
                Box::new(Memcpy::default())
            }
        };
        let (agent_ns, backend_ns) = (created_ns - start_ns, now_ns() - created_ns);
        Ok(Opened { transport, agent_ns, backend_ns })
    }
}
