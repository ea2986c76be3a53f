//! Host memory to register: page-aligned, prefaulted, on huge pages when asked.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memmap2::{Advice, MmapOptions, MmapRaw, UncheckedAdvice};

use crate::{Error, Result};

const WORD: usize = size_of::<u64>();

/// Which pages host memory is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HugePages {
    /// The system's ordinary pages.
    #[default]
    No,
    /// Huge pages where the kernel finds them (`madvise(MADV_HUGEPAGE)`).
    Transparent,
    /// Pages of 2 MiB from the reserved pool (`/proc/sys/vm/nr_hugepages`), or an error.
    Reserved,
}

/// Settings of a host buffer to be.
#[derive(Clone, Copy, Debug)]
pub struct HostBufferOptions {
    prefault: bool,
    huge_pages: HugePages,
}

/// Anonymous host memory that starts on a page.
#[derive(Debug)]
pub struct HostBuffer {
    map: MmapRaw,
    len: usize,
}

impl Default for HostBufferOptions {
    fn default() -> Self {
        Self { prefault: true, huge_pages: HugePages::No }
    }
}

impl HostBufferOptions {
    /// Whether every page is there before the buffer is returned (default: yes), so that no page
    /// fault falls into a measurement.
    pub fn prefault(mut self, on: bool) -> Self {
        self.prefault = on;
        self
    }

    /// Which pages to use (default: ordinary ones).
    pub fn huge_pages(mut self, pages: HugePages) -> Self {
        self.huge_pages = pages;
        self
    }

    /// Maps `len` bytes, all zero.
    ///
    /// # Errors
    /// [`Error::Map`] when `len` is zero or the system refuses.
    pub fn map(self, len: usize) -> Result<HostBuffer> {
        self.try_map(len).map_err(|source| Error::Map { bytes: len, source })
    }

    fn try_map(self, len: usize) -> io::Result<HostBuffer> {
        if len == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a buffer has at least one byte",
            ));
        }
        // Rounded up so that the last word is whole.
        let mapped = len
            .checked_next_multiple_of(if self.huge_pages == HugePages::No { WORD } else { 2 << 20 })
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let mut options = MmapOptions::new();
        options.len(mapped);
        if self.huge_pages == HugePages::Reserved {
            options.huge(Some(21));
        }
        if self.prefault && self.huge_pages != HugePages::Transparent {
            options.populate();
        }
        let mut map = options.map_anon()?;
        if self.huge_pages == HugePages::Transparent {
            // A kernel without them refuses the advice, and ordinary pages stay.
            let _ = map.advise(Advice::HugePage);
            if self.prefault {
                map.fill(0);
            }
        }
        Ok(HostBuffer { map: map.into(), len })
    }
}

impl HostBuffer {
    /// `len` zero bytes with the default settings.
    ///
    /// # Errors
    /// [`Error::Map`] when `len` is zero or the system refuses.
    pub fn new(len: usize) -> Result<Self> {
        Self::options().map(len)
    }

    /// The settings to start from.
    pub fn options() -> HostBufferOptions {
        HostBufferOptions::default()
    }

    /// Bytes of the buffer.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: a buffer has at least one byte.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The bytes, before they are registered.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the map has at least `len` bytes, which the system made zero, and nobody else
        // reaches them: while peers may, the buffer is inside its registration.
        unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr(), self.len) }
    }

    pub(crate) fn address(&self) -> usize {
        self.map.as_ptr().addr()
    }

    /// Drops the pages and keeps the addresses: whoever still writes there finds a new empty page.
    pub(crate) fn give_pages_back(&self) {
        // SAFETY: nobody holds a reference into the map: registered memory is only copied, and its
        // registration is gone. A failure leaves the pages, which is harmless.
        let _ = unsafe { self.map.unchecked_advise(UncheckedAdvice::DontNeed) };
    }

    /// Copies out of memory that a peer may be writing.
    ///
    /// The caller has checked that the bytes lie inside of the buffer.
    pub(crate) fn copy_out(&self, offset: usize, out: &mut [u8]) {
        debug_assert!(offset + out.len() <= self.len);
        for_each_word(offset, out.len(), |Part { word, within, at }| {
            let bytes = self.word(word).load(Relaxed).to_ne_bytes();
            out[at..at + within.len()].copy_from_slice(&bytes[within]);
        });
    }

    /// Copies into memory that a peer may be reading; see [`Self::copy_out`].
    ///
    /// A word of which only a part is written is exchanged, so that the rest of it stays as others
    /// write it meanwhile.
    pub(crate) fn copy_in(&self, offset: usize, data: &[u8]) {
        debug_assert!(offset + data.len() <= self.len);
        for_each_word(offset, data.len(), |Part { word, within, at }| {
            let word = self.word(word);
            let data = &data[at..at + within.len()];
            if let Ok(whole) = data.try_into() {
                return word.store(u64::from_ne_bytes(whole), Relaxed);
            }
            // Never fails: the closure always has a new value.
            let _ = word.fetch_update(Relaxed, Relaxed, |old| {
                let mut bytes = old.to_ne_bytes();
                bytes[within.clone()].copy_from_slice(data);
                Some(u64::from_ne_bytes(bytes))
            });
        });
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset.is_multiple_of(WORD) && offset + WORD <= self.map.len());
        // SAFETY: aligned and inside the map, which starts on a page. While the buffer is shared its
        // bytes are only accessed as these words; peers write from outside of this program.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().add(offset).cast()) }
    }
}

