//! The `kvbench` command as its user meets it: what it says, writes, returns and leaves behind.

mod harness;

mod agent;
mod ceilings;
mod compare;
mod dashboard;
mod deaths;
mod deploy;
mod devices;
mod doctor;
mod emulated;
mod enumerate;
mod environment;
mod gate;
mod help;
mod import;
mod kvcache;
mod load;
mod migration;
mod paths;
mod plan;
mod pressure;
mod processes;
mod records;
mod report;
mod serve;
mod shaped;
mod tune;
mod usage;
