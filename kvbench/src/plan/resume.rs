//! Which cells of a plan have ended already.

use std::collections::BTreeSet;

use crate::record::{Body, Record};

/// The cells among `records` that were measured to the end; failed ones, and points of a load with requests that
/// failed, are to be run again.
pub fn ended(records: &[Record]) -> BTreeSet<String> {
    let is_whole = |record: &&Record| match &record.body {
        Body::Cell(_) => true,
        Body::Failure(_) => false,
        Body::Enumeration(point) => point.failure.is_none(),
        Body::Load(load) => load.is_whole(),
    };
    records.iter().filter(is_whole).map(|record| record.cell.clone()).collect()
}
