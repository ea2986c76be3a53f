//! What a target says back to the leader, where they do not share a host.

/// A request of a lane was delivered to the worker of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Echo {
    /// The lane.
    pub lane: u32,
    /// The worker.
    pub slot: u32,
    /// The request's number within its lane.
    pub number: u64,
}

/// The length of an echo as a notification; those of requests are shorter.
const LEN: usize = 16;

impl Echo {
    /// As a notification.
    pub(super) fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(&self.lane.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.slot.to_le_bytes());
        bytes[8..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    /// Of a notification, if it is one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (lane, rest) = bytes.split_first_chunk()?;
        let (slot, number) = rest.split_first_chunk()?;
        let (lane, slot) = (u32::from_le_bytes(*lane), u32::from_le_bytes(*slot));
        Some(Self { lane, slot, number: u64::from_le_bytes(number.try_into().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_comes_back_as_it_was() {
        let echo = Echo { lane: 1, slot: u32::MAX, number: 1 << 40 };
        let bytes = echo.to_bytes();
        assert_eq!(Echo::from_bytes(&bytes), Some(echo));
        for other in [&bytes[..15], &[0; 17], &[0; 4], &[]] {
            assert_eq!(Echo::from_bytes(other), None);
        }
    }
}
