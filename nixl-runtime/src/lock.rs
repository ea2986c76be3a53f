//! The advisory lock that makes one process at a time change a cache.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::io_error;
use crate::progress::during;
use crate::{Error, Progress};

const POLL: Duration = Duration::from_millis(100);

/// The lock, held until dropped; the kernel releases it when the process ends, however it ends.
pub(crate) struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Takes the lock, and waits up to `limit` while someone else has it.
    pub(crate) fn acquire(
        path: &Path,
        limit: Duration,
        progress: &mut dyn Progress,
    ) -> Result<Self, Error> {
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = open.map_err(io_error("open", path))?;
        if try_lock(&file, path)? {
            return Ok(Self { _file: file });
        }
        during(progress, "waiting for another kvbench that is fetching", 0, |progress| {
            let deadline = Instant::now() + limit;
            while !try_lock(&file, path)? {
                if Instant::now() >= deadline {
                    return Err(Error::LockTimeout { lock: path.to_owned(), limit });
                }
                progress.advance(0);
                sleep(POLL);
            }
            Ok(Self { _file: file })
        })
    }
}

fn try_lock(file: &File, path: &Path) -> Result<bool, Error> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(io_error("lock", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Silent;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = CacheLock::acquire(&path, Duration::ZERO, &mut Silent).unwrap();
        let refused = CacheLock::acquire(&path, Duration::ZERO, &mut Silent);
        assert!(matches!(refused, Err(Error::LockTimeout { .. })));
        drop(first);
        assert!(CacheLock::acquire(&path, Duration::ZERO, &mut Silent).is_ok());
    }
}
