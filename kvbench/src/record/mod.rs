//! The result record: one JSON line per ended cell, schema 1, flushed to disk when the cell ends.

mod cell;
mod enumeration;
mod environment;
mod reader;
mod writer;

pub use cell::{
    Bandwidth, Body, CeilingRecord, Cell, Comparison, Context, Failure, Latency, Record, Resources,
    SCHEMA, SliceRecord, Tp, WarmUpRecord, WorkloadRecord,
};
pub use enumeration::{Enumeration, PointFailure, SweepContext};
pub use environment::{Build, Environment, FarSide};
pub use reader::{BadLine, BadReason, Reader};
pub use writer::Writer;
pub(crate) use writer::append_lines;
