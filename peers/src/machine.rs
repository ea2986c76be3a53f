//! The NIXL, and memory.

use nixl::{Dependencies, HostBuffer, HugePages, Installation, Nixl, Source};
use nixl_runtime::{Cache, Silent};

use crate::binding::{BUFFER_BYTES, Result};

/// The NIXL that `NIXL_PREFIX` names, else the pinned one.
pub fn open() -> Result<Nixl> {
    if std::env::var_os(nixl::PREFIX_VARIABLE).is_some() {
        let installation = Installation::search(None)?;
        let dependencies = Dependencies::resolve(&installation, &[], None);
        return Ok(Nixl::open(&installation, &dependencies)?);
    }
    let runtime = Cache::from_env()?.ensure(&mut Silent)?;
    let installation = Installation::at(&runtime.nixl_prefix(), Source::Explicit)?;
    let (folders, stub) = (runtime.dependency_dirs(), runtime.cuda_stub());
    let dependencies = Dependencies::resolve(&installation, &folders, Some(&stub));
    Ok(Nixl::open(&installation, &dependencies)?)
}

/// What each agent registers.
pub fn buffer() -> nixl::Result<HostBuffer> {
    HostBuffer::options().huge_pages(HugePages::Transparent).map(BUFFER_BYTES)
}
