//! Metadata: what an agent tells its peers so that they can reach it and its registrations.

use std::ptr::null_mut;

use crate::agent::AgentShared;
use crate::error::{During, Error, Result, check};
use crate::lists::{RegList, take_blob};
use crate::registration::restrict;
use crate::{Agent, Backend, MemType, Registration, ThreadSync};

/// The blob that one agent makes ([`Agent::metadata`]) and another loads ([`Agent::load_remote`]).
///
/// # Trust
///
/// C takes a blob on trust. Of 2000 real ones with one random change each, loading crashed the
/// process for 24 with UCX, and with LIBFABRIC crashed it for 9 and hung for 16 more (NIXL 1.5.0;
/// for 1.3.2 it was 18, 1 and 0). The parts that matter are the backends' own, addresses and keys,
/// which only they can read.
///
/// So the form that travels carries a checksum, and [`Metadata::from_bytes`] refuses whatever was
/// cut, mixed up or changed on the way. The checksum is no secret: it keeps out accidents, and not a
/// peer that means harm, which is why that function is `unsafe`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata(pub(crate) Vec<u8>);

const MAGIC: &[u8; 8] = b"nixl-md1";
const HEADER: usize = MAGIC.len() + 8;

impl Metadata {
    /// The form that travels: magic, checksum, blob.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&MAGIC[..], &checksum(&self.0).to_le_bytes(), &self.0].concat()
    }

    /// Takes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// The bytes are not metadata, or were changed on the way.
    ///
    /// # Safety
    /// The bytes come from [`Self::to_bytes`], in a process that is trusted and over a channel that
    /// nobody else can write to. Accidents are found; bytes made up to pass are not.
    pub unsafe fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refuse = |reason: &str| Error::Invalid {
            what: "metadata",
            text: format!("of {} bytes", bytes.len()),
            reason: reason.to_owned(),
        };
        let (header, blob) =
            bytes.split_at_checked(HEADER).ok_or_else(|| refuse("it is too short"))?;
        let (magic, sum) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(refuse("it was not made by Metadata::to_bytes"));
        }
        if sum != checksum(blob).to_le_bytes() {
            return Err(refuse("its checksum does not match"));
        }
        Ok(Self(blob.to_vec()))
    }

    /// Takes a blob that another binding of NIXL made (`get_local_md` of C, Python or C++).
    ///
    /// # Safety
    /// NIXL made `blob`, and nothing changed it on the way.
    pub unsafe fn from_nixl_blob(blob: Vec<u8>) -> Self {
        Self(blob)
    }

    /// The blob as other bindings of NIXL take it.
    pub fn nixl_blob(&self) -> &[u8] {
        &self.0
    }
}

/// FNV-1a, 64 bits: it finds accidents, and is no protection against a peer that means harm.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl<S: ThreadSync> Agent<S> {
    /// Everything: how to connect to each backend, and all registrations.
    ///
    /// # Errors
    /// The agent has no backend, or C refused.
    pub fn metadata(&self) -> Result<Metadata> {
        let (mut data, mut len) = (null_mut(), 0);
        // SAFETY: the agent lives and the out pointers are valid.
        check(unsafe {
            let get = self.shared.functions().get_local_md;
            get(self.shared.handle.raw(), &mut data, &mut len)
        })
        .during("make metadata")?;
        // SAFETY: C allocated the blob for us.
        Ok(Metadata(unsafe { take_blob(data, len) }))
    }

    /// How to connect to `backends`, and no registration.
    ///
    /// # Errors
    /// A backend is another agent's, or C refused.
    pub fn connection_metadata(&self, backends: &[&Backend<S>]) -> Result<Metadata> {
        self.partial(&[], backends)
    }

    /// Some registrations only; the peer must know how to connect already.
    ///
    /// # Errors
    /// A handle is another agent's, or C refused.
    pub fn partial_metadata(
        &self,
        registrations: &[&Registration<S>],
        backends: &[&Backend<S>],
    ) -> Result<Metadata> {
        self.partial(registrations, backends)
    }

    fn partial(
        &self,
        registrations: &[&Registration<S>],
        backends: &[&Backend<S>],
    ) -> Result<Metadata> {
        let what = "make partial metadata";
        backends.iter().try_for_each(|backend| backend.must_be_of(&self.shared, what))?;
        let owned: Vec<_> = backends.iter().map(|backend| (*backend).clone()).collect();
        let list = descriptors(&self.shared, registrations, what)?;
        let args = restrict(&self.shared, &owned).during(what)?;
        let (mut data, mut len) = (null_mut(), 0);
        // SAFETY: the agent, the list and the arguments live; the out pointers are valid.
        check(unsafe {
            let get = self.shared.functions().get_local_partial_md;
            get(self.shared.handle.raw(), list.raw(), &mut data, &mut len, args.raw())
        })
        .during(what)?;
        // SAFETY: C allocated the blob for us.
        Ok(Metadata(unsafe { take_blob(data, len) }))
    }
}

fn descriptors<'a, S: ThreadSync>(
    agent: &'a std::sync::Arc<AgentShared<S>>,
    registrations: &[&Registration<S>],
    what: &'static str,
) -> Result<RegList<'a>> {
    let list = RegList::new(agent.functions(), MemType::Dram).during(what)?;
    for registration in registrations {
        let shared = registration.shared();
        if !std::sync::Arc::ptr_eq(&shared.agent, agent) {
            return Err(Error::ForeignHandle { operation: what });
        }
        list.add(shared.buffer.address(), shared.buffer.len(), 0, &[]).during(what)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_metadata_is_taken() {
        let metadata = Metadata(b"nixl serialises its own way".to_vec());
        let bytes = metadata.to_bytes();
        // SAFETY: here and below, nothing is loaded.
        let from_bytes = |bytes: &[u8]| unsafe { Metadata::from_bytes(bytes) };
        assert_eq!(from_bytes(&bytes).unwrap(), metadata);
        for cut in 0..bytes.len() {
            from_bytes(&bytes[..cut]).unwrap_err();
        }
        for changed in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[changed] ^= 1;
            from_bytes(&bytes).unwrap_err();
        }
    }
}
