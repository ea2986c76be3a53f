//! What moves the bytes: a backend of NIXL, or what lies beneath it without NIXL.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A backend of NIXL, or a ceiling to measure it by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum BackendName {
    /// NIXL over UCX.
    #[serde(rename = "UCX")]
    Ucx,
    /// NIXL over libfabric, over EFA or tcp.
    #[serde(rename = "LIBFABRIC")]
    Libfabric,
    /// UCX without NIXL.
    #[serde(rename = "raw UCX")]
    RawUcx,
    /// libfabric without NIXL, over the same provider.
    #[serde(rename = "raw libfabric")]
    RawLibfabric,
    /// A copy into the memory that the peer shares.
    #[serde(rename = "memcpy")]
    Memcpy,
}

/// What moves the bytes in the end, with or without NIXL above it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Medium {
    /// UCX.
    Ucx,
    /// libfabric.
    Libfabric,
    /// The processor, in memory that two processes share.
    Memory,
}

impl BackendName {
    /// The backends of NIXL, in the order of the default run.
    pub const NIXL: [Self; 2] = [Self::Ucx, Self::Libfabric];

    const ALL: [Self; 5] =
        [Self::Ucx, Self::Libfabric, Self::RawUcx, Self::RawLibfabric, Self::Memcpy];

    /// How it is called in tables and records; for a backend of NIXL, the name of its plugin.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ucx => "UCX",
            Self::Libfabric => "LIBFABRIC",
            Self::RawUcx => "raw UCX",
            Self::RawLibfabric => "raw libfabric",
            Self::Memcpy => "memcpy",
        }
    }

    /// What moves the bytes.
    pub fn medium(self) -> Medium {
        match self {
            Self::Ucx | Self::RawUcx => Medium::Ucx,
            Self::Libfabric | Self::RawLibfabric => Medium::Libfabric,
            Self::Memcpy => Medium::Memory,
        }
    }

    /// The same medium without NIXL.
    pub fn raw(self) -> Option<Self> {
        match self {
            Self::Ucx => Some(Self::RawUcx),
            Self::Libfabric => Some(Self::RawLibfabric),
            Self::RawUcx | Self::RawLibfabric | Self::Memcpy => None,
        }
    }

    /// Whether NIXL is above the medium.
    pub fn is_nixl(self) -> bool {
        Self::NIXL.contains(&self)
    }

    /// A backend of NIXL, and no other.
    ///
    /// # Errors
    /// The text names none.
    pub fn nixl_from_str(text: &str) -> Result<Self, String> {
        let found = text.parse().ok().filter(|backend: &Self| backend.is_nixl());
        found.ok_or_else(|| format!("unknown backend {text:?}: choose ucx or libfabric"))
    }
}

impl fmt::Display for BackendName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl FromStr for BackendName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let same = |backend: &Self| backend.label().eq_ignore_ascii_case(&text.replace('-', " "));
        Self::ALL.into_iter().find(same).ok_or_else(|| {
            format!(
                "unknown backend {text:?}: choose ucx or libfabric, or a ceiling: raw-ucx, \
                 raw-libfabric, memcpy"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_and_of_records_come_back() {
        let words = ["ucx", "libfabric", "raw-ucx", "raw-libfabric", "memcpy"];
        for (word, backend) in words.into_iter().zip(BackendName::ALL) {
            assert_eq!(word.parse(), Ok(backend));
            assert_eq!(backend.label().parse(), Ok(backend));
            let json = serde_json::to_string(&backend).unwrap();
            assert_eq!(json, format!("{:?}", backend.label()));
            assert_eq!(serde_json::from_str::<BackendName>(&json).unwrap(), backend);
            assert_eq!(BackendName::nixl_from_str(word).is_ok(), backend.is_nixl());
        }
        assert!("tcp".parse::<BackendName>().unwrap_err().contains("ucx or libfabric"));
    }
}
