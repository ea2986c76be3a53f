//! The harness behind the `kvbench` command: what KV-cache transfers over NIXL cost, by backend, rails
//! and enumeration, with proof of the path that carried the bytes.
//!
//! The direction of dependency is one: [`workload`] and [`variant`] say what is moved and how,
//! [`worker`] runs processes that do it, [`measure`] takes turns between variants, [`price`] does for
//! enumeration, [`load`] loads what [`serving`] serves, [`stats`] judges, [`tune`] searches, [`record`] keeps, [`report`] shows. `docs/design.md` has the whole picture.

pub mod agent;
pub mod compare;
pub mod devices;
pub mod doctor;
pub mod emulate;
pub mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod import;
pub mod load;
pub mod measure;
pub mod netns;
pub mod plan;
pub mod price;
pub mod record;
pub mod report;
pub mod runtime;
pub mod serving;
pub mod spec;
pub mod stats;
pub mod tune;
pub mod variant;
pub mod worker;
pub mod workload;

mod bound;
mod transport;
pub mod wire;

pub use error::{Error, Result};
