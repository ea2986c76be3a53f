//! Which NICs a backend may see and opens.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The NICs that a backend may see.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Enumerate {
    /// Every one.
    #[default]
    All,
    /// Only as many as there are rails, the nearest ones.
    Rails,
    /// Exactly these, by name.
    These(Vec<String>),
}

impl fmt::Display for Enumerate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Rails => f.pad("rails"),
            Self::These(names) => f.pad(&names.join(",")),
        }
    }
}

impl FromStr for Enumerate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match &Self::list(text)?[..] {
            [one] => Ok(one.clone()),
            _ => Err(format!("{text:?} are several: give all, rails, or names of NICs")),
        }
    }
}

impl Enumerate {
    /// The enumerations that a comma list stands for: `all` and `rails` are one each, and all names
    /// of NICs together are one.
    ///
    /// # Errors
    /// An item is none of these.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        let mut list = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for item in text.split(',').map(str::trim) {
            match item {
                "all" => list.push(Self::All),
                "rails" => list.push(Self::Rails),
                name if !is_device_name(name) => {
                    return Err(format!("{name:?}: give all, rails, or names of NICs"));
                }
                name if names.iter().any(|known| known == name) => {}
                name => names.push(name.to_owned()),
            }
        }
        if !names.is_empty() {
            list.push(Self::These(names));
        }
        Ok(list)
    }
}

/// Letters, digits and what else occurs in names of devices, and `:PORT` behind those of RDMA.
fn is_device_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.@:".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(allowed)
}

impl Serialize for Enumerate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Enumerate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(names: &[&str]) -> Enumerate {
        Enumerate::These(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn words_and_names_come_back() {
        let named = these(&["rdmap79s0", "eth0.7"]);
        let cases =
            [("all", Enumerate::All), ("rails", Enumerate::Rails), ("rdmap79s0,eth0.7", named)];
        for (text, enumerate) in cases {
            assert_eq!(text.parse(), Ok(enumerate.clone()));
            assert_eq!(enumerate.to_string(), text);
            let json = serde_json::to_string(&enumerate).unwrap();
            assert_eq!(serde_json::from_str::<Enumerate>(&json).unwrap(), enumerate);
        }
        for text in ["", ",", "eth0,", "eth 0", "a;b", "../x", "all,rails"] {
            text.parse::<Enumerate>().unwrap_err();
        }
    }

    #[test]
    fn a_list_has_words_and_at_most_one_set_of_names() {
        let list = Enumerate::list("all,eth0,rails,eth1,eth0").unwrap();
        assert_eq!(list, [Enumerate::All, Enumerate::Rails, these(&["eth0", "eth1"])]);
    }
}
