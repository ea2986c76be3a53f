//! A copy into, or out of, memory that the target shares: what the machine's processor can do.
//!
//! The target's memory is a file in memory that the initiator maps. A post copies every block with
//! one thread of the initiator, and then raises the initiator's counter in a page of the target,
//! which is the notification (`Release` there, `Acquire` at the target): a request is complete when
//! the post returns, and delivered when the target sees the counter rise.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Release};

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::signals::{self, Signals};
use super::{MemorySpec, Remote, Share, Transport, check_bounds, check_lane, merged, tell};
use crate::workload::{HugePages, Op};

/// One worker's end.
#[derive(Default)]
pub(super) struct Memcpy {
    memory: Option<Memory>,
    pages: HugePages,
    signals: Option<Signals>,
    peers: Vec<Peer>,
}

/// What a target tells: where its files are.
#[derive(Serialize, Deserialize)]
struct Files {
    memory: PathBuf,
    signals: PathBuf,
}

/// A target, and the copies of a request.
struct Peer {
    copies: Vec<Block>,
    signal: *const AtomicU64,
    requests: u64,
    /// Both are kept mapped.
    _memory: Memory,
    _signals: Memory,
}

struct Block {
    from: *const u8,
    to: *mut u8,
    len: usize,
}

impl Memcpy {
    fn memory(&self) -> Result<&Memory, String> {
        self.memory.as_ref().ok_or_else(|| "no memory is allocated".to_owned())
    }
}

impl Transport for Memcpy {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        let MemorySpec { bytes, pages, is_target, initiators } = memory;
        self.pages = pages;
        if is_target {
            self.memory = Some(Memory::shared(bytes, pages)?);
            let signals = Memory::shared(signals::bytes(initiators), HugePages::No)?;
            self.signals = Some(Signals::new(signals));
        } else {
            self.memory = Some(Memory::private(bytes, pages)?);
        }
        Ok(())
    }

    /// Shared memory needs no registration.
    fn register(&mut self) -> Result<(), String> {
        self.memory().map(drop)
    }

    fn remote(&self) -> Result<Remote, String> {
        let memory = self.memory()?;
        let files = memory.path().zip(self.signals.as_ref().and_then(|s| s.memory().path()));
        let files = files.map(|(memory, signals)| Files { memory, signals });
        let metadata = serde_json::to_vec(&files).map_err(|error| error.to_string())?;
        Ok(Remote { metadata, address: 0, len: memory.len() as u64, device: 0 })
    }

    fn connect(&mut self, target: &Remote, share: Share<'_>) -> Result<(), String> {
        let local = self.memory()?;
        check_lane(&share)?;
        check_bounds(&share, local.len(), target)?;
        let files: Option<Files> =
            serde_json::from_slice(&target.metadata).map_err(|error| error.to_string())?;
        let files = files.ok_or("the target shares no memory")?;
        let len = usize::try_from(target.len).map_err(|error| error.to_string())?;
        let memory = Memory::open(&files.memory, len, self.pages)?;
        let end = signals::offset(share.initiator) + size_of::<u64>();
        let signals = Memory::open(&files.signals, end, HugePages::No)?;
        let (ours, theirs) = (local.base(), memory.base());
        let copies = merged(&share).into_iter().map(|one| {
            let ours = ours.wrapping_add(one.local_offset as usize);
            let theirs = theirs.wrapping_add(one.remote_offset as usize);
            let len = one.len_bytes as usize;
            match share.op {
                Op::Write => Block { from: ours, to: theirs, len },
                Op::Read => Block { from: theirs, to: ours, len },
            }
        });
        self.peers.push(Peer {
            copies: copies.collect(),
            signal: signals.base().wrapping_add(signals::offset(share.initiator)).cast(),
            requests: 0,
            _memory: memory,
            _signals: signals,
        });
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, _: usize) -> Result<(), String> {
        for peer in &mut self.peers {
            for Block { from, to, len } in &peer.copies {
                // SAFETY: both lie inside of memory that is mapped as long as the peer, as was
                // checked when it was connected; they are of two maps, and so do not overlap.
                unsafe { to.copy_from_nonoverlapping(*from, *len) };
            }
            peer.requests += 1;
            // SAFETY: the word is the initiator's own in a map that lives as long as the peer; the
            // target only loads it.
            unsafe { &*peer.signal }.store(peer.requests, Release);
        }
        Ok(())
    }

    fn poll(&mut self, _: usize) -> Result<bool, String> {
        Ok(true)
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        Ok(tell(self.signals.as_mut().map_or(0, Signals::arrived), arrived))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Descriptor;

    fn end(bytes: usize, is_target: bool) -> Memcpy {
        let mut end = Memcpy::default();
        let pages = HugePages::No;
        end.allocate(MemorySpec { bytes, pages, is_target, initiators: 2 }).unwrap();
        end.register().unwrap();
        end
    }

    fn contents(end: &Memcpy, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        end.read(0, &mut bytes).unwrap();
        bytes
    }

    /// Two blocks of 3 bytes, crossed.
    const CROSSED: [Descriptor; 2] = [
        Descriptor { local_offset: 0, remote_offset: 4, len_bytes: 3 },
        Descriptor { local_offset: 4, remote_offset: 0, len_bytes: 3 },
    ];

    #[test]
    fn a_write_arrives_with_its_notification() {
        let (mut initiator, mut target) = (end(8, false), end(8, true));
        let share =
            Share { op: Op::Write, initiator: 1, lane: 0, merge: true, descriptors: &CROSSED };
        initiator.connect(&target.remote().unwrap(), share).unwrap();
        initiator.write(0, b"abc-def-").unwrap();
        assert_eq!(target.receive(&mut |_| {}), Ok(0));
        for _ in 0..2 {
            initiator.post(0).unwrap();
            assert_eq!((initiator.poll(0), target.receive(&mut |_| {})), (Ok(true), Ok(1)));
        }
        assert_eq!(contents(&target, 8), b"def\0abc\0");
    }

    #[test]
    fn a_read_fetches() {
        let (mut initiator, mut target) = (end(8, false), end(8, true));
        let share =
            Share { op: Op::Read, initiator: 0, lane: 0, merge: true, descriptors: &CROSSED };
        initiator.connect(&target.remote().unwrap(), share).unwrap();
        target.write(0, b"abc-def-").unwrap();
        initiator.post(0).unwrap();
        assert_eq!(target.receive(&mut |_| {}), Ok(1));
        assert_eq!(contents(&initiator, 8), b"def\0abc\0");
    }

    #[test]
    fn what_is_not_shared_cannot_be_reached() {
        let (mut initiator, other) = (end(8, false), end(8, false));
        let share = Share { op: Op::Write, initiator: 0, lane: 0, merge: true, descriptors: &[] };
        initiator.connect(&other.remote().unwrap(), share).unwrap_err();
    }
}
