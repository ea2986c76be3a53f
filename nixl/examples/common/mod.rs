//! What the examples share: a NIXL, and a wire to exchange metadata over.

use std::error::Error;
use std::io::{Read, Write};

use nixl::{Dependencies, Installation, Nixl, Source};
use nixl_runtime::{Cache, Silent};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Loads the NIXL that is installed, or else the pinned one, which is fetched the first time.
pub fn load() -> Result<Nixl> {
    if let Ok(installed) = Installation::search(None) {
        let dependencies = Dependencies::resolve(&installed, &[], None);
        return Ok(Nixl::open(&installed, &dependencies)?);
    }
    let runtime = Cache::from_env()?.ensure(&mut Silent)?;
    let fetched = Installation::at(&runtime.nixl_prefix(), Source::Explicit)?;
    let (folders, stub) = (runtime.dependency_dirs(), runtime.cuda_stub());
    let dependencies = Dependencies::resolve(&fetched, &folders, Some(&stub));
    Ok(Nixl::open(&fetched, &dependencies)?)
}

/// Sends a message: its length, then its bytes.
#[allow(dead_code, reason = "one example has one process only")]
pub fn send(mut wire: impl Write, message: &[u8]) -> Result<()> {
    wire.write_all(&u64::try_from(message.len())?.to_le_bytes())?;
    wire.write_all(message)?;
    Ok(wire.flush()?)
}

/// Receives a message; fails when the other side is gone.
#[allow(dead_code, reason = "one example has one process only")]
pub fn receive(mut wire: impl Read) -> Result<Vec<u8>> {
    let mut len = [0; 8];
    wire.read_exact(&mut len)?;
    let mut message = vec![0; usize::try_from(u64::from_le_bytes(len))?];
    wire.read_exact(&mut message)?;
    Ok(message)
}
