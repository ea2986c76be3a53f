//! Raw bindings to NIXL's C ABI, loaded at run time.
//!
//! Nothing is linked: a program that uses this crate builds and starts on a machine that has no
//! NIXL, and asks for one when it needs it.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use nixl_sys::{Dependencies, Installation, Library};
//!
//! let nixl = Installation::search(None)?;
//! let dependencies = Dependencies::resolve(&nixl, &[], None);
//! let library = Library::open(&nixl, &dependencies)?;
//! let create_agent = library.functions().create_agent;
//! # let _ = create_agent;
//! # Ok(())
//! # }
//! ```
//!
//! The steps are apart because each can fail for a reason of its own: [`Installation`] finds a
//! NIXL, [`Dependencies`] finds the libraries that its plugins need and the system may lack, and
//! [`Library`] loads all of them by absolute path and resolves the function table. When a plugin
//! does not come up, [`Library::diagnose`] reads its ELF file and names what is missing; NIXL
//! itself only answers -2.
//!
//! Libraries are never unloaded: NIXL's plugins keep threads and exit handlers.
//!
//! # Features
//!
//! - `libfabric`: the same for libfabric, in the module `libfabric`.
//! - `ucx`: the same for the UCX beneath NIXL's plugin, in the module `ucx`.

#[allow(
    missing_docs,
    non_camel_case_types,
    clippy::missing_transmute_annotations,
    clippy::missing_safety_doc,
    clippy::undocumented_unsafe_blocks,
    unsafe_op_in_unsafe_fn
)]
#[rustfmt::skip]
mod bindings;
mod dependencies;
mod dl;
mod elf;
mod installation;
#[cfg(feature = "libfabric")]
pub mod libfabric;
mod library;
#[cfg(feature = "ucx")]
pub mod ucx;
mod versions;

pub use bindings::*;
pub use dependencies::{Dependencies, Dependency, Origin};
pub use elf::Elf;
pub use installation::{Installation, NotFound, PREFIX_VARIABLE, Source};
pub use library::{Library, OpenError, PluginFault};