/// The part of a word that a copy concerns.
struct Part {
    /// Offset of the word in the buffer.
    word: usize,
    /// The bytes concerned, within the word.
    within: Range<usize>,
    /// Index of the first of them in the slice.
    at: usize,
}

/// Calls `copy` for every aligned word that `len` bytes at `offset` touch.
fn for_each_word(offset: usize, len: usize, mut copy: impl FnMut(Part)) {
    let (mut next, end) = (offset, offset + len);
    while next < end {
        let first = next % WORD;
        let count = (WORD - first).min(end - next);
        copy(Part { word: next - first, within: first..first + count, at: next - offset });
        next += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not prefaulted: Miri, which runs these tests too, knows no such mapping.
    fn buffer(len: usize) -> HostBuffer {
        HostBuffer::options().prefault(false).map(len).unwrap()
    }

    #[test]
    fn copies_agree_with_slices_at_every_alignment() {
        let mut buffer = buffer(100);
        for offset in 0..20 {
            for len in [0, 1, 7, 8, 9, 31, 80] {
                buffer.as_mut_slice().fill(0xee);
                let data: Vec<u8> = (0..len as u8).map(|i| i ^ 0x5a).collect();
                buffer.copy_in(offset, &data);
                assert_eq!(buffer.as_mut_slice()[offset..offset + len], data);
                assert!(buffer.as_mut_slice()[..offset].iter().all(|byte| *byte == 0xee));
                assert!(buffer.as_mut_slice()[offset + len..].iter().all(|byte| *byte == 0xee));
                let mut back = vec![0; len];
                buffer.copy_out(offset, &mut back);
                assert_eq!(back, data);
            }
        }
    }

    #[test]
    fn threads_that_share_a_word_lose_nothing() {
        const ROUNDS: u8 = if cfg!(miri) { 20 } else { 250 };
        let buffer = buffer(16);
        std::thread::scope(|scope| {
            for byte in 0..13 {
                let buffer = &buffer;
                scope.spawn(move || {
                    for value in 0..=ROUNDS {
                        buffer.copy_in(byte, &[value]);
                        let mut back = [0; 1];
                        buffer.copy_out(byte, &mut back);
                        assert_eq!(back, [value], "byte {byte} belongs to one thread");
                    }
                });
            }
            let mut all = [0; 16];
            buffer.copy_out(0, &mut all);
        });
        let mut all = [0; 16];
        buffer.copy_out(0, &mut all);
        assert_eq!(all[..13], [ROUNDS; 13]);
        assert_eq!(all[13..], [0; 3]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no madvise")]
    fn pages_given_back_are_empty_but_there() {
        let mut buffer = buffer(1 << 16);
        buffer.as_mut_slice().fill(7);
        buffer.give_pages_back();
        buffer.copy_in(40_000, &[1]);
        let mut bytes = [9; 2];
        buffer.copy_out(40_000, &mut bytes);
        assert_eq!(bytes, [1, 0]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri ends when memory does")]
    fn refusals_say_how_much() {
        for bytes in [0, usize::MAX, 1 << 62] {
            let error = HostBuffer::options().prefault(false).map(bytes).unwrap_err();
            assert!(error.to_string().contains(&format!("{bytes} bytes")), "{error}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no madvise")]
    fn transparent_huge_pages_start_out_zero() {
        let options = HostBuffer::options().huge_pages(HugePages::Transparent);
        let mut buffer = options.map(3 << 20).unwrap();
        assert_eq!(buffer.len(), 3 << 20);
        assert!(buffer.as_mut_slice().iter().all(|byte| *byte == 0));
    }
}
