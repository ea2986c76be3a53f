//! Where a NIXL is: under a prefix, under the usual prefixes, in the active Python.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environment variable that names the prefix of a NIXL installation.
pub const PREFIX_VARIABLE: &str = "NIXL_PREFIX";

const LIBRARY: &str = "libnixl_capi.so";

/// Where NIXL's own installers and containers put it.
const USUAL_PREFIXES: [&str; 2] = ["/opt/nvidia/nvda_nixl", "/usr/local/nixl"];

/// Who named the prefix of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The caller, by argument or by [`PREFIX_VARIABLE`].
    Explicit,
    /// It is one of the usual prefixes.
    System,
    /// The active Python has NIXL's wheel in its site-packages.
    Python,
}

/// A NIXL on this machine: a C ABI library and the plugins beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The prefix it was found under.
    pub prefix: PathBuf,
    /// Absolute path of `libnixl_capi.so`.
    pub library: PathBuf,
    /// The folder of `libplugin_*.so`.
    pub plugins: PathBuf,
    /// The version, where the installation says it (a wheel's METADATA, or `nixl.pc`).
    pub version: Option<String>,
    /// Who named the prefix.
    pub source: Source,
}

/// No installation was found; every path that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// The paths, in the order of trying; a `*` stands for any name.
    pub tried: Vec<PathBuf>,
}

impl std::error::Error for NotFound {}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {LIBRARY} at any of:")?;
        self.tried.iter().try_for_each(|path| write!(f, "\n  {}", path.display()))
    }
}

impl Installation {
    /// Looks under `prefix` when one is given, else under [`PREFIX_VARIABLE`] when that is set, else
    /// in the usual prefixes and then in the active Python.
    ///
    /// A prefix that somebody named is the only one looked at: a typing error must not end in
    /// another NIXL being measured.
    ///
    /// # Errors
    /// [`NotFound`] with every path tried.
    pub fn search(prefix: Option<&Path>) -> Result<Self, NotFound> {
        let named = prefix.map(PathBuf::from).or_else(|| {
            std::env::var_os(PREFIX_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
        });
        if let Some(prefix) = named {
            return Self::at(&prefix, Source::Explicit);
        }
        let mut tried = Vec::new();
        let system = USUAL_PREFIXES.iter().map(|prefix| (PathBuf::from(prefix), Source::System));
        let candidates =
            system.chain(site_packages().into_iter().map(|path| (path, Source::Python)));
        for (prefix, source) in candidates {
            match Self::at(&prefix, source) {
                Ok(found) => return Ok(found),
                Err(error) => tried.extend(error.tried),
            }
        }
        Err(NotFound { tried })
    }

    /// The installation under one prefix: that of a build (`lib/<triplet>`, `lib64`, `lib`), an
    /// unpacked wheel or a site-packages folder (`.nixl_cu*.mesonpy.libs`), or the folder itself.
    ///
    /// # Errors
    /// [`NotFound`] with every path tried.
    pub fn at(prefix: &Path, source: Source) -> Result<Self, NotFound> {
        let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
        let mut tried = Vec::new();
        for folder in
            ["lib".to_owned() + "/" + &triplet, "lib64".into(), "lib".into(), String::new()]
        {
            tried.push(prefix.join(folder).join(LIBRARY));
        }
        let wheels = wheel_folders(prefix);
        let candidates: Vec<_> =
            wheels.iter().map(|folder| folder.join(LIBRARY)).chain(tried.iter().cloned()).collect();
        tried.insert(0, prefix.join(".nixl_*.mesonpy.libs").join(LIBRARY));

        let library =
            candidates.into_iter().find(|path| path.is_file()).ok_or(NotFound { tried })?;
        let library = std::path::absolute(&library).unwrap_or(library);
        let folder = library.parent().unwrap_or(prefix);
        Ok(Self {
            prefix: prefix.to_owned(),
            plugins: folder.join("plugins"),
            version: wheel_version(prefix).or_else(|| pkg_config_version(folder)),
            library,
            source,
        })
    }

    /// The file of a backend's plugin, whether or not it exists.
    pub fn plugin(&self, backend: &str) -> PathBuf {
        self.plugins.join(format!("libplugin_{backend}.so"))
    }
}

fn wheel_folders(prefix: &Path) -> Vec<PathBuf> {
    entries(prefix, |name| name.starts_with(".nixl_") && name.ends_with(".mesonpy.libs"))
}

/// The `Version:` of `nixl_cu*.dist-info/METADATA`.
fn wheel_version(prefix: &Path) -> Option<String> {
    let folders =
        entries(prefix, |name| name.starts_with("nixl_cu") && name.ends_with(".dist-info"));
    let metadata = std::fs::read_to_string(folders.first()?.join("METADATA")).ok()?;
    field(&metadata, "Version:")
}

fn pkg_config_version(library_folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(library_folder.join("pkgconfig/nixl.pc")).ok()?;
    field(&text, "Version:")
}

fn field(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned())
}

fn entries(folder: &Path, keep: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = listing
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(&keep))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// The site-packages folders of the Python that a shell would start.
fn site_packages() -> Vec<PathBuf> {
    let script =
        "import sysconfig; p = sysconfig.get_paths(); print(p['purelib']); print(p['platlib'])";
    let output = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(output) = output else { return Vec::new() };
    let mut folders: Vec<_> =
        String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect();
    folders.dedup();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn finds_a_build_and_a_wheel() {
        for layout in ["lib64", "lib", ".nixl_cu12.mesonpy.libs", ""] {
            let prefix = tempfile::tempdir().unwrap();
            let library = prefix.path().join(layout).join(LIBRARY);
            touch(&library);
            let found = Installation::at(prefix.path(), Source::Explicit).unwrap();
            assert_eq!(found.library.canonicalize().unwrap(), library.canonicalize().unwrap());
            assert_eq!(found.plugin("UCX").file_name().unwrap(), "libplugin_UCX.so");
            assert_eq!(found.version, None);
        }
    }

    #[test]
    fn reads_the_version_of_a_wheel() {
        let prefix = tempfile::tempdir().unwrap();
        touch(&prefix.path().join(".nixl_cu12.mesonpy.libs").join(LIBRARY));
        let metadata = prefix.path().join("nixl_cu12-1.2.3.dist-info/METADATA");
        touch(&metadata);
        std::fs::write(metadata, "Metadata-Version: 2.1\nName: nixl-cu12\nVersion: 1.2.3\n")
            .unwrap();
        let found = Installation::at(prefix.path(), Source::Python).unwrap();
        assert_eq!(found.version.as_deref(), Some("1.2.3"));
    }

    #[test]
    fn a_named_prefix_is_the_only_one() {
        let error = Installation::search(Some(Path::new("/nonexistent"))).unwrap_err();
        assert!(error.tried.iter().all(|path| path.starts_with("/nonexistent")));
        assert!(error.to_string().contains("/nonexistent/lib64/libnixl_capi.so"));
    }
}
