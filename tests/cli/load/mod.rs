//! `kvbench load`: arrivals, latency and goodput over a real NIXL.

mod bench;
mod goals;
mod lives;
mod refusals;
mod schedules;
mod stalls;
mod traces;
