//! Blocks of registered memory, prepared once and used by index.

use std::ffi::CStr;
use std::ptr::null_mut;
use std::sync::Arc;

use nixl_sys::nixl_capi_xfer_dlist_handle_s;

use crate::agent::AgentShared;
use crate::error::{During, Error, Result, check};
use crate::handle::Handle;
use crate::lists::XferList;
use crate::registration::RegistrationShared;
use crate::remote::RemoteShared;
use crate::{Backend, MemType, Strict, ThreadSync};

/// A piece of a registration or of a peer's region.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Block {
    /// Its first byte, counted from the start of the registration or region.
    pub offset: usize,
    /// Its bytes.
    pub len: usize,
}

/// Where a registration lies in the address space of its process, for its peers.
///
/// It goes to the peer beside the metadata. It opens nothing by itself: NIXL checks every remote
/// block against the metadata that the peer loaded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Region {
    /// Address of the first byte.
    pub address: u64,
    /// Bytes.
    pub len: u64,
    /// Device: 0 for host memory, the GPU's number for VRAM.
    pub device: u64,
}

impl Region {
    /// Address, bytes and device; fails when the region ends behind the last address, since C would
    /// take the wrapped end for a low one.
    pub(crate) fn memory(&self) -> Result<(usize, usize, u64)> {
        let (address, len) = (usize::try_from(self.address), usize::try_from(self.len));
        match (address, len) {
            (Ok(address), Ok(len)) if address.checked_add(len).is_some() => {
                Ok((address, len, self.device))
            }
            _ => Err(Error::Invalid {
                what: "region",
                text: format!("{self:?}"),
                reason: "it ends behind the last address".into(),
            }),
        }
    }
}

impl Block {
    /// Whether it has a byte, and all of it lies in `bytes` bytes.
    pub(crate) fn is_inside(self, bytes: usize) -> bool {
        self.len > 0 && self.offset.checked_add(self.len).is_some_and(|end| end <= bytes)
    }
}

/// Fails when a block lies outside of `bytes` bytes.
pub(crate) fn check_block(block: Block, bytes: usize) -> Result<()> {
    match block.is_inside(bytes) {
        true => Ok(()),
        false => Err(outside(block, bytes)),
    }
}

/// The error of a block that is not.
#[cold]
pub(crate) fn outside(Block { offset, len }: Block, region_bytes: usize) -> Error {
    Error::OutOfBounds { offset, len, region_bytes }
}

/// The bytes of each block of a list. Most lists have blocks of one size, and need no memory for it.
pub(crate) enum Lens {
    /// So many blocks of this size.
    Same { len: usize, count: usize },
    /// One by one.
    Each(Vec<usize>),
}

impl Lens {
    fn push(&mut self, block: usize) {
        match self {
            Self::Same { count: 0, .. } => *self = Self::Same { len: block, count: 1 },
            Self::Same { len, count } if *len == block => *count += 1,
            Self::Same { len, count } => {
                let mut lens = vec![*len; *count];
                lens.push(block);
                *self = Self::Each(lens);
            }
            Self::Each(lens) => lens.push(block),
        }
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Same { count, .. } => *count,
            Self::Each(lens) => lens.len(),
        }
    }

    fn get(&self, index: usize) -> Option<usize> {
        match self {
            Self::Same { len, count } => (index < *count).then_some(*len),
            Self::Each(lens) => lens.get(index).copied(),
        }
    }
}

/// The prepared list in C, and the bytes of each of its blocks.
pub(crate) struct Prepared<S: ThreadSync> {
    pub(crate) agent: Arc<AgentShared<S>>,
    pub(crate) handle: Handle<nixl_capi_xfer_dlist_handle_s, S>,
    pub(crate) lens: Lens,
}

