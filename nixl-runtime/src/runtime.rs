//! A complete runtime in the cache, and where things are in it.

use std::path::{Path, PathBuf};

use crate::PinList;
use crate::assemble::STUB_PATH;
use crate::pins::set_digest;

/// A NIXL with all that its UCX and LIBFABRIC backends load, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    root: PathBuf,
    pins: PinList,
}

impl Runtime {
    pub(crate) fn new(root: &Path, pins: &PinList) -> Self {
        Self { root: root.to_owned(), pins: pins.clone() }
    }

    /// The folder that holds all of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Version of NIXL; the library itself cannot tell.
    pub fn nixl_version(&self) -> &str {
        &self.pins.nixl().version
    }

    /// What an installed NIXL calls its prefix: the folder that `NIXL_PREFIX` would name.
    pub fn nixl_prefix(&self) -> PathBuf {
        self.root.join(&self.pins.nixl().name)
    }

    /// The folders with what NIXL's plugins need beside NIXL: libfabric, hwloc and the CUDA
    /// runtime.
    pub fn dependency_dirs(&self) -> Vec<PathBuf> {
        let nixl = self.nixl_prefix();
        let libraries = self.libraries().filter(|path| !path.starts_with(&nixl));
        let mut dirs: Vec<_> =
            libraries.filter_map(|path| Some(path.parent()?.to_owned())).collect();
        dirs.dedup();
        dirs
    }

    /// A library that the runtime was put together for, by its file name: `libnixl_capi.so`,
    /// `libfabric.so.1`, `libhwloc.so.15` or `libcudart.so.12`.
    pub fn library(&self, file_name: &str) -> Option<PathBuf> {
        self.libraries().find(|path| path.ends_with(file_name))
    }

    /// A `libcuda.so.1` that finds no GPU, to be used only where the driver's own is missing.
    pub fn cuda_stub(&self) -> PathBuf {
        self.root.join(STUB_PATH)
    }

    /// Identifies what is in here; the same as [`pinned_set_digest`](crate::pinned_set_digest) for
    /// the built-in pins.
    pub fn digest(&self) -> String {
        set_digest(&self.pins.default_set())
    }

    fn libraries(&self) -> impl Iterator<Item = PathBuf> {
        let set = self.pins.default_set().into_iter();
        set.flat_map(|pin| pin.provides.iter().map(|path| self.root.join(&pin.name).join(path)))
    }
}
