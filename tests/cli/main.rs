//! The `kvbench` command as its user meets it: what it says, writes, returns and leaves behind.

mod harness;

mod compare;
mod deaths;
mod environment;
mod help;
mod kvcache;
mod paths;
mod processes;
mod records;
mod usage;
