//! The file that the NICs of this process count in; its form is that of [`super::counters`].

use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};

use super::counters::{MAGIC, NAME_BYTES, RECORDS_AT, Record};
use super::sys;
use super::topology::Nic;

/// Makes the file of this process in `folder`, and maps it for good.
///
/// It gets its name when it is complete: a reader never sees a half of it.
pub fn create(folder: &Path, nics: &[Nic]) -> io::Result<&'static [Record]> {
    let pid = std::process::id();
    let unnamed = folder.join(format!("{pid}.new"));
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&unnamed)?;
    fs::write(&unnamed, content(nics))?;
    let len = RECORDS_AT + nics.len() * size_of::<Record>();
    let (protection, fd) = (sys::PROT_READ | sys::PROT_WRITE, file.as_raw_fd());
    // SAFETY: a new mapping of a file that is `len` bytes long.
    let map = unsafe { sys::mmap(null_mut(), len, protection, sys::MAP_SHARED, fd, 0) };
    if map.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    fs::rename(&unnamed, folder.join(pid.to_string()))?;
    // SAFETY: the mapping is never undone, aligned to a page, and holds that many records, which are
    // changed by atomic operations only.
    Ok(unsafe {
        std::slice::from_raw_parts(map.cast::<u8>().add(RECORDS_AT).cast::<Record>(), nics.len())
    })
}

fn content(nics: &[Nic]) -> Vec<u8> {
    let mut content = MAGIC.to_vec();
    content.extend((nics.len() as u64).to_ne_bytes());
    for nic in nics {
        let mut record = vec![0; size_of::<Record>()];
        for (byte, letter) in record.iter_mut().zip(nic.name.bytes().take(NAME_BYTES)) {
            *byte = letter;
        }
        content.extend(record);
    }
    content
}

/// Adds to a counter.
pub fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

/// Takes from a counter of what exists now.
pub fn subtract(counter: &AtomicU64, n: u64) {
    counter.fetch_sub(n, Ordering::Relaxed);
}
