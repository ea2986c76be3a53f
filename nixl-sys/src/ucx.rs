//! Raw bindings to the UCX that NIXL's UCX plugin uses, loaded at run time.
//!
//! The functions keep their full names, since they come from three libraries: `ucp_*` moves memory,
//! `uct_*` lists devices, `ucs_*` explains statuses.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use nixl_sys::{Dependencies, Installation, ucx::Library};
//!
//! let nixl = Installation::search(None)?;
//! let library = Library::open(&nixl, &Dependencies::resolve(&nixl, &[], None))?;
//! println!("UCX {}", library.version());
//! let put = library.functions().ucp_put_nbx;
//! # let _ = put;
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
pub use library::{Library, OpenError};
