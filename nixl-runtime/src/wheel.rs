//! A wheel file whose bytes are known to be the pinned ones.

use std::fs::File;
use std::io::Seek;
use std::path::{Path, PathBuf};

use crate::digest::sha256_of;
use crate::error::io_error;
use crate::progress::during;
use crate::{Error, Pin, Progress};

/// An open wheel with the right hash. Reading goes on from the same handle, so a file that is
/// swapped afterwards under the same name is not what gets unpacked.
#[derive(Debug)]
pub(crate) struct VerifiedWheel {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
}

impl VerifiedWheel {
    /// Opens `path` and compares its hash with the pin's.
    pub(crate) fn open(path: &Path, pin: &Pin, progress: &mut dyn Progress) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(io_error("open", path))?;
        let item = format!("verifying {}", pin.label());
        let hashed = during(progress, &item, pin.size_bytes, |progress| {
            sha256_of(&mut file, |done_bytes| progress.advance(done_bytes.min(pin.size_bytes)))
        });
        let (found, found_bytes) = hashed.map_err(io_error("read", path))?;
        if found != pin.sha256 {
            let (expected, expected_bytes) = (pin.sha256.clone(), pin.size_bytes);
            return Err(Error::HashMismatch {
                file: path.to_owned(),
                expected,
                expected_bytes,
                found,
                found_bytes,
            });
        }
        file.rewind().map_err(io_error("read", path))?;
        Ok(Self { file, path: path.to_owned() })
    }
}
