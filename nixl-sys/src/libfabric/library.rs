//! Loads a libfabric into this process.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Functions;
use crate::dl::Loaded;

/// A version of libfabric, as `fi_version(3)` gives it: without the revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

/// The oldest libfabric whose structures are those of the bindings.
const OLDEST: Version = Version { major: 1, minor: 18 };

impl Version {
    /// From the form in which C has it.
    pub const fn from_bits(bits: u32) -> Self {
        Self { major: bits >> 16, minor: bits & 0xffff }
    }

    /// In the form in which C has it, as `fi_getinfo(3)` takes it.
    pub const fn bits(self) -> u32 {
        (self.major << 16) | self.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A libfabric loaded into this process, where it stays.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    functions: Functions,
    version: Version,
}

/// Why a libfabric could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The dynamic loader refused it.
    #[error("failed to load {}: {reason}", library.display())]
    Load {
        /// The file or soname.
        library: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// It lacks functions that every libfabric has.
    #[error("{} lacks {}: not a libfabric", library.display(), symbols.join(", "))]
    MissingSymbols {
        /// The file or soname.
        library: PathBuf,
        /// Every symbol missing.
        symbols: Vec<&'static str>,
    },
    /// Its structures may be smaller than the bindings say.
    #[error("{} is libfabric {version}, and {OLDEST} is the oldest supported", library.display())]
    TooOld {
        /// The file or soname.
        library: PathBuf,
        /// Its version.
        version: Version,
    },
}

impl Library {
    /// Loads `library`, a path or a soname, and resolves its table. What the process has loaded
    /// already, under that path or soname, is taken and not loaded twice.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(library: &Path) -> Result<Self, OpenError> {
        let path = library.to_owned();
        let loaded = Loaded::open(library)
            .map_err(|reason| OpenError::Load { library: path.clone(), reason })?;
        // SAFETY: the symbols come from the library that the caller names as libfabric, and stay
        // loaded. dlsym finds the newest version of each, whose structures are the longest.
        let Some(functions) = (unsafe { Functions::resolve(|name| loaded.symbol(name)) }) else {
            let symbols = loaded.missing(Functions::MANDATORY);
            return Err(OpenError::MissingSymbols { library: path, symbols });
        };
        // SAFETY: the function takes nothing and returns a number.
        let version = Version::from_bits(unsafe { (functions.version)() });
        if version < OLDEST {
            return Err(OpenError::TooOld { library: path, version });
        }
        Ok(Self { path, functions, version })
    }

    /// The path or soname it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The function table.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_no_libfabric_is_named() {
        let error = Library::open(Path::new("/nonexistent/libfabric.so.1")).unwrap_err();
        assert!(matches!(&error, OpenError::Load { .. }));
        assert!(error.to_string().contains("/nonexistent/libfabric.so.1"), "{error}");

        let error = Library::open(Path::new("libc.so.6")).unwrap_err();
        let OpenError::MissingSymbols { symbols, .. } = &error else { panic!("{error}") };
        assert_eq!(symbols.len(), Functions::MANDATORY.len());
        assert!(error.to_string().contains("fi_getinfo"), "{error}");
    }

    #[test]
    fn versions_have_an_order() {
        let version = Version::from_bits((2 << 16) | 5);
        assert_eq!(version, Version { major: 2, minor: 5 });
        assert_eq!(Version::from_bits(version.bits()), version);
        assert_eq!(version.to_string(), "2.5");
        assert!(Version { major: 1, minor: 17 } < OLDEST && OLDEST < version);
    }
}
