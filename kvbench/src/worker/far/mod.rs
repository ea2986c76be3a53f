//! Workers on another host: an agent there starts them, and passes on what the coordinator and they say
//! to each other. This is the near end of it, and what both ends agree on.

mod allow;
mod host;
mod link;
mod message;

pub(crate) use allow::{allowed_env, check_env, check_params, is_word};
pub use host::{About, FarHost};
pub(super) use link::FarLink;
pub(crate) use message::{FromAgent, Opening, Order, ToAgent};
