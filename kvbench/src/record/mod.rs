//! The result record: one JSON line per ended cell, schema 1, flushed to disk when the cell ends.

mod cell;
mod checksum;
mod enumeration;
mod environment;
mod lines;
mod load;
mod reader;
mod writer;

pub use cell::{
    Bandwidth, Body, CeilingRecord, Cell, Comparison, Context, Failure, Latency, Record, Resources,
    SCHEMA, SliceRecord, Tp, WarmUpRecord, WorkloadRecord,
};
pub use enumeration::{Enumeration, PointFailure, SweepContext};
pub use environment::{Build, Environment, FarSide};
pub(crate) use lines::Lines;
pub use load::{LoadCell, LoadContext};
pub use reader::{BadLine, BadReason, Reader};
pub use writer::Writer;
#[cfg(any(test, fuzzing))]
pub(crate) use writer::sealed;
