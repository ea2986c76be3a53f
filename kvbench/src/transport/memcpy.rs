//! A copy into, or out of, memory that the target shares: what the machine's processor can do.
//!
//! The target's memory is a file in memory that the initiator maps. A post copies every block with
//! one thread of the initiator, and then raises the counter of the lane in a page of the target,
//! which is the notification (`Release` there, `Acquire` at the target): a request is complete when
//! the post returns, and delivered when the target sees the counter rise.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Release};

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::signals::{self, Signals};
use super::{MemorySpec, Remote, Share, Transport, check_bounds, merged, of_lane};
use crate::workload::{HugePages, Op};

/// One worker's end.
#[derive(Default)]
pub(super) struct Memcpy {
    memory: Option<Memory>,
    pages: HugePages,
    signals: Option<Signals>,
    targets: Vec<Rc<Target>>,
    /// The copies of each lane, by target.
    lanes: Vec<Vec<Transfer>>,
    /// How many lanes there will be.
    lanes_count: usize,
}

/// What a target tells: where its files are.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Files {
    memory: PathBuf,
    signals: PathBuf,
    signals_bytes: usize,
}

/// A target's files, mapped.
struct Target {
    files: Files,
    memory: Memory,
    signals: Memory,
}

/// The copies of a lane's requests to or from one target.
struct Transfer {
    copies: Vec<Block>,
    signal: *const AtomicU64,
    requests: u64,
    /// It is kept mapped.
    _target: Rc<Target>,
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

    /// The target that `remote` tells of; its files are mapped when it is new.
    fn target(&mut self, remote: &Remote) -> Result<Rc<Target>, String> {
        let files: Option<Files> =
            serde_json::from_slice(&remote.metadata).map_err(|error| error.to_string())?;
        let files = files.ok_or("the target shares no memory")?;
        if let Some(known) = self.targets.iter().find(|target| target.files == files) {
            return Ok(Rc::clone(known));
        }
        let len = usize::try_from(remote.len).map_err(|error| error.to_string())?;
        let memory = Memory::open(&files.memory, len, self.pages)?;
        let signals = Memory::open(&files.signals, files.signals_bytes, HugePages::No)?;
        let target = Rc::new(Target { files, memory, signals });
        self.targets.push(Rc::clone(&target));
        Ok(target)
    }
}

impl Transport for Memcpy {
    fn allocate(&mut self, memory: MemorySpec) -> Result<(), String> {
        let MemorySpec { bytes, pages, is_target, lanes, .. } = memory;
        (self.pages, self.lanes_count) = (pages, lanes);
        if is_target {
            self.memory = Some(Memory::shared(bytes, pages)?);
            let signals = Memory::shared(signals::bytes(&memory), HugePages::No)?;
            self.signals = Some(Signals::new(signals, lanes));
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
        let files = self.signals.as_ref().and_then(|counters| {
            let signals = counters.memory();
            let (memory, signals_bytes) = (memory.path()?, signals.len());
            Some(Files { memory, signals: signals.path()?, signals_bytes })
        });
        let metadata = serde_json::to_vec(&files).map_err(|error| error.to_string())?;
        Ok(Remote { metadata, address: 0, len: memory.len() as u64, device: 0 })
    }

    fn connect(&mut self, remote: &Remote, share: Share<'_>) -> Result<(), String> {
        let local = self.memory()?;
        check_bounds(&share, local.len(), remote)?;
        let ours = local.base();
        let target = self.target(remote)?;
        let (theirs, signals) = (target.memory.base(), &target.signals);
        let signal = signals::offset(&share, self.lanes_count);
        if signal + size_of::<u64>() > signals.len() {
            return Err("the target has no counter for this lane".to_owned());
        }
        let signal = signals.base().wrapping_add(signal).cast();
        let copies = merged(&share).into_iter().map(|one| {
            let ours = ours.wrapping_add(one.local_offset as usize);
            let theirs = theirs.wrapping_add(one.remote_offset as usize);
            let len = one.len_bytes as usize;
            match share.op {
                Op::Write => Block { from: ours, to: theirs, len },
                Op::Read => Block { from: theirs, to: ours, len },
            }
        });
        let copies = copies.collect();
        let transfer = Transfer { copies, signal, requests: 0, _target: target };
        of_lane(&mut self.lanes, share.lane).push(transfer);
        Ok(())
    }

    fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        self.memory()?.write(offset, data)
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        self.memory()?.read(offset, out)
    }

    fn post(&mut self, lane: usize) -> Result<(), String> {
        for transfer in self.lanes.get_mut(lane).into_iter().flatten() {
            for Block { from, to, len } in &transfer.copies {
                // SAFETY: both lie inside of memory that is mapped as long as the transfer, as was
                // checked when it was connected; they are of two maps, and so do not overlap.
                unsafe { to.copy_from_nonoverlapping(*from, *len) };
            }
            transfer.requests += 1;
            // SAFETY: the word is the lane's own in a map that lives as long as the transfer; the
            // target only loads it.
            unsafe { &*transfer.signal }.store(transfer.requests, Release);
        }
        Ok(())
    }

    fn poll(&mut self, _: usize) -> Result<bool, String> {
        Ok(true)
    }

    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String> {
        Ok(self.signals.as_mut().map_or(0, |counters| counters.receive(arrived)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Descriptor;

    fn end(bytes: usize, is_target: bool) -> Memcpy {
        let mut end = Memcpy::default();
        let pages = HugePages::No;
        let spec = MemorySpec { bytes, pages, is_target, initiators: 2, lanes: 2 };
        end.allocate(spec).unwrap();
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
    fn each_lane_has_blocks_and_notifications_of_its_own() {
        let (mut initiator, mut target) = (end(8, false), end(8, true));
        let remote = target.remote().unwrap();
        for (lane, descriptor) in CROSSED.iter().enumerate() {
            let descriptors = std::slice::from_ref(descriptor);
            let share = Share { op: Op::Write, initiator: 1, lane, merge: true, descriptors };
            initiator.connect(&remote, share).unwrap();
        }
        assert_eq!(initiator.targets.len(), 1, "lanes share the maps");
        initiator.write(0, b"abc-def-").unwrap();
        let mut arrived = Vec::new();
        for lane in [1, 0, 1] {
            initiator.post(lane).unwrap();
            target.receive(&mut |lane| arrived.push(lane)).unwrap();
        }
        assert_eq!(arrived, [1, 0, 1]);
        assert_eq!(contents(&target, 8), b"def\0abc\0");
        let no_lane = Share { op: Op::Write, initiator: 1, lane: 2, merge: true, descriptors: &[] };
        initiator.connect(&remote, no_lane).unwrap_err();
    }

    #[test]
    fn what_is_not_shared_cannot_be_reached() {
        let (mut initiator, other) = (end(8, false), end(8, false));
        let share = Share { op: Op::Write, initiator: 0, lane: 0, merge: true, descriptors: &[] };
        initiator.connect(&other.remote().unwrap(), share).unwrap_err();
    }
}
