//! Reports of real records: against golden files, as documents, with hostile text, and the schema.

mod ceilings;
mod enumeration;
mod findings;
mod golden;
mod hostile;
mod load;
mod page;
mod samples;
mod schema;
