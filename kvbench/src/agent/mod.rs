//! `kvbench agent`: starts targets on this host for a kvbench on another one.
//!
//! Each connection is a session of its own: a handshake, then one thing that the near end wants, to know
//! this host or to have a worker. A worker's session passes typed requests and replies on, each looked
//! at by the guard, and the worker ends with its session, however that ends: asked for, lost, too long,
//! or with the agent itself. Sessions share nothing but the count of what they take.
//!
//! What the near end can bring about is what a target does, no more: the agent chooses the binary, the
//! NIXL and its files; it lets settings through that are on a list (`worker/far/allow.rs`), and only as
//! much memory, as many workers and as much time as its user allowed.

mod guard;
mod limits;
mod server;
mod session;

use std::path::PathBuf;

pub use limits::Limits;
pub use server::Server;

use crate::runtime::Nixl;
use crate::wire::{Identity, Token};

/// What an agent is started with.
#[derive(Debug)]
pub struct AgentJob {
    /// Where to listen: `HOST:PORT`.
    pub listen: String,
    /// What the near end must have.
    pub token: Token,
    /// Its certificate, where it speaks TLS.
    pub identity: Option<Identity>,
    /// What sessions may take together.
    pub limits: Limits,
    /// The `kvbench` binary, of which workers are made.
    pub binary: PathBuf,
    /// The NIXL that workers load.
    pub nixl: Nixl,
}
