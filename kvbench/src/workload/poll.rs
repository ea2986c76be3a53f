//! How a worker passes the time until something completes or arrives.

use serde::{Deserialize, Serialize};

/// What a worker does between two rounds of polling. None of them sleeps, so a completion is seen in
/// the round after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Poll {
    /// Nothing: the next round follows at once. Where threads outnumber processors, a backend's own
    /// thread may have to wait for the end of the scheduler's time slice.
    Busy,
    /// It offers its processor to whoever waits for one, in every round.
    Yield,
    /// As [`Self::Busy`] for the first rounds, which no short wait outlasts, then as [`Self::Yield`].
    #[default]
    Adaptive,
}

impl std::fmt::Display for Poll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Busy => "busy",
            Self::Yield => "yield",
            Self::Adaptive => "adaptive",
        })
    }
}

impl std::str::FromStr for Poll {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "busy" => Ok(Self::Busy),
            "yield" => Ok(Self::Yield),
            "adaptive" => Ok(Self::Adaptive),
            _ => Err(format!("unknown polling {text:?}: choose busy, yield or adaptive")),
        }
    }
}
