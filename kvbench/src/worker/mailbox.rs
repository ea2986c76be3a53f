//! Pages shared by the workers of a variant: who has started, completed and received which request.
//! Each lane has its own, since it carries one request at a time, with numbers of its own.
//!
//! It carries sequence numbers and times on one clock (`CLOCK_MONOTONIC`, the same for all processes
//! of a host), so that no byte of the measured path is spent on the measurement. Workers of other hosts have
//! pages of their own, and the leader enters into its own what echoes tell.

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

/// The words of a lane: of the leader's start, then of each worker.
const LANE_WORDS: usize = (MAX_WORKERS + 1) * SLOT_WORDS;

/// The shared pages of a variant.
pub(super) struct Mailbox(MmapRaw);

/// The pages' file, held by the coordinator; workers open it by path.
pub(crate) struct MailboxFile(OwnedFd);

impl MailboxFile {
    pub(crate) fn create(lanes: usize) -> io::Result<Self> {
        let file = File::from(memfd_create(c"kvbench-mailbox", MFdFlags::MFD_CLOEXEC)?);
        file.set_len((lanes * LANE_WORDS * size_of::<u64>()) as u64)?;
        Ok(Self(file.into()))
    }

    /// Where a worker finds it, as long as the coordinator lives.
    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()).into()
    }
}

impl Mailbox {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        if len < LANE_WORDS * size_of::<u64>() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the mailbox is too short"));
        }
        MmapOptions::new().len(len).map_raw(&file).map(Self)
    }

    /// A word of the slot of a worker, or of the leader's start where there is no worker.
    fn word(&self, lane: usize, worker: Option<usize>, word: usize) -> &AtomicU64 {
        let slot = worker.map_or(0, |worker| worker + 1);
        let index = lane * LANE_WORDS + slot * SLOT_WORDS + word;
        assert!(index < self.0.len() / size_of::<u64>());
        // SAFETY: inside the map, which starts on a page and lives as long as `self`. All processes
        // that share it access its words as atomics only.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast::<u64>().add(index)) }
    }

    /// The number of the last request of `lane` that the leader started.
    pub(super) fn started(&self, lane: usize) -> u64 {
        self.word(lane, None, 0).load(Acquire)
    }

    /// The leader starts request `number` of `lane`.
    pub(super) fn start(&self, lane: usize, number: u64) {
        self.word(lane, None, 0).store(number, Release);
    }

    /// The worker of `slot` is done with request `number` of `lane`, at `at_ns`.
    pub(super) fn finish(&self, lane: usize, slot: usize, number: u64, at_ns: u64) {
        self.word(lane, Some(slot), 1).store(at_ns, Relaxed);
        self.word(lane, Some(slot), 0).store(number, Release);
    }

    /// The last request of `lane` that the worker of `slot` is done with.
    pub(super) fn last_finished(&self, lane: usize, slot: usize) -> u64 {
        self.word(lane, Some(slot), 0).load(Acquire)
    }

    /// When the worker of `slot` was done with request `number` of `lane`, once it is.
    pub(super) fn finished(&self, lane: usize, slot: usize, number: u64) -> Option<u64> {
        let is_done = self.last_finished(lane, slot) >= number;
        is_done.then(|| self.word(lane, Some(slot), 1).load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_maps_show_the_same_page() {
        let file = MailboxFile::create(2).unwrap();
        let (ours, theirs) =
            (Mailbox::open(&file.path()).unwrap(), Mailbox::open(&file.path()).unwrap());
        ours.start(0, 7);
        assert_eq!((theirs.started(0), theirs.started(1)), (7, 0));
        assert_eq!(ours.finished(0, 3, 1), None);
        theirs.finish(0, 3, 1, 12345);
        assert_eq!(ours.finished(0, 3, 1), Some(12345));
        assert_eq!((ours.finished(0, 3, 2), ours.finished(1, 3, 1)), (None, None));
        assert_eq!((ours.last_finished(0, 3), ours.last_finished(0, 4)), (1, 0));
        assert_eq!(ours.finished(1, MAX_WORKERS - 1, 1), None);
    }

    #[test]
    fn a_foreign_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Mailbox::open(file.path()).is_err());
        assert!(Mailbox::open(Path::new("/nonexistent")).is_err());
    }
}
