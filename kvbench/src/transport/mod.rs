//! What the measuring loops know of a transport.

mod nixl;

pub(crate) use self::nixl::{NixlTransport, load};

/// One worker's end of a transport whose transfers are made: post, poll, receive.
///
/// An implementation takes no lock, allocates nothing and logs nothing in these calls, unless it
/// fails.
pub(crate) trait Transport {
    /// Posts every transfer of one request. All of the previous request's are complete.
    fn post(&mut self) -> Result<(), String>;

    /// Drives the transport by one round; whether every transfer posted is complete.
    fn poll(&mut self) -> Result<bool, String>;

    /// Drives the transport by one round; how many notifications came in.
    fn receive(&mut self) -> Result<u64, String>;
}
