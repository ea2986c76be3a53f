//! The memory of a rank for transports that reach it by address.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use memmap2::{Advice, MmapOptions, MmapRaw};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nixl::HostBuffer;

use crate::workload::HugePages;

/// Huge pages of this size are asked for.
const HUGE_BYTES: usize = 2 << 20;

/// Memory that is mapped for as long as this lives. Peers write and read it at any time while a
/// request is under way, so there is no slice of it.
pub(super) struct Memory {
    base: *mut u8,
    len: usize,
    owner: Owner,
}

enum Owner {
    /// This process's own; it is kept mapped.
    Private { _buffer: HostBuffer },
    /// A file in memory, which other processes may open.
    Shared { _map: MmapRaw, file: File },
    /// Another process's file in memory.
    Opened { _map: MmapRaw },
}

impl Memory {
    /// Memory of this process, zero, each page there.
    pub fn private(bytes: usize, pages: HugePages) -> Result<Self, String> {
        let buffer = HostBuffer::options().huge_pages(pages.into()).map(bytes);
        let mut buffer = buffer.map_err(|error| error.to_string())?;
        let base = buffer.as_mut_slice().as_mut_ptr();
        Ok(Self { base, len: bytes, owner: Owner::Private { _buffer: buffer } })
    }

    /// Memory that other processes can [`open`](Self::open), zero, each page there. Transparent huge
    /// pages are there where the kernel has them for shared memory too
    /// (`/sys/kernel/mm/transparent_hugepage/shmem_enabled`).
    pub fn shared(bytes: usize, pages: HugePages) -> Result<Self, String> {
        Self::try_shared(bytes, pages)
            .map_err(|error| format!("failed to make {bytes} bytes of shared memory: {error}"))
    }

    fn try_shared(bytes: usize, pages: HugePages) -> io::Result<Self> {
        let (flags, unit) = match pages {
            HugePages::Reserved => (MFdFlags::MFD_HUGETLB | MFdFlags::MFD_HUGE_2MB, HUGE_BYTES),
            HugePages::Transparent => (MFdFlags::empty(), HUGE_BYTES),
            HugePages::No => (MFdFlags::empty(), 1),
        };
        let file = File::from(memfd_create(c"kvbench-memory", flags | MFdFlags::MFD_CLOEXEC)?);
        let whole = bytes.checked_next_multiple_of(unit).ok_or(io::ErrorKind::OutOfMemory)?;
        file.set_len(whole as u64)?;
        let map = map(&file, whole, pages)?;
        let base = map.as_mut_ptr();
        // SAFETY: the map has `whole` bytes, and nobody else knows of it yet.
        unsafe { base.write_bytes(0, whole) };
        Ok(Self { base, len: bytes, owner: Owner::Shared { _map: map, file } })
    }

    /// Where other processes find shared memory, as long as this process lives.
    pub fn path(&self) -> Option<PathBuf> {
        let Owner::Shared { file, .. } = &self.owner else { return None };
        Some(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()).into())
    }

    /// The first `bytes` of another process's shared memory.
    pub fn open(path: &Path, bytes: usize, pages: HugePages) -> Result<Self, String> {
        Self::try_open(path, bytes, pages)
            .map_err(|error| format!("failed to open the memory {}: {error}", path.display()))
    }

    fn try_open(path: &Path, bytes: usize, pages: HugePages) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if bytes == 0 || there < bytes {
            let what = format!("it has {there} bytes, and {bytes} are needed");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let map = map(&file, there, pages)?;
        Ok(Self { base: map.as_mut_ptr(), len: bytes, owner: Owner::Opened { _map: map } })
    }

    /// Its first byte.
    pub fn base(&self) -> *mut u8 {
        self.base
    }

    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Copies in. Nothing must be under way.
    pub fn write(&self, offset: usize, data: &[u8]) -> Result<(), String> {
        let to = self.part(offset, data.len())?;
        // SAFETY: the part lies inside of the map, which no slice of this process overlaps.
        unsafe { to.copy_from_nonoverlapping(data.as_ptr(), data.len()) };
        Ok(())
    }

    /// Copies out. Nothing must be under way.
    pub fn read(&self, offset: usize, out: &mut [u8]) -> Result<(), String> {
        let from = self.part(offset, out.len())?;
        // SAFETY: as in `write`.
        unsafe { out.as_mut_ptr().copy_from_nonoverlapping(from, out.len()) };
        Ok(())
    }

    fn part(&self, offset: usize, len: usize) -> Result<*mut u8, String> {
        let end = offset.checked_add(len).filter(|end| *end <= self.len);
        end.map(|_| self.base.wrapping_add(offset))
            .ok_or_else(|| format!("{len} bytes at {offset} lie outside of {} bytes", self.len))
    }
}

fn map(file: &File, bytes: usize, pages: HugePages) -> io::Result<MmapRaw> {
    let map = MmapOptions::new().len(bytes).map_raw(file)?;
    if pages == HugePages::Transparent {
        // A kernel without them refuses the advice, and ordinary pages stay.
        let _ = map.advise(Advice::HugePage);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_writes_the_other_reads() {
        let ours = Memory::shared(5000, HugePages::No).unwrap();
        let path = ours.path().unwrap();
        let theirs = Memory::open(&path, 5000, HugePages::No).unwrap();
        ours.write(4990, &[7; 10]).unwrap();
        let mut bytes = [1; 11];
        theirs.read(4989, &mut bytes).unwrap();
        assert_eq!(bytes, [0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
        assert_eq!(theirs.path(), None);
    }

    #[test]
    fn nothing_outside_is_touched() {
        let memory = Memory::private(100, HugePages::No).unwrap();
        memory.write(90, &[1; 10]).unwrap();
        memory.write(91, &[1; 10]).unwrap_err();
        memory.read(usize::MAX, &mut [0; 2]).unwrap_err();
        let path = Memory::shared(100, HugePages::No).unwrap();
        let path = path.path().unwrap();
        assert!(Memory::open(&path, 101, HugePages::No).is_err());
    }
}
