//! The columns of a point of a sweep: medians over its processes, of the time to create the backend the
//! ends too.

use super::{Column, some};
use crate::price::{Price, Spread};
use crate::record::Enumeration;

pub(super) const POINT: &[Column<Enumeration>] = &[
    ("nics", |point| point.nics.to_string()),
    ("nics_there", |point| point.nics_there.to_string()),
    ("point_rails_created", |point| some(point.rails_created)),
    ("memory_bytes", |point| point.memory_bytes.to_string()),
    ("processes", |point| point.processes.len().to_string()),
    ("backend_ns", |point| spread(point, |price| Some(price.backend_ns), |one| one.median)),
    ("backend_low_ns", |point| spread(point, |price| Some(price.backend_ns), |one| one.low)),
    ("backend_high_ns", |point| spread(point, |price| Some(price.backend_ns), |one| one.high)),
    ("register_ns", |point| median(point, |price| Some(price.register_ns))),
    ("rss_bytes", |point| median(point, |price| Some(price.used.rss_bytes))),
    ("added_rss_bytes", |point| median(point, |price| Some(price.added.rss_bytes))),
    ("locked_bytes", |point| median(point, |price| Some(price.used.locked_bytes))),
    ("added_locked_bytes", |point| median(point, |price| Some(price.added.locked_bytes))),
    ("fds", |point| median(point, |price| Some(price.used.fds))),
    ("added_fds", |point| median(point, |price| Some(price.added.fds))),
    ("threads", |point| median(point, |price| Some(price.used.threads))),
    ("added_threads", |point| median(point, |price| Some(price.added.threads))),
    ("registered_bytes", |point| median(point, |price| price.registered_bytes)),
    ("workers", |point| point.workers.to_string()),
    ("node_bytes", |point| {
        point.price.map(|price| price.node_bytes.to_string()).unwrap_or_default()
    }),
    ("point_emulated", |point| point.emulated.to_string()),
    ("point_error", |point| {
        point.failure.as_ref().map(|failure| failure.error.clone()).unwrap_or_default()
    }),
];

fn median(point: &Enumeration, of: fn(&Price) -> Option<Spread>) -> String {
    spread(point, of, |one| one.median)
}

fn spread(
    point: &Enumeration,
    of: fn(&Price) -> Option<Spread>,
    which: fn(Spread) -> u64,
) -> String {
    let spread = point.price.as_ref().and_then(of);
    spread.map(|spread| which(spread).to_string()).unwrap_or_default()
}
