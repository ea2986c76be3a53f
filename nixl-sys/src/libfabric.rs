//! Raw bindings to libfabric's C ABI, loaded at run time.
//!
//! The types serve both sides: a program that uses libfabric, and a provider that libfabric loads.
//! Most of the API is not in the library's symbols but in tables of operations behind the objects,
//! `(*(*endpoint).rma).writemsg`; a table reaches as far as its `size` says.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use nixl_sys::libfabric::Library;
//!
//! let library = Library::open("libfabric.so.1".as_ref())?;
//! println!("libfabric {}", library.version());
//! let getinfo = library.functions().getinfo;
//! # let _ = getinfo;
//! # Ok(())
//! # }
//! ```

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
mod library;

pub use bindings::*;
pub use library::{Library, OpenError, Version};
