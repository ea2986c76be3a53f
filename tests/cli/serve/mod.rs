//! The endpoint as its clients meet it, in front of workers that move blocks over a real NIXL.

mod answers;
mod client;
mod faults;
mod lives;
mod load;
mod refusals;
mod server;
mod shaped;
mod view;

pub use answers::close;
