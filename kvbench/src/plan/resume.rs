//! Which cells of a plan have ended already.

use std::collections::BTreeSet;

use crate::record::{Body, Record};

/// The cells among `records` that were measured to the end; failed ones are to be run again.
pub fn ended(records: &[Record]) -> BTreeSet<String> {
    let measured = records.iter().filter(|record| matches!(record.body, Body::Cell(_)));
    measured.map(|record| record.cell.clone()).collect()
}
