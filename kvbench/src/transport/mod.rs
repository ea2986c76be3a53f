//! What the measuring loops know of a transport.

mod nixl;

pub(crate) use self::nixl::{NixlTransport, load};

/// One worker's end of a transport whose transfers are made: post, poll, receive.
///
/// A *lane* carries one request at a time. Requests that are under way at once are in lanes of their
/// own, with transfers of their own.
///
/// An implementation takes no lock, allocates nothing and logs nothing in these calls, unless it
/// fails.
pub(crate) trait Transport {
    /// Posts every transfer of a request of `lane`. All of its previous request are complete.
    fn post(&mut self, lane: usize) -> Result<(), String>;

    /// Drives the transport by one round; whether every transfer posted in `lane` is complete.
    fn poll(&mut self, lane: usize) -> Result<bool, String>;

    /// Drives the transport by one round, and tells the lane of each notification that came in; how
    /// many these were.
    fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> Result<u64, String>;
}