impl<S: ThreadSync> Prepared<S> {
    /// Checks and prepares `blocks` behind `base`, all inside of `bytes` bytes.
    pub(crate) fn new(
        backend: &Backend<S>,
        remote: Option<&CStr>,
        (base, bytes, device): (usize, usize, u64),
        blocks: impl IntoIterator<Item = Block>,
    ) -> Result<Self> {
        let what = "prepare a list of blocks";
        let agent = &backend.shared.agent;
        let mut lens = Lens::Same { len: 0, count: 0 };
        let blocks = blocks.into_iter();
        let list = XferList::with_capacity(agent.functions(), MemType::Dram, blocks.size_hint().0);
        let list = list.during_on(what, backend.name())?;
        for block in blocks {
            if !block.is_inside(bytes) {
                return Err(outside(block, bytes));
            }
            lens.push(block.len);
            if let Err(status) = list.add(base, block, device) {
                return Err(status).during_on(what, backend.name());
            }
        }
        let args = backend.only_this().during(what)?;
        let mut raw = null_mut();
        // For C, an empty name means this agent's own memory.
        let remote = remote.unwrap_or(c"").as_ptr();
        // SAFETY: the agent, the list and the arguments live; the name is a C string. C copies the
        // list, and resolves each block to a registration or refuses.
        check(unsafe {
            let prepare = agent.functions().prep_xfer_dlist;
            prepare(agent.handle.raw(), remote, list.raw(), &mut raw, args.raw())
        })
        .during_on(what, backend.name())?;
        let handle = Handle::new(raw).during_on(what, backend.name())?;
        Ok(Self { agent: Arc::clone(agent), handle, lens })
    }

    /// The bytes that `indices` name, or the first index that does not exist.
    ///
    /// An index that exists also fits C's `int`.
    pub(crate) fn bytes(&self, indices: &[u32]) -> Result<usize> {
        indices.iter().try_fold(0_usize, |bytes, index| {
            let len = i32::try_from(*index).ok().and_then(|index| self.lens.get(index as usize));
            let missing = Error::NoSuchBlock { index: *index, blocks: self.lens.count() };
            len.map(|len| bytes.saturating_add(len)).ok_or(missing)
        })
    }
}

impl<S: ThreadSync> Drop for Prepared<S> {
    fn drop(&mut self) {
        let release = self.agent.functions().release_xfer_dlist_handle;
        // SAFETY: the agent lives, and the list is released once, after the transfers that were
        // made from it were dropped or have copied it.
        unsafe { release(self.agent.handle.raw(), self.handle.raw()) };
    }
}

/// Blocks of this agent's own memory. Cheap to clone.
pub struct LocalList<S: ThreadSync = Strict> {
    pub(crate) prepared: Arc<Prepared<S>>,
    pub(crate) registration: Arc<RegistrationShared<S>>,
    pub(crate) backend: Backend<S>,
}

/// Blocks of a peer's memory. Cheap to clone.
pub struct RemoteList<S: ThreadSync = Strict> {
    pub(crate) prepared: Arc<Prepared<S>>,
    pub(crate) remote: Arc<RemoteShared<S>>,
}

impl<S: ThreadSync> Clone for LocalList<S> {
    fn clone(&self) -> Self {
        Self {
            prepared: Arc::clone(&self.prepared),
            registration: Arc::clone(&self.registration),
            backend: self.backend.clone(),
        }
    }
}

impl<S: ThreadSync> Clone for RemoteList<S> {
    fn clone(&self) -> Self {
        Self { prepared: Arc::clone(&self.prepared), remote: Arc::clone(&self.remote) }
    }
}

impl<S: ThreadSync> LocalList<S> {
    /// Blocks in the list.
    pub fn len(&self) -> usize {
        self.prepared.lens.count()
    }

    /// Whether it has no block.
    pub fn is_empty(&self) -> bool {
        self.prepared.lens.count() == 0
    }
}

impl<S: ThreadSync> RemoteList<S> {
    /// Blocks in the list.
    pub fn len(&self) -> usize {
        self.prepared.lens.count()
    }

    /// Whether it has no block.
    pub fn is_empty(&self) -> bool {
        self.prepared.lens.count() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_kept_whether_they_differ_or_not() {
        for given in [&[][..], &[7], &[7, 7, 7], &[7, 7, 8, 7], &[1, 2, 3]] {
            let mut lens = Lens::Same { len: 0, count: 0 };
            given.iter().for_each(|len| lens.push(*len));
            assert_eq!(lens.count(), given.len());
            let kept: Vec<_> = (0..given.len()).filter_map(|index| lens.get(index)).collect();
            assert_eq!(kept, given);
            assert_eq!(lens.get(given.len()), None);
        }
    }
}
