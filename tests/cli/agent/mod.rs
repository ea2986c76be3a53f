//! `kvbench agent` and `kvbench --peer`: one command measures between two hosts, and neither a stranger
//! nor a death leaves anything behind.

mod faults;
mod hosts;
mod refusals;
mod started;
mod strangers;
