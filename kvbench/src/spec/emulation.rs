//! The words for emulated EFA NICs.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::{Size, Word};
use crate::emulate::{Emulation, Slow};
use crate::error::{Error, Result};
use crate::variant::{BackendName, Medium};

/// Emulated EFA NICs; none where `emulate_efa` is left out.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmulationSpec {
    /// How many there are, 1 to 32.
    pub emulate_efa: Option<u32>,
    /// What each carries at most.
    pub pace: Option<Word<Rate>>,
    /// One that is slower; needs a pace.
    pub slow_nic: Option<Word<SlowNic>>,
    /// One that does not open.
    pub fail_nic: Option<String>,
    /// What a process may register on all of them together.
    pub memlock: Option<Word<Size>>,
}

impl EmulationSpec {
    /// The names of its fields.
    pub const KEYS: [&str; 5] = ["emulate_efa", "pace", "slow_nic", "fail_nic", "memlock"];

    /// The machine to emulate for `backends`, if one is asked for.
    ///
    /// # Errors
    /// A setting is for emulated NICs, and there are none; or it makes no sense; or a backend is UCX,
    /// which does not see them.
    pub fn emulation(&self, backends: &[BackendName]) -> Result<Option<Emulation>> {
        let Some(count) = self.emulate_efa else { return self.none() };
        if backends.iter().any(|backend| backend.medium() == Medium::Ucx) {
            let message = "emulated EFA NICs are for LIBFABRIC, and UCX does not see them: give \
                           --backend libfabric, in a plan backend = \"libfabric\"";
            return Err(Error::Usage(message.to_owned()));
        }
        let usage = |error: efa_emu::BadSetting| Error::Usage(error.to_string());
        let nics = Emulation::new(count).nics().map_err(usage)?;
        let slow = self.slow_nic.as_ref().map(|word| &word.0);
        let named = [("slow_nic", slow.map(|slow| &slow.0)), ("fail_nic", self.fail_nic.as_ref())];
        for (key, name) in named.into_iter().filter_map(|(key, name)| Some((key, name?))) {
            if nics.iter().all(|nic| nic.name != *name) {
                let names: Vec<_> = nics.iter().map(|nic| nic.name.as_str()).collect();
                let (is, names) = ("is no emulated NIC; choose among", names.join(", "));
                return Err(Error::Usage(format!("{key}: {name:?} {is} {names}")));
            }
        }
        if slow.is_some() && self.pace.is_none() {
            return Err(Error::Usage("slow_nic is slower than a pace: add pace".to_owned()));
        }
        let emulation = Emulation {
            pace_bits_per_s: self.pace.map(|word| word.0.0),
            slow: slow.cloned().map(|SlowNic(nic, times)| Slow { nic, times }),
            fail: self.fail_nic.clone(),
            memlock_bytes: self.memlock.map(|word| word.0.0),
            ..Emulation::new(count)
        };
        emulation.nics().map_err(usage)?;
        Ok(Some(emulation))
    }

    fn none(&self) -> Result<Option<Emulation>> {
        let given = [
            ("pace", self.pace.is_some()),
            ("slow_nic", self.slow_nic.is_some()),
            ("fail_nic", self.fail_nic.is_some()),
            ("memlock", self.memlock.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((key, _)) => {
                Err(Error::Usage(format!("{key} is for emulated NICs: add emulate_efa")))
            }
            None => Ok(None),
        }
    }
}

/// A rate in bits per second: `0.5Gbps`, `500Mbps`, `1e9`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate(pub f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let units = [("gbps", 1e9), ("mbps", 1e6), ("kbps", 1e3), ("bps", 1.0), ("", 1.0)];
        let (number, unit) = units
            .into_iter()
            .find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, factor)))
            .unwrap_or((&lower, 1.0));
        match number.trim().parse::<f64>().map(|number| number * unit) {
            Ok(rate) if (1.0..=1e12).contains(&rate) => Ok(Self(rate)),
            _ => Err(format!("{text:?} is no rate: give 0.5Gbps, 500Mbps, …")),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}bps", self.0)
    }
}

/// A slow NIC, and how many times slower it is: `rdmap79s0/4`.
#[derive(Clone, PartialEq, Debug)]
pub struct SlowNic(pub String, pub f64);

impl FromStr for SlowNic {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let times = |times: &str| times.parse().ok().filter(|times| *times >= 1.0);
        text.split_once('/')
            .and_then(|(nic, slower)| Some(Self(nic.to_owned(), times(slower)?)))
            .ok_or_else(|| format!("{text:?}: give the NIC and how many times slower: rdmap79s0/4"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> EmulationSpec {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn rates_and_slow_nics() {
        let rate = |text: &str| text.parse::<Rate>().ok().map(|rate| rate.0);
        assert_eq!(rate("0.5Gbps"), Some(5e8));
        assert_eq!((rate("500 Mbps"), rate("1e9")), (Some(5e8), Some(1e9)));
        assert_eq!((rate("0"), rate("fast"), rate("-1Gbps")), (None, None, None));
        assert_eq!(rate(&Rate(5e8).to_string()), Some(5e8));
        assert_eq!("rdmap79s0/4".parse::<SlowNic>().unwrap().1, 4.0);
        "rdmap79s0/0.5".parse::<SlowNic>().unwrap_err();
    }

    #[test]
    fn words_become_a_machine() {
        let text = "emulate_efa = 2\npace = '1Gbps'\nslow_nic = 'rdmap79s0/4'\nmemlock = '1MiB'\n";
        let machine = spec(text).emulation(&[BackendName::Libfabric]).unwrap().unwrap();
        assert_eq!((machine.nics, machine.pace_bits_per_s), (2, Some(1e9)));
        assert_eq!(machine.slow, Some(Slow { nic: "rdmap79s0".into(), times: 4.0 }));
        assert_eq!(machine.memlock_bytes, Some(1 << 20));
        assert_eq!(spec("").emulation(&BackendName::NIXL).unwrap(), None);
    }

    #[test]
    fn what_makes_no_sense_is_named_with_a_remedy() {
        for (text, words) in [
            ("pace = 1e9", "add emulate_efa"),
            ("memlock = 1", "memlock is for emulated NICs"),
            ("emulate_efa = 33", "1 to 32"),
            ("emulate_efa = 1\nfail_nic = 'eth0'", "choose among rdmap79s0"),
            ("emulate_efa = 1\nslow_nic = 'rdmap79s0/2'", "add pace"),
        ] {
            let error = spec(text).emulation(&[BackendName::Libfabric]).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        let error = spec("emulate_efa = 1").emulation(&[BackendName::Ucx]).unwrap_err();
        assert!(error.to_string().contains("--backend libfabric"), "{error}");
    }
}
