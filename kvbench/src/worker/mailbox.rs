//! A page shared by the workers of a variant: who has started, completed and received which request.
//!
//! It carries sequence numbers and times on one clock (`CLOCK_MONOTONIC`, the same for all processes
//! of a host), so that no byte of the measured path is spent on the measurement.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::*};

use memmap2::{MmapOptions, MmapRaw};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Eight words per slot: no two workers write the same cache line.
const SLOT_WORDS: usize = 8;

/// The most workers of one variant.
pub(super) const MAX_WORKERS: usize = 511;

const LEN: usize = (MAX_WORKERS + 1) * SLOT_WORDS * size_of::<u64>();

/// The shared page of a variant.
pub(super) struct Mailbox(MmapRaw);

/// The page's file, held by the coordinator; workers open it by path.
pub(super) struct MailboxFile(OwnedFd);

impl MailboxFile {
    pub(super) fn create() -> io::Result<Self> {
        let file = File::from(memfd_create(c"kvbench-mailbox", MFdFlags::MFD_CLOEXEC)?);
        file.set_len(LEN as u64)?;
        Ok(Self(file.into()))
    }

    /// Where a worker finds it, as long as the coordinator lives.
    pub(super) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()).into()
    }
}

impl Mailbox {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        if file.metadata()?.len() < LEN as u64 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the mailbox is too short"));
        }
        MmapOptions::new().len(LEN).map_raw(&file).map(Self)
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        assert!(index < LEN / size_of::<u64>());
        // SAFETY: inside the map, which starts on a page and lives as long as `self`. All processes
        // that share it access its words as atomics only.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast::<u64>().add(index)) }
    }

    /// The number of the last request that the leader started.
    pub(super) fn started(&self) -> u64 {
        self.word(0).load(Acquire)
    }

    /// The leader starts request `number`.
    pub(super) fn start(&self, number: u64) {
        self.word(0).store(number, Release);
    }

    /// The worker of `slot` is done with request `number`, at `at_ns`.
    pub(super) fn finish(&self, slot: usize, number: u64, at_ns: u64) {
        let base = (slot + 1) * SLOT_WORDS;
        self.word(base + 1).store(at_ns, Relaxed);
        self.word(base).store(number, Release);
    }

    /// The last request that the worker of `slot` is done with.
    pub(super) fn last_finished(&self, slot: usize) -> u64 {
        self.word((slot + 1) * SLOT_WORDS).load(Acquire)
    }

    /// When the worker of `slot` was done with request `number`, once it is.
    pub(super) fn finished(&self, slot: usize, number: u64) -> Option<u64> {
        let base = (slot + 1) * SLOT_WORDS;
        (self.word(base).load(Acquire) >= number).then(|| self.word(base + 1).load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_maps_show_the_same_page() {
        let file = MailboxFile::create().unwrap();
        let (ours, theirs) =
            (Mailbox::open(&file.path()).unwrap(), Mailbox::open(&file.path()).unwrap());
        ours.start(7);
        assert_eq!(theirs.started(), 7);
        assert_eq!(ours.finished(3, 1), None);
        theirs.finish(3, 1, 12345);
        assert_eq!(ours.finished(3, 1), Some(12345));
        assert_eq!(ours.finished(3, 2), None);
        assert_eq!((ours.last_finished(3), ours.last_finished(4)), (1, 0));
        assert_eq!(ours.finished(MAX_WORKERS - 1, 1), None);
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Mailbox::open(file.path()).is_err());
        assert!(Mailbox::open(Path::new("/nonexistent")).is_err());
    }
}
