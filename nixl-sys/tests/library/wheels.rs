//! The pinned NIXL wheels, and what their plugins need.

use std::path::PathBuf;

use nixl_runtime::{Cache, Runtime, Silent};
use nixl_sys::{Dependencies, Installation, Source};

/// Every version that the bindings are held against.
pub const VERSIONS: [&str; 4] = ["1.0.1", "1.3.2", "1.5.0", "1.5.1"];

/// The version that everything is tested with.
pub const DEFAULT: &str = "1.5.0";

/// libfabric, hwloc, the CUDA runtime and a stub of the CUDA driver.
pub fn runtime() -> Runtime {
    let cache = Cache::from_env().expect("there is a cache");
    cache.ensure(&mut Silent).expect("the pinned runtime can be fetched")
}

/// A NIXL of this version.
pub fn installation(version: &str) -> Installation {
    let prefix = if version == DEFAULT { runtime().nixl_prefix() } else { wheel(version) };
    let found = Installation::at(&prefix, Source::Explicit).expect("a wheel has the library");
    assert_eq!(found.version.as_deref(), Some(version));
    found
}

fn wheel(version: &str) -> PathBuf {
    let pin = nixl_runtime::pin("nixl-cu12", version).expect("the version is pinned");
    let cache = Cache::from_env().expect("there is a cache");
    cache.wheel(pin, &mut Silent).expect("a pinned wheel can be fetched")
}

/// What the plugins of `nixl` need, from the pinned runtime where the system lacks it.
pub fn dependencies(nixl: &Installation) -> Dependencies {
    let runtime = runtime();
    Dependencies::resolve(nixl, &runtime.dependency_dirs(), Some(&runtime.cuda_stub()))
}
