//! The libraries that NIXL's plugins need and a machine may lack: CUDA, hwloc, libfabric.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::dl::Loaded;
use crate::{Elf, Installation};

/// Sonames resolved here, in the order in which they are loaded; the version behind the last dot
/// is the plugin's choice.
const RESOLVED: [&str; 4] = ["libcuda.so.", "libcudart.so.", "libhwloc.so.", "libfabric.so."];

/// The plugins that need them.
const PLUGINS: [&str; 2] = ["LIBFABRIC", "UCX"];

/// Searched before the loader's own folders: EFA's installer and CUDA's.
const VENDOR_FOLDERS: [&str; 3] =
    ["/opt/amazon/efa/lib64", "/opt/amazon/efa/lib", "/usr/local/cuda/lib64"];

/// UCX's bundled netlink library crashes at process exit when the host's own is loaded after it;
/// loaded first, and kept, it does not.
const NETLINK: &str = "libnl-route-3.so.200";

/// Where the file of a dependency comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The system: `LD_LIBRARY_PATH`, a vendor's folder, or the loader's configuration.
    System,
    /// One of the fallback folders given to [`Dependencies::resolve`].
    Fallback,
    /// The stand-in for the CUDA driver: every call answers "no device".
    CudaStub,
}

/// One library to load before NIXL.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The soname that the plugin asks for.
    pub soname: String,
    /// The file chosen, `None` when there is none.
    pub file: Option<(PathBuf, Origin)>,
    /// Files that were passed over, each with the reason.
    pub rejected: Vec<(PathBuf, String)>,
}

/// The libraries to load before NIXL, in order.
#[derive(Clone, Debug, Default)]
pub struct Dependencies(Vec<Dependency>);

impl Dependencies {
    /// Chooses a file for each library that the plugins of `nixl` need: the system's own when it is
    /// there and has the symbol versions that the plugin requires, else one from `fallback`, else,
    /// for the CUDA driver only, `cuda_stub`.
    pub fn resolve(nixl: &Installation, fallback: &[PathBuf], cuda_stub: Option<&Path>) -> Self {
        let plugins: Vec<Elf> =
            PLUGINS.iter().filter_map(|name| Elf::read(&nixl.plugin(name)).ok()).collect();
        let system = system_folders();
        let mut chosen = Vec::new();
        for stem in RESOLVED {
            let sonames: BTreeSet<&String> = plugins
                .iter()
                .flat_map(|plugin| &plugin.needed)
                .filter(|name| name.starts_with(stem))
                .collect();
            for soname in sonames {
                let versions = required_versions(&plugins, soname);
                chosen.push(choose(soname, &versions, &system, fallback, cuda_stub));
            }
        }
        Self(chosen)
    }

    /// The libraries, in the order of loading.
    pub fn iter(&self) -> impl Iterator<Item = &Dependency> {
        self.0.iter()
    }

    /// Loads those that have a file; the sonames that the loader refused, with its words.
    pub(crate) fn load(&self) -> Vec<(String, String)> {
        let _ = Loaded::open(Path::new(NETLINK));
        self.iter()
            .filter_map(|dependency| Some((&dependency.soname, dependency.file.as_ref()?)))
            .filter_map(|(soname, (path, _))| Some((soname.clone(), Loaded::open(path).err()?)))
            .collect()
    }
}

fn required_versions(plugins: &[Elf], soname: &str) -> BTreeSet<String> {
    plugins
        .iter()
        .flat_map(|plugin| &plugin.requires)
        .filter(|(library, _)| library == soname)
        .map(|(_, version)| version.clone())
        .collect()
}

