//! A way to call NIXL, and what is asked of it.

use std::fmt;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The backend of all bindings.
pub const BACKEND: &str = "UCX";

/// A parameter of it and its value. With it UCX uses shared memory for all that it sends, and a WRITE needs
/// nobody who polls at the target; else it waits for an answer over TCP, whose time would hide what is
/// measured.
pub const PARAMETER: (&str, &str) = ("ucx_error_handling_mode", "none");

/// Bytes of the block that is posted.
pub const POSTED_BYTES: usize = 4096;

/// Bytes of the blocks of lists, which are not moved.
pub const LISTED_BYTES: usize = 256;

/// The most blocks of a list.
pub const MOST_BLOCKS: usize = 100_000;

/// Bytes that each agent registers: every block of a list has a gap behind it.
pub const BUFFER_BYTES: usize = 2 * LISTED_BYTES * MOST_BLOCKS;

/// What is timed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// A request of 1 × 4 KiB is posted and polled to its end, so many times.
    PostAndPoll(usize),
    /// Two lists of so many blocks are filled, and a request is made of them. Its release is not timed.
    Create(usize),
    /// A local list of so many blocks is filled and prepared. Its release is not timed.
    Prepare(usize),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PostAndPoll(_) => write!(f, "post + poll, 1 × 4 KiB"),
            Self::Create(count) => write!(f, "add + create, {count}"),
            Self::Prepare(count) => write!(f, "add + prepare, {count}"),
        }
    }
}

/// A way to call NIXL, with two connected agents of its own in its process.
///
/// All of them lock in C (`NIXL_THREAD_SYNC_STRICT`), have no progress thread, and memory on huge pages.
pub trait Binding {
    /// What it is called in the table.
    fn name(&self) -> &'static str;

    /// Nanoseconds that the operation took.
    fn time(&mut self, operation: Operation) -> Result<u64>;
}

/// The offsets of `count` blocks of a list.
pub fn offsets(count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(|index| 2 * index * LISTED_BYTES)
}
