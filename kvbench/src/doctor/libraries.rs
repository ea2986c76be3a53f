//! What a plugin needs of libraries that a machine may lack, against what there is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nixl::{Dependencies, Origin};
use nixl_sys::Elf;

use super::finding::Finding;

/// One library that a plugin needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// Its soname.
    pub soname: String,
    /// The symbol versions that the plugin requires of it.
    pub versions: BTreeSet<String>,
    /// The file that is loaded for it.
    pub file: Option<(PathBuf, Origin)>,
    /// Files that cannot serve, each with why.
    pub rejected: Vec<(PathBuf, String)>,
}

/// What the plugin at `plugin` needs among `dependencies`.
///
/// # Errors
/// The plugin is not there, or is no library.
pub fn needs(plugin: &Path, dependencies: &Dependencies) -> std::io::Result<Vec<Need>> {
    let elf = Elf::read(plugin)?;
    let needed = dependencies.iter().filter(|one| elf.needed.contains(&one.soname));
    let need = |one: &nixl::Dependency| Need {
        soname: one.soname.clone(),
        versions: elf
            .requires
            .iter()
            .filter(|(library, _)| *library == one.soname)
            .map(|(_, version)| version.clone())
            .collect(),
        file: one.file.clone(),
        rejected: one.rejected.clone(),
    };
    Ok(needed.map(need).collect())
}

impl Need {
    /// What to do to have it.
    pub(super) fn remedy(&self) -> String {
        let soname = &self.soname;
        let version = newest(&self.versions).unwrap_or("the plugin's symbol versions");
        match (soname.starts_with("libfabric"), self.rejected.is_empty()) {
            (true, false) => format!(
                "install a libfabric that has {version}, and put its folder into LD_LIBRARY_PATH; or \
                 use a NIXL whose plugin asks for less: `kvbench fetch`, then drop NIXL_PREFIX"
            ),
            (true, true) => "install libfabric (on AWS the EFA installer puts it into \
                             /opt/amazon/efa/lib64), or run `kvbench fetch`"
                .to_owned(),
            (false, _) => format!(
                "install a package with {soname}, put its folder into LD_LIBRARY_PATH, or run \
                 `kvbench fetch`, which brings one"
            ),
        }
    }
}

/// Judges the file that serves as libfabric; `version` is what it says of itself once loaded.
pub(super) fn check(need: &Need, version: Option<&str>) -> Option<Finding> {
    let (file, origin) = need.file.as_ref()?;
    let provided = Elf::read(file).map(|elf| elf.provides).unwrap_or_default();
    let list = |versions: &BTreeSet<String>| {
        let names: Vec<_> = versions.iter().map(String::as_str).collect();
        if names.is_empty() { "no symbol version".to_owned() } else { names.join(", ") }
    };
    let newest = newest(&provided).unwrap_or("no symbol version");
    let evidence = format!(
        "{}: has symbol versions up to {newest}; the plugin requires {}",
        file.display(),
        list(&need.versions)
    );
    let version = version.unwrap_or("of unknown version");
    Some(match origin {
        Origin::System => Finding::ok("libfabric", format!("{version}, the system's"), evidence),
        Origin::Fallback | Origin::CudaStub => Finding::note(
            "libfabric",
            format!("{version}, the fetched one: the system has none that the plugin can use"),
            evidence,
            "on an EFA node install AWS's libfabric (EFA installer): what is fetched was not built \
             for that node",
        ),
    })
}

/// The newest of libfabric's own symbol versions, `FABRIC_major.minor`.
fn newest(provided: &BTreeSet<String>) -> Option<&str> {
    let number = |name: &&String| -> Option<(u32, u32)> {
        let (major, minor) = name.strip_prefix("FABRIC_")?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    provided.iter().filter(|name| number(name).is_some()).max_by_key(number).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let names = ["FABRIC_1.0", "FABRIC_1.9", "FABRIC_1.10", "libfabric.so.1"];
        assert_eq!(newest(&names.map(String::from).into()), Some("FABRIC_1.10"));
        assert_eq!(newest(&BTreeSet::new()), None);
    }

    #[test]
    fn the_remedy_names_what_is_missing() {
        let mut need = Need {
            soname: "libfabric.so.1".to_owned(),
            versions: BTreeSet::from(["FABRIC_1.10".to_owned()]),
            file: None,
            rejected: vec![("/x/libfabric.so.1".into(), "lacks it".to_owned())],
        };
        assert!(need.remedy().contains("FABRIC_1.10"));
        need.rejected.clear();
        assert!(need.remedy().contains("EFA installer"));
        need.soname = "libhwloc.so.15".to_owned();
        assert!(need.remedy().contains("libhwloc.so.15"));
    }
}
