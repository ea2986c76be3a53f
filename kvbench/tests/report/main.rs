//! Reports of real records: the schema.

mod samples;
mod schema;
