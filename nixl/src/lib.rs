//! A sound, safe wrapper of NIXL, NVIDIA's transfer library for inference: registered memory,
//! one-sided READ and WRITE between agents, notifications.
//!
//! # A transfer in five steps
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (their_metadata, their_region): (nixl::Metadata, nixl::Region) = unimplemented!();
//! use nixl::{Agent, Block, HostBuffer, Nixl, Op, Params, Progress};
//!
//! // 1. Load a NIXL, create an agent and one of its backends.
//! let installation = nixl::Installation::search(None)?;
//! let dependencies = nixl::Dependencies::resolve(&installation, &[], None);
//! let nixl = Nixl::open(&installation, &dependencies)?;
//! let agent: Agent = Agent::builder("prefill-0").build(&nixl)?;
//! let ucx = agent.create_backend("UCX", &Params::new())?;
//!
//! // 2. Register memory; the registration owns it.
//! let kv = agent.register(HostBuffer::new(1 << 20)?, &[&ucx])?;
//!
//! // 3. Exchange metadata and regions with the peer, by any means.
//! let peer = agent.load_remote(&their_metadata)?;
//!
//! // 4. Name the blocks on both sides, once.
//! let blocks = (0..32).map(|i| Block { offset: i * 32_768, len: 32_768 });
//! let local = kv.prepare(blocks.clone(), &ucx)?;
//! let remote = peer.prepare(&their_region, blocks, &ucx)?;
//! let all: Vec<u32> = (0..32).collect();
//! let mut transfer =
//!     local.transfer(Op::Write, &all, &remote, &all).notify(b"kv ready").build()?;
//!
//! // 5. Post, as often as needed, and poll.
//! let mut progress = transfer.post()?;
//! while progress == Progress::Active {
//!     progress = transfer.poll()?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Who keeps what alive
//!
//! Every handle holds what it stands on: a [`Transfer`] its lists, a list its [`Registration`] or
//! [`Remote`], these their [`Agent`], and the agent the loaded library. So the order in which a
//! program drops them does not matter, and none can be used after the thing beneath it is gone.
//!
//! Memory goes *into* a registration and does not come back. While it is registered a peer may write
//! it at any time, so there is no `&[u8]` of it, only copies ([`Registration::read`],
//! [`Registration::write`]). When a registration is dropped it is deregistered and its pages are
//! given back to the system, but its addresses stay reserved for the life of the process: a transfer
//! that a peer still has in flight, or posts later, then hits an empty page and not somebody else's
//! memory. Register a few large buffers, as KV caches are, and not many short-lived ones.
//!
//! A transfer that is dropped while it is active, or after it failed, is leaked, with everything it
//! holds: NIXL cannot cancel one so that nothing of it moves any more. A program that polls its
//! transfers to their end leaks nothing.
//!
//! # Threads
//!
//! How an agent may be used from threads is its type parameter: [`Strict`] (the default) and
//! [`ReadWrite`] agents take a lock inside C and are `Send + Sync`; an [`Unsynchronized`] agent takes
//! none and is neither, nor is anything made from it.
//!
//! # What blocks
//!
//! [`Transfer::post`], [`Agent::load_remote`], [`Agent::notify`], and dropping an agent or a
//! registration call into C code that has no time limit: with a dead or stopped peer some backends
//! never return (LIBFABRIC). A program that must not hang does these in a process under a watchdog.
//!
//! # What the hot path costs
//!
//! [`Transfer::post`], [`Transfer::poll`] and [`Inbox::poll`] take no lock, allocate nothing and
//! format nothing of their own unless they fail. A post counts itself as a user of its peer: two
//! atomic additions.

mod agent;
mod backend;
mod blocks;
mod error;
mod handle;
mod inbox;
mod lists;
mod mem_view;
mod memory;
mod metadata;
mod registration;
mod remote;
mod telemetry;
mod transfer;

pub use agent::{Agent, Builder, Nixl, ReadWrite, Strict, ThreadSync, Unsynchronized};
pub use backend::{Backend, MemType, Params};
pub use blocks::{Block, LocalList, Region, RemoteList};
pub use error::{Error, RegisterError, Result, Status};
pub use inbox::{Inbox, Notification};
pub use mem_view::MemView;
pub use memory::{HostBuffer, HostBufferOptions, HugePages};
pub use metadata::Metadata;
pub use nixl_sys::{Dependencies, Dependency, Installation, NotFound, OpenError, PluginFault};
pub use nixl_sys::{Origin, PREFIX_VARIABLE, Source};
pub use registration::Registration;
pub use remote::Remote;
pub use telemetry::Telemetry;
pub use transfer::{Op, Progress, Transfer, TransferBuilder};
