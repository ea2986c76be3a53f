//! Which pages the memory of a request is made of.

use serde::{Deserialize, Serialize};

/// The pages of registered host memory.
///
/// Ordinary pages lie wherever the kernel finds them, anew for each process: between two variants
/// that are the same, that luck was seen to make a difference of 8 %. Huge pages leave none of it,
/// and KV caches in GPU memory lie on pages of 2 MiB anyway.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HugePages {
    /// Huge pages where the kernel finds them (`madvise`).
    #[default]
    Transparent,
    /// Pages of 2 MiB from the reserved pool (`/proc/sys/vm/nr_hugepages`), or a failure.
    Reserved,
    /// The system's ordinary pages.
    No,
}

impl From<HugePages> for nixl::HugePages {
    fn from(pages: HugePages) -> Self {
        match pages {
            HugePages::Transparent => Self::Transparent,
            HugePages::Reserved => Self::Reserved,
            HugePages::No => Self::No,
        }
    }
}

impl std::fmt::Display for HugePages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Transparent => "transparent",
            Self::Reserved => "reserved",
            Self::No => "no",
        })
    }
}

impl std::str::FromStr for HugePages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "transparent" => Ok(Self::Transparent),
            "reserved" => Ok(Self::Reserved),
            "no" => Ok(Self::No),
            _ => Err(format!("unknown pages {text:?}: choose transparent, reserved or no")),
        }
    }
}