fn choose(
    soname: &str,
    versions: &BTreeSet<String>,
    system: &[PathBuf],
    fallback: &[PathBuf],
    cuda_stub: Option<&Path>,
) -> Dependency {
    let stub = cuda_stub.filter(|path| path.file_name().is_some_and(|name| name == soname));
    let candidates = (system.iter().map(|folder| (folder.join(soname), Origin::System)))
        .chain(fallback.iter().map(|folder| (folder.join(soname), Origin::Fallback)))
        .chain(stub.map(|path| (path.to_owned(), Origin::CudaStub)));
    let mut rejected = Vec::new();
    for (path, origin) in candidates.filter(|(path, _)| path.exists()) {
        match unfit(&path, versions) {
            None => {
                return Dependency {
                    soname: soname.to_owned(),
                    file: Some((path, origin)),
                    rejected,
                };
            }
            Some(reason) => rejected.push((path, reason)),
        }
    }
    Dependency { soname: soname.to_owned(), file: None, rejected }
}

/// Why the library at `path` cannot serve, if it cannot.
fn unfit(path: &Path, versions: &BTreeSet<String>) -> Option<String> {
    let elf = match Elf::read(path) {
        Ok(elf) => elf,
        Err(error) => return Some(error.to_string()),
    };
    let missing: Vec<_> = versions.difference(&elf.provides).map(String::as_str).collect();
    (!missing.is_empty()).then(|| format!("lacks symbol version {}", missing.join(", ")))
}

/// The folders that the loader searches, and the vendors' before them.
pub(crate) fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("LD_LIBRARY_PATH").iter().flat_map(std::env::split_paths).collect();
    folders.extend(VENDOR_FOLDERS.map(PathBuf::from));
    folders.extend(configured_folders());
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    for root in ["/lib", "/usr/lib", "/usr/local/lib"] {
        folders.extend(
            [format!("{root}/{triplet}"), format!("{root}64"), root.to_owned()].map(PathBuf::from),
        );
    }
    folders.retain(|folder| folder.is_absolute());
    folders
}

/// The folders named in `/etc/ld.so.conf.d`.
fn configured_folders() -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir("/etc/ld.so.conf.d") else { return Vec::new() };
    let mut files: Vec<_> = listing.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .flat_map(|text| text.lines().map(str::trim).map(PathBuf::from).collect::<Vec<_>>())
        .filter(|folder| folder.is_absolute())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The C library under the name of a dependency: an ELF file with known symbol versions.
    fn place(folder: &Path, soname: &str) -> PathBuf {
        let libc =
            system_folders().into_iter().map(|f| f.join("libc.so.6")).find(|f| f.exists()).unwrap();
        let path = folder.join(soname);
        std::fs::copy(libc, &path).unwrap();
        path
    }

    #[test]
    fn the_system_comes_first_unless_it_is_too_old() {
        let (system, fallback) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let soname = "libfabric.so.1";
        let own = place(fallback.path(), soname);
        let folders = ([system.path().to_owned()], [fallback.path().to_owned()]);
        let versions = BTreeSet::from(["GLIBC_2.17".to_owned()]);

        std::fs::write(system.path().join(soname), "not a library").unwrap();
        let chosen = choose(soname, &versions, &folders.0, &folders.1, None);
        assert_eq!(chosen.file, Some((own, Origin::Fallback)));
        assert_eq!(chosen.rejected.len(), 1);

        let newer = place(system.path(), soname);
        let chosen = choose(soname, &versions, &folders.0, &folders.1, None);
        assert_eq!(chosen.file, Some((newer, Origin::System)));

        let unheard = BTreeSet::from(["FABRIC_99.9".to_owned()]);
        let chosen = choose(soname, &unheard, &folders.0, &folders.1, None);
        assert_eq!(chosen.file, None);
        assert!(
            chosen.rejected.iter().all(|(_, reason)| reason == "lacks symbol version FABRIC_99.9")
        );
    }

    #[test]
    fn the_stub_stands_in_for_the_driver_only() {
        let folder = tempfile::tempdir().unwrap();
        let stub = place(folder.path(), "libcuda.so.1");
        let none = BTreeSet::new();
        let chosen = choose("libcuda.so.1", &none, &[], &[], Some(&stub));
        assert_eq!(chosen.file, Some((stub.clone(), Origin::CudaStub)));
        assert_eq!(choose("libcudart.so.12", &none, &[], &[], Some(&stub)).file, None);
    }
}
