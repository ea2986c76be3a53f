//! The serving emulator: an OpenAI-compatible endpoint in front of prefill and decode workers, whose
//! KV blocks move for real and whose compute is a model.
//!
//! A request goes from the endpoint (`http`) to the router's thread, which knows all blocks of
//! all workers (`scheduler`): it waits until a decode worker has blocks for prompt and answer and a
//! prefill worker has blocks for the prompt. The prefill worker computes it as long as [`Compute`]
//! says, then its blocks move over NIXL, and when the decode worker has them it joins the batch there.
//! Blocks that an earlier prompt left at the decode worker do not move again.
//!
//! Workers are processes, started and replaced by `deployment`. In a worker, one thread drives
//! transfers, receives notifications and keeps the time of its work (`worker`).

mod compute;
mod counted;
mod deployment;
mod desk;
mod job;
mod link;
mod log;
mod message;
mod metrics;
mod overview;
mod pairs;
mod pool;
mod prompt;
mod record;
mod router;
mod routing;
mod scheduler;
mod shape;
mod submission;
mod summary;
mod tokens;
mod worker;

pub mod http;

pub use compute::{Compute, PRESETS};
pub use desk::{Desk, Ticket};
pub use job::ServeJob;
pub use log::Log;
pub use metrics::{Gauges, Metrics};
pub use overview::{Overview, Phases, Stages, Watcher, WorkerOverview};
pub use prompt::Prompt;
pub use record::{Entry, LOG_SCHEMA, LogLine, RequestEntry, ServeEntry, Status, TransferEntry};
pub use router::Router;
pub use shape::PoolShape;
pub use submission::{Answer, Refusal, Submission, ear};
pub use summary::Summary;
pub use tokens::Tokens;
pub use worker::main;

/// The argument by which the `kvbench` binary becomes a worker of a deployment.
pub const SUBCOMMAND: &str = "serve-worker";
