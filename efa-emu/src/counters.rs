//! What each NIC carried, in a file that another process may read at any time.
//!
//! The provider maps a file named after its process, and counts in it with atomic additions. It
//! holds, in the byte order of the machine:
//!
//! | bytes | |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8..16 | the number of NICs |
//! | 16.. | a [`Record`] per NIC: the name, padded with zeros to 32 bytes, and the counters as `u64` |

use std::sync::atomic::{AtomicU64, Ordering};

/// The first bytes of the file: its kind, and in the last byte its version.
pub(super) const MAGIC: [u8; 8] = *b"efa-emu\x01";

/// Where the first record is.
pub(super) const RECORDS_AT: usize = 16;

/// Room for the name of a NIC.
pub(super) const NAME_BYTES: usize = 32;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// What one NIC carried since its process loaded the provider.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct NicCounters {
            $($(#[$doc])* pub $name: u64,)+
        }

        /// The counters of one NIC, as they lie in the file.
        #[repr(C)]
        #[derive(Debug)]
        pub(super) struct Record {
            pub(super) name: [u8; NAME_BYTES],
            $(pub(super) $name: AtomicU64,)+
        }

        impl Record {
            /// The counters now; each is exact, though not all are of the same instant.
            pub(super) fn load(&self) -> NicCounters {
                NicCounters { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// WRITEs that were posted here.
    write_ops,
    /// Bytes of these.
    write_bytes,
    /// READs that were posted here.
    read_ops,
    /// Bytes of these.
    read_bytes,
    /// Messages sent: notifications and handshakes.
    tx_msgs,
    /// Bytes of these.
    tx_bytes,
    /// Messages received.
    rx_msgs,
    /// WRITEs with immediate data that a peer made into memory here.
    remote_writes,
    /// Posts that were refused because a queue was full, and had to be repeated.
    again,
    /// Registrations of memory that exist now.
    mr_count,
    /// Bytes of these.
    mr_bytes,
    /// Domains opened.
    domains,
    /// Endpoints opened.
    endpoints,
}

impl Record {
    /// The name of the NIC.
    pub(super) fn name(&self) -> String {
        let end = self.name.iter().position(|&byte| byte == 0).unwrap_or(NAME_BYTES);
        String::from_utf8_lossy(&self.name[..end]).into_owned()
    }
}
