//! The settings as the provider finds them in the environment.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use super::emulation::*;
use super::topology::Nic;

/// What the name of every variable begins with.
const PREFIX: &str = "EFA_EMU_";

impl Emulation {
    /// The settings in `variables`, those of this process, and the folder for the files of counters.
    pub(super) fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Option<PathBuf>), BadSetting> {
        let mut found = Self { nics: 0, ..Self::new(0) };
        let mut counters = None;
        for (name, value) in variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)) {
            match name.as_str() {
                NICS => found.nics = parse(NICS, &value)?,
                PACE => found.pace_bits_per_s = Some(parse(PACE, &value)?),
                SLOW => found.slow = Some(parse(SLOW, &value)?),
                FAIL => found.fail = Some(value),
                MEMLOCK => found.memlock_bytes = Some(parse(MEMLOCK, &value)?),
                PIN => found.pin = parse::<u8>(PIN, &value)? != 0,
                ADDRESSES => {
                    let addresses = value.split(',').map(|address| parse(ADDRESSES, address));
                    found.addresses = addresses.collect::<Result<_, _>>()?;
                }
                COUNTERS => counters = Some(PathBuf::from(value)),
                _ => return Err(BadSetting(format!("{name}: no such setting"))),
            }
        }
        ensure(found.nics != 0, NICS, "must be 1 to 32")?;
        found.check()?;
        Ok((found, counters))
    }

    /// What `nic` carries at most, in bits per second.
    pub(super) fn rate_of(&self, nic: &Nic) -> Option<f64> {
        let times = self.slow.as_ref().filter(|slow| slow.nic == nic.name).map(|slow| slow.times);
        self.pace_bits_per_s.map(|pace| pace / times.unwrap_or(1.0))
    }
}

impl FromStr for Slow {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (nic, times) = text.split_once('/').ok_or("is not of the form NIC/TIMES")?;
        let times = times.parse().map_err(|_| "has no number behind the slash")?;
        Ok(Self { nic: nic.to_owned(), times })
    }
}

fn parse<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, BadSetting> {
    value.parse().map_err(|error| BadSetting(format!("{name}={value}: {error}")))
}

/// Whether `FI_EFA_IFACE`, a list with commas, allows the device `name`. As with the real provider,
/// what begins with `all` allows every device, and names are case-sensitive.
pub(super) fn interface_allowed(list: &str, name: &str) -> bool {
    list.starts_with("all") || list.split(',').any(|one| one == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Emulation {
        Emulation {
            nics: 4,
            pace_bits_per_s: Some(0.5e9),
            slow: Some(Slow { nic: "rdmap79s0".into(), times: 4.0 }),
            fail: Some("rdmap113s0".into()),
            memlock_bytes: Some(1 << 20),
            pin: true,
            addresses: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        }
    }

    #[test]
    fn settings_survive_the_environment() {
        for emulation in [full(), Emulation::new(32)] {
            let variables = emulation.variables("/counters");
            assert!(variables.keys().all(|name| name.starts_with(PREFIX)));
            let (found, counters) = Emulation::from_variables(variables).unwrap();
            assert_eq!(found, emulation);
            assert_eq!(counters, Some(PathBuf::from("/counters")));
        }
    }

    #[test]
    fn other_variables_are_nobodys_business() {
        let variables = [("EFA_EMU_NICS", "2"), ("HOME", "/"), ("FI_EFA_IFACE", "all")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (found, counters) = Emulation::from_variables(variables).unwrap();
        assert_eq!((found, counters), (Emulation::new(2), None));
    }

    #[test]
    fn nonsense_is_named() {
        for (name, value, expected) in [
            (NICS, "33", "EFA_EMU_NICS must be 1 to 32"),
            (NICS, "-1", "EFA_EMU_NICS=-1: "),
            (PACE, "fast", "EFA_EMU_PACE_BITS_PER_S=fast: "),
            (PACE, "0", "EFA_EMU_PACE_BITS_PER_S must be "),
            (PACE, "NaN", "EFA_EMU_PACE_BITS_PER_S must be "),
            (SLOW, "rdmap79s0", "EFA_EMU_SLOW=rdmap79s0: is not of the form"),
            (SLOW, "rdmap79s0/x", "EFA_EMU_SLOW=rdmap79s0/x: has no number"),
            (SLOW, "eth0/2", "EFA_EMU_SLOW names no emulated NIC"),
            (SLOW, "rdmap79s0/0.5", "EFA_EMU_SLOW must be "),
            (FAIL, "rdmap80s0", "EFA_EMU_FAIL names no emulated NIC"),
            (MEMLOCK, "1GiB", "EFA_EMU_MEMLOCK_BYTES=1GiB: "),
            (PIN, "yes", "EFA_EMU_PIN=yes: "),
            (ADDRESSES, "127.0.0.1,", "EFA_EMU_ADDRESSES=: "),
            ("EFA_EMU_RAILS", "2", "EFA_EMU_RAILS: no such setting"),
        ] {
            let mut variables = full().variables("/counters");
            variables.insert(name.to_owned(), value.to_owned());
            let error = Emulation::from_variables(variables).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let error = Emulation::from_variables([]).unwrap_err().to_string();
        assert_eq!(error, "EFA_EMU_NICS must be 1 to 32");
        let unpaced = Emulation { pace_bits_per_s: None, ..full() };
        assert_eq!(unpaced.nics().unwrap_err().to_string(), format!("{SLOW} needs {PACE}"));
    }

    #[test]
    fn one_nic_is_slow() {
        let rates = |emulation: &Emulation| {
            let nics = emulation.nics().unwrap();
            nics.iter().map(|nic| emulation.rate_of(nic)).collect::<Vec<_>>()
        };
        let (slow, fast) = (Some(0.125e9), Some(0.5e9));
        assert_eq!(rates(&full()), [slow, fast, fast, fast]);
        assert_eq!(rates(&Emulation::new(2)), [None, None]);
    }

    #[test]
    fn interfaces_are_allowed_by_their_whole_name() {
        assert!(interface_allowed("all", "rdmap79s0"));
        assert!(interface_allowed("rdmap80s0,rdmap79s0", "rdmap79s0"));
        for list in ["", "rdmap79s01", "rdmap79s0-rdm", "RDMAP79S0", "rdmap80s0, rdmap79s0"] {
            assert!(!interface_allowed(list, "rdmap79s0"), "{list}");
        }
    }
}
