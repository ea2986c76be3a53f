//! What is compared: a backend with its settings, as the environment and parameters of its workers.

mod backend;
mod enumerate;
mod launch;
mod nics;
mod observe;
mod require;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use backend::{BackendName, Medium};
pub use enumerate::Enumerate;
pub use launch::{Launch, LaunchFacts, PluginKnobs, launch, launch_on};
pub use nics::{Near, Nic, NicKind, nearest};
pub use observe::{
    Evidence, NicFinding, NicTrouble, Observed, Path, SettingReport, SettingStatus, observe,
};
pub(crate) use observe::{
    MemoryLimit, created_rails, failed_rail, left_out, libfabric_rails, rail_nics,
    registered_rails, slow_nics,
};
pub use require::Requirements;

/// How many NICs a backend shall use for a transfer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rails {
    /// As many as the backend takes by itself.
    All,
    /// This many, at least one.
    Count(u32),
}

impl fmt::Display for Rails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl FromStr for Rails {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(count @ 1..) => Ok(Self::Count(count)),
            _ if text == "all" => Ok(Self::All),
            _ => Err(format!("{text:?} rails: give a number of at least 1, or all")),
        }
    }
}

impl Serialize for Rails {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Count(count) => serializer.serialize_u32(*count),
        }
    }
}

impl<'de> Deserialize<'de> for Rails {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Count(u32),
            Text(String),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Count(count) => count.to_string(),
            Form::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One of the things that a run compares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// The backend.
    pub backend: BackendName,
    /// The NICs asked for.
    pub rails: Rails,
    /// The NICs that the backend may see.
    pub enumerate: Enumerate,
    /// Environment variables asked for, beyond those that `rails` needs.
    pub env: BTreeMap<String, String>,
    /// Backend parameters asked for.
    pub params: BTreeMap<String, String>,
}

impl Variant {
    /// A backend with the defaults of NIXL.
    pub fn new(backend: BackendName) -> Self {
        let (env, params) = Default::default();
        Self { backend, rails: Rails::All, enumerate: Enumerate::All, env, params }
    }

    /// A short name that tells it apart from the others of a run.
    pub fn label(&self) -> String {
        let mut label = self.backend.to_string();
        if let Rails::Count(count) = self.rails {
            label += &format!(" rails={count}");
        }
        if self.enumerate != Enumerate::All {
            label += &format!(" enumerate={}", self.enumerate);
        }
        for (key, value) in self.env.iter().chain(&self.params) {
            label += &format!(" {key}={value}");
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rails_are_a_number_or_all() {
        for (text, rails) in [("1", Rails::Count(1)), ("32", Rails::Count(32)), ("all", Rails::All)]
        {
            assert_eq!(text.parse(), Ok(rails));
            let json = serde_json::to_string(&rails).unwrap();
            assert_eq!(serde_json::from_str::<Rails>(&json).unwrap(), rails);
        }
        for text in ["0", "-1", "", "1.5", "every", "99999999999"] {
            text.parse::<Rails>().unwrap_err();
        }
        serde_json::from_str::<Rails>("0").unwrap_err();
    }

    #[test]
    fn labels_tell_variants_apart() {
        let mut variant = Variant::new(BackendName::Ucx);
        assert_eq!(variant.label(), "UCX");
        variant.rails = Rails::Count(2);
        variant.env.insert("UCX_TLS".into(), "tcp".into());
        assert_eq!(variant.label(), "UCX rails=2 UCX_TLS=tcp");
    }
}
