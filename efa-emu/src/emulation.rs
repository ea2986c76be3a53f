//! What is emulated: the settings, and the environment variables that carry them to the provider.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr};

use super::topology::{self, MAX_NICS, Nic};

pub(super) const NICS: &str = "EFA_EMU_NICS";
pub(super) const PACE: &str = "EFA_EMU_PACE_BITS_PER_S";
pub(super) const SLOW: &str = "EFA_EMU_SLOW";
pub(super) const FAIL: &str = "EFA_EMU_FAIL";
pub(super) const MEMLOCK: &str = "EFA_EMU_MEMLOCK_BYTES";
pub(super) const PIN: &str = "EFA_EMU_PIN";
pub(super) const ADDRESSES: &str = "EFA_EMU_ADDRESSES";
pub(super) const COUNTERS: &str = "EFA_EMU_COUNTERS";

/// An emulated machine with EFA NICs.
///
/// ```
/// use efa_emu::Emulation;
///
/// let four = Emulation { pace_bits_per_s: Some(0.5e9), ..Emulation::new(4) };
/// assert_eq!(four.nics()?[1].name, "rdmap113s0");
/// # Ok::<(), efa_emu::BadSetting>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Emulation {
    /// How many NICs there are: 1 to 32.
    pub nics: u32,
    /// What each NIC carries at most, in bits per second, of what its process posts. `None`: what
    /// the machine can.
    pub pace_bits_per_s: Option<f64>,
    /// A NIC that is slower than the others; needs a pace.
    pub slow: Option<Slow>,
    /// The name of a NIC whose domain does not open: out of memory, as a NIC without free
    /// protection domains is.
    pub fail: Option<String>,
    /// How many bytes may be registered at a time, on all NICs of a process together: an emulated
    /// `ulimit -l`.
    pub memlock_bytes: Option<u64>,
    /// Whether registered pages become resident, as pinning makes them.
    pub pin: bool,
    /// The addresses that the NICs use, in turn.
    pub addresses: Vec<IpAddr>,
}

/// A NIC that is slower than the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    /// Its name.
    pub nic: String,
    /// How many times slower it is: 4 makes it carry a quarter.
    pub times: f64,
}

/// A setting that makes no sense; the text names the environment variable that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting(pub(super) String);

impl Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSetting {}

impl Emulation {
    /// `nics` NICs on the loopback device, with nothing wrong, as fast as the machine.
    pub fn new(nics: u32) -> Self {
        Self {
            nics,
            pace_bits_per_s: None,
            slow: None,
            fail: None,
            memlock_bytes: None,
            pin: false,
            addresses: vec![Ipv4Addr::LOCALHOST.into()],
        }
    }

    /// The NICs, in the order in which libfabric lists them.
    ///
    /// # Errors
    /// The settings make no sense.
    pub fn nics(&self) -> Result<Vec<Nic>, BadSetting> {
        self.check()?;
        Ok(topology::nics(self.nics))
    }

    pub(super) fn check(&self) -> Result<(), BadSetting> {
        ensure((1..=MAX_NICS).contains(&self.nics), NICS, "must be 1 to 32")?;
        let known = |name: &str| topology::nics(self.nics).iter().any(|nic| nic.name == name);
        if let Some(pace) = self.pace_bits_per_s {
            // A byte then takes from 8 ps to 8 s, which the arithmetic of time stands.
            ensure((1.0..=1e12).contains(&pace), PACE, "must be 1 to 1e12")?;
        }
        if let Some(slow) = &self.slow {
            ensure(self.pace_bits_per_s.is_some(), SLOW, &format!("needs {PACE}"))?;
            ensure(known(&slow.nic), SLOW, "names no emulated NIC")?;
            ensure((1.0..=1e6).contains(&slow.times), SLOW, "must be 1 to 1e6 times slower")?;
        }
        if let Some(nic) = &self.fail {
            ensure(known(nic), FAIL, "names no emulated NIC")?;
        }
        ensure(!self.addresses.is_empty(), ADDRESSES, "names no address")
    }

    /// The variables that carry these settings; `counters` is the folder for the files of counters.
    pub(super) fn variables(&self, counters: &str) -> BTreeMap<String, String> {
        let join = |addresses: &[IpAddr]| {
            addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",")
        };
        let slow = self.slow.as_ref().map(|slow| format!("{}/{}", slow.nic, slow.times));
        let all = [
            (NICS, Some(self.nics.to_string())),
            (PACE, self.pace_bits_per_s.map(|pace| pace.to_string())),
            (SLOW, slow),
            (FAIL, self.fail.clone()),
            (MEMLOCK, self.memlock_bytes.map(|bytes| bytes.to_string())),
            (PIN, self.pin.then(|| "1".to_owned())),
            (ADDRESSES, Some(join(&self.addresses))),
            (COUNTERS, Some(counters.to_owned())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

pub(super) fn ensure(holds: bool, name: &str, otherwise: &str) -> Result<(), BadSetting> {
    if holds { Ok(()) } else { Err(BadSetting(format!("{name} {otherwise}"))) }
}
