//! What the tests are told with: the command, its processes, its records, its network.

mod cells;
mod command;
mod links;
mod network;
mod nixl;
mod process;
mod running;
mod terminal;
mod wait;

pub use cells::{assert_sound, cell, failure, parse, payload_bytes, read};
pub use command::Kvbench;
pub use links::{BURST_BYTES, End, Links};
pub use nixl::{pinned_version, wheel};
pub use process::Process;
pub use running::{Finished, Running};
pub use terminal::{OnTerminal, Terminal};
pub use wait::eventually;
