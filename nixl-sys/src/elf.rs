//! What an ELF library says of itself: its name, what it needs, which symbol versions it has.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use object::Endianness;
use object::elf::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _};

type Header = FileHeader64<Endianness>;

/// The dynamic section of a 64-bit ELF library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elf {
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_NEEDED`, in order.
    pub needed: Vec<String>,
    /// `DT_RPATH` and `DT_RUNPATH`, with `$ORIGIN` replaced by the library's folder.
    pub search_path: Vec<PathBuf>,
    /// Symbol versions required, as `(library, version)`.
    pub requires: Vec<(String, String)>,
    /// Symbol versions provided.
    pub provides: BTreeSet<String>,
    /// Names of the functions and objects that the library exports.
    pub exports: BTreeSet<String>,
}

impl Elf {
    /// Reads the library at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is not a little-endian 64-bit ELF file with a dynamic section.
    pub fn read(path: &Path) -> io::Result<Self> {
        let data = std::fs::read(path)?;
        let origin = path.parent().unwrap_or(Path::new("/"));
        Self::parse(&data, origin)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// The library needed whose name begins with `stem`: its file in the search path, else its soname.
    pub(crate) fn needs(&self, stem: &str) -> Option<PathBuf> {
        let soname = self.needed.iter().find(|name| name.starts_with(stem))?;
        let mut files = self.search_path.iter().map(|folder| folder.join(soname));
        Some(files.find(|path| path.exists()).unwrap_or_else(|| soname.into()))
    }

    fn parse(data: &[u8], origin: &Path) -> object::read::Result<Self> {
        let header = Header::parse(data)?;
        let endian = header.endian()?;
        let sections = header.sections(endian, data)?;
        let mut elf = Self::default();

        if let Some((entries, link)) = sections.dynamic(endian, data)? {
            let strings = sections.strings(endian, data, link)?;
            for entry in entries {
                let tag = entry.d_tag(endian) as u32;
                if ![DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME].contains(&tag) {
                    continue;
                }
                let value = text(entry.string(endian, strings)?);
                match tag {
                    DT_NEEDED => elf.needed.push(value),
                    DT_SONAME => elf.soname = Some(value),
                    _ => elf.search_path.extend(expand(&value, origin)),
                }
            }
        }
        if let Some((mut needs, link)) = sections.gnu_verneed(endian, data)? {
            let strings = sections.strings(endian, data, link)?;
            while let Some((need, mut versions)) = needs.next()? {
                let library = text(need.file(endian, strings)?);
                while let Some(version) = versions.next()? {
                    elf.requires.push((library.clone(), text(version.name(endian, strings)?)));
                }
            }
        }
        if let Some((mut definitions, link)) = sections.gnu_verdef(endian, data)? {
            let strings = sections.strings(endian, data, link)?;
            while let Some((_, mut names)) = definitions.next()? {
                if let Some(name) = names.next()? {
                    elf.provides.insert(text(name.name(endian, strings)?));
                }
            }
        }
        elf.exports = exports(header, endian, data)?;
        Ok(elf)
    }
}

fn exports(
    header: &Header,
    endian: Endianness,
    data: &[u8],
) -> object::read::Result<BTreeSet<String>> {
    use object::elf::{SHN_UNDEF, SHT_DYNSYM};
    use object::read::elf::Sym as _;

    let sections = header.sections(endian, data)?;
    let symbols = sections.symbols(endian, data, SHT_DYNSYM)?;
    symbols
        .iter()
        .filter(|symbol| symbol.st_shndx(endian) != SHN_UNDEF)
        .map(|symbol| symbol.name(endian, symbols.strings()).map(text))
        .collect()
}

fn expand(search_path: &str, origin: &Path) -> Vec<PathBuf> {
    let origin = origin.to_string_lossy();
    search_path
        .split(':')
        .filter(|folder| !folder.is_empty())
        .map(|folder| folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin).into())
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_c_library() {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let path = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5))
            .find(|path| path.contains("/libc.so"))
            .expect("tests link the C library dynamically");
        let elf = Elf::read(Path::new(path)).unwrap();
        assert_eq!(elf.soname.as_deref(), Some("libc.so.6"));
        assert!(elf.provides.contains("GLIBC_2.17"));
        assert!(elf.exports.contains("malloc"));
        assert!(elf.needed.iter().any(|name| name.starts_with("ld-linux")));
    }

    #[test]
    fn garbage_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("garbage.so");
        for content in [&b""[..], b"\x7fELF", &[0xff; 4096]] {
            std::fs::write(&file, content).unwrap();
            assert_eq!(Elf::read(&file).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn search_path_is_relative_to_the_library() {
        assert_eq!(
            expand("$ORIGIN/.:${ORIGIN}/../x:/abs", Path::new("/lib")),
            [PathBuf::from("/lib/."), PathBuf::from("/lib/../x"), PathBuf::from("/abs")]
        );
    }
}
