//! How namespaces are named, on the command line, in plans and in records.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where `ip netns` keeps the namespaces that have a name.
const NAMED: &str = "/run/netns";

/// A network namespace: a name as of `ip netns`, or a path such as `/proc/PID/ns/net`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetNamespace(String);

impl fmt::Display for NetNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl NetNamespace {
    /// Its file: names have no slash, and paths have one.
    pub fn path(&self) -> PathBuf {
        if self.0.contains('/') { PathBuf::from(&self.0) } else { Path::new(NAMED).join(&self.0) }
    }
}

/// Where the workers of each side run; `None` is the network namespace of kvbench itself.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Namespaces {
    /// The prefill ranks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prefill: Option<NetNamespace>,
    /// The decode ranks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decode: Option<NetNamespace>,
}

impl Namespaces {
    /// Whether both sides run where kvbench does.
    pub fn are_own(&self) -> bool {
        *self == Self::default()
    }

    /// Who runs in which other one: `prefill in network namespace a, decode in b`.
    pub fn sentence(&self) -> Option<String> {
        match (&self.prefill, &self.decode) {
            (None, None) => None,
            (Some(both), Some(decode)) if both == decode => {
                Some(format!("both sides in network namespace {both}"))
            }
            (Some(prefill), Some(decode)) => {
                Some(format!("prefill in network namespace {prefill}, decode in {decode}"))
            }
            (Some(prefill), None) => Some(format!("prefill in network namespace {prefill}")),
            (None, Some(decode)) => Some(format!("decode in network namespace {decode}")),
        }
    }
}

impl fmt::Display for Namespaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |one: &Option<NetNamespace>| one.as_ref().map(ToString::to_string);
        let [prefill, decode] =
            [&self.prefill, &self.decode].map(|one| name(one).unwrap_or_default());
        write!(f, "{prefill}:{decode}")
    }
}

impl FromStr for Namespaces {
    type Err = String;

    /// `PREFILL:DECODE`, either of which may be empty, or one for both.
    fn from_str(text: &str) -> Result<Self, String> {
        let (prefill, decode) = text.split_once(':').unwrap_or((text, text));
        let one = |name: &str| match name {
            "" => Ok(None),
            "." | ".." => Err(()),
            name if name.contains([':', '\0']) => Err(()),
            name => Ok(Some(NetNamespace(name.to_owned()))),
        };
        match (one(prefill), one(decode)) {
            (Ok(prefill), Ok(decode)) if !text.is_empty() => Ok(Self { prefill, decode }),
            _ => Err(format!(
                "{text:?}: give PREFILL:DECODE, each a name as of `ip netns`, a path such as \
                 /proc/PID/ns/net, or nothing for this namespace"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Namespaces {
        text.parse().unwrap()
    }

    #[test]
    fn sides_have_names_paths_or_nothing() {
        let two = parse("pf:/proc/7/ns/net");
        let [prefill, decode] = [two.prefill, two.decode].map(|one| one.unwrap().path());
        assert_eq!(prefill, Path::new("/run/netns/pf"));
        assert_eq!(decode, Path::new("/proc/7/ns/net"));
        assert_eq!(parse("one"), parse("one:one"));
        assert_eq!((parse(":d").prefill, parse("p:").decode), (None, None));
        assert!(parse(":").are_own());
        for text in ["a:b", ":b", "a:", ":"] {
            assert_eq!(parse(text).to_string(), text);
        }
        for text in ["", "..", "a:.", "a:b:c"] {
            text.parse::<Namespaces>().unwrap_err();
        }
    }

    #[test]
    fn a_sentence_names_what_is_not_here() {
        assert_eq!(parse(":").sentence(), None);
        assert_eq!(parse("a:b").sentence().unwrap(), "prefill in network namespace a, decode in b");
        assert_eq!(parse(":b").sentence().unwrap(), "decode in network namespace b");
        assert_eq!(parse("a").sentence().unwrap(), "both sides in network namespace a");
    }
}
