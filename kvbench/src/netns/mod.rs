//! Network namespaces in which the workers of a side run: links between them can be shaped, and
//! belong to nobody else.
//!
//! `/sys` shows the network devices of the namespace in which it was mounted, and UCX finds its
//! devices there. So whoever enters a namespace gets a `/sys` of its own, as with `ip netns exec`.

mod names;
mod open;

pub use names::{Namespaces, NetNamespace};
pub use open::OpenNamespace;
pub(crate) use open::enter;
