//! The pinned NIXL: fetched once where the user's cache does not have it yet.

use std::path::PathBuf;
use std::sync::LazyLock;

use nixl_runtime::{Cache, Silent, pins};

/// Where the pinned NIXL is.
pub struct Runtime {
    /// The cache that holds it, and the libraries that its plugins need.
    pub cache: PathBuf,
    /// What `NIXL_PREFIX` takes.
    pub prefix: PathBuf,
    version: String,
}

/// The pinned NIXL.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let cache = Cache::from_env().expect("there is a place for the cache");
        let runtime = cache.ensure(&mut Silent).expect("the pinned NIXL can be had");
        Runtime {
            cache: cache.dir().to_owned(),
            prefix: runtime.nixl_prefix(),
            version: runtime.nixl_version().to_owned(),
        }
    });
    &RUNTIME
}

/// The version of the pinned NIXL.
pub fn pinned_version() -> &'static str {
    &runtime().version
}

/// A wheel file.
pub struct Wheel {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The wheel of the pinned NIXL, as it was fetched.
pub fn wheel() -> Wheel {
    let is_nixl =
        |pin: &&nixl_runtime::Pin| pin.label() == format!("nixl-cu12 {}", pinned_version());
    let pin = pins().iter().find(is_nixl).expect("the pinned NIXL is pinned");
    let file = runtime().cache.join("wheels").join(&pin.file);
    let bytes = std::fs::read(&file).expect("the cache keeps the wheels that it unpacked");
    Wheel { name: &pin.file, bytes }
}
