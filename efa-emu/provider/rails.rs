//! The NICs of this process: made once, when libfabric first asks, from the environment.

use std::ffi::CString;
use std::net::{IpAddr, UdpSocket};
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bindings::*;
use super::counters::Record;
use super::emulation::Emulation;
use super::settings::interface_allowed;
use super::topology::Nic;
use super::{API_VERSION, counting, libfabric, say, sys};

/// Asks also the providers that `FI_PROVIDER` hides (`OFI_GETINFO_HIDDEN` in libfabric's sources):
/// with `FI_PROVIDER=efa` the line beneath is one of these.
const ALSO_HIDDEN: u64 = 1 << 60;

/// How `tcp` is to know registered memory: by address, under keys that are made here. Its
/// `fi_getinfo` leaves these bits out, but its domains look at them.
const MR_MODE: i32 = FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;

/// What libfabric says of the line beneath a NIC; never changed, never freed.
#[derive(Clone, Copy)]
pub struct Info(pub *mut fi_info);

// SAFETY: it is only read.
unsafe impl Send for Info {}
// SAFETY: as above.
unsafe impl Sync for Info {}

/// One NIC of this process.
pub struct Rail {
    pub nic: Nic,
    /// The name of the device, for C.
    pub name: CString,
    /// The name of the domain, for C.
    pub domain: CString,
    /// Its address, for C.
    pub address: CString,
    pub line: Info,
    pub bits_per_s: Option<f64>,
    /// Whether its domain does not open.
    pub fails: bool,
    pub counters: &'static Record,
    next_key: AtomicU64,
}

/// All NICs of this process.
pub struct Machine {
    pub rails: Vec<Rail>,
    pub pin: bool,
    memlock_bytes: Option<u64>,
    registered_bytes: AtomicU64,
}

static MACHINE: OnceLock<Option<Machine>> = OnceLock::new();

/// The NICs; `None`, and once a line on standard error, when the environment makes no sense.
pub fn machine() -> Option<&'static Machine> {
    let machine = MACHINE.get_or_init(|| match Machine::from_environment() {
        Ok(machine) => Some(machine),
        Err(why) => {
            say!("{why}; no NIC is offered");
            None
        }
    });
    machine.as_ref()
}

impl Machine {
    fn from_environment() -> Result<Self, String> {
        let text = |name: std::ffi::OsString| name.into_string().unwrap_or_default();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        let (emulation, folder) =
            Emulation::from_variables(variables).map_err(|error| error.to_string())?;
        let mut nics: Vec<(Nic, IpAddr)> = emulation
            .nics()
            .map_err(|error| error.to_string())?
            .into_iter()
            .zip(emulation.addresses.iter().copied().cycle())
            .collect();
        let allowed = std::env::var("FI_EFA_IFACE").unwrap_or_else(|_| "all".to_owned());
        nics.retain(|(nic, _)| interface_allowed(&allowed, &nic.name));
        if nics.is_empty() {
            return Err(format!("FI_EFA_IFACE={allowed} allows no emulated NIC"));
        }
        let folder: PathBuf = folder.ok_or("EFA_EMU_COUNTERS is not set")?;
        let just_nics: Vec<Nic> = nics.iter().map(|(nic, _)| nic.clone()).collect();
        let records = counting::create(&folder, &just_nics)
            .map_err(|error| format!("EFA_EMU_COUNTERS={}: {error}", folder.display()))?;
        let rails = nics.into_iter().zip(records);
        let rails =
            rails.map(|((nic, address), counters)| Rail::new(&emulation, nic, address, counters));
        Ok(Self {
            rails: rails.collect::<Result<_, _>>()?,
            pin: emulation.pin,
            memlock_bytes: emulation.memlock_bytes,
            registered_bytes: AtomicU64::new(0),
        })
    }

    /// Takes `bytes` from what may be registered; `false` when that is too much.
    pub fn lock(&self, bytes: u64) -> bool {
        let Some(limit) = self.memlock_bytes else { return true };
        let more = |now: u64| now.checked_add(bytes).filter(|&sum| sum <= limit);
        self.registered_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Gives back what [`Self::lock`] took.
    pub fn unlock(&self, bytes: u64) {
        if self.memlock_bytes.is_some() {
            self.registered_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

impl Rail {
    fn new(
        emulation: &Emulation,
        nic: Nic,
        address: IpAddr,
        counters: &'static Record,
    ) -> Result<Self, String> {
        let c_string = |text: &str| CString::new(text).map_err(|error| error.to_string());
        // libfabric takes any address here, and fails only when an endpoint is opened.
        UdpSocket::bind((address, 0))
            .map_err(|error| format!("EFA_EMU_ADDRESSES: {address}: {error}"))?;
        let text = c_string(&address.to_string())?;
        Ok(Self {
            name: c_string(&nic.name)?,
            domain: c_string(&nic.domain)?,
            line: line(&text).map_err(|why| format!("{}: tcp on {address}: {why}", nic.name))?,
            address: text,
            bits_per_s: emulation.rate_of(&nic),
            fails: emulation.fail.as_ref() == Some(&nic.name),
            counters,
            next_key: AtomicU64::new(1),
            nic,
        })
    }

    /// A key for a registration, which no other of this NIC has.
    pub fn key(&self) -> u64 {
        self.next_key.fetch_add(1, Ordering::Relaxed)
    }
}

/// What libfabric's `tcp` offers at `address`.
fn line(address: &CString) -> Result<Info, String> {
    let functions = libfabric::find().ok_or("libfabric is not loaded")?;
    // SAFETY: the hints are libfabric's own, complete, and freed here; the list that is found is
    // freed but for the copy of one of it.
    unsafe {
        let hints = (functions.dupinfo)(null());
        if hints.is_null() {
            return Err("out of memory".to_owned());
        }
        (*hints).caps = FI_MSG | FI_RMA | FI_LOCAL_COMM | FI_REMOTE_COMM;
        (*hints).mode = u64::MAX;
        (*(*hints).ep_attr).type_ = fi_ep_type::FI_EP_RDM;
        (*(*hints).domain_attr).mr_mode = MR_MODE;
        (*(*hints).domain_attr).threading = fi_threading::FI_THREAD_SAFE;
        sys::replace(&mut (*(*hints).fabric_attr).prov_name, Some(c"tcp"));
        let mut found = null_mut();
        let flags = FI_SOURCE | ALSO_HIDDEN;
        let node = address.as_ptr();
        let code = (functions.getinfo)(API_VERSION, node, null(), flags, hints, &mut found);
        (functions.freeinfo)(hints);
        if code != 0 {
            return Err(libfabric::error_text(functions, code));
        }
        let chosen = exactly_tcp(found);
        let copy = if chosen.is_null() { null_mut() } else { (functions.dupinfo)(chosen) };
        (functions.freeinfo)(found);
        if copy.is_null() {
            return Err("not offered".to_owned());
        }
        (*(*copy).domain_attr).mr_mode |= MR_MODE;
        Ok(Info(copy))
    }
}

/// The first that is `tcp` itself: with [`ALSO_HIDDEN`], those layered upon it come as well.
///
/// # Safety
/// `list` is NULL or a list that libfabric made.
unsafe fn exactly_tcp(list: *mut fi_info) -> *mut fi_info {
    let mut one = list;
    // SAFETY: the caller says so.
    unsafe {
        while !one.is_null() {
            let name = (*(*one).fabric_attr).prov_name;
            if !name.is_null() && std::ffi::CStr::from_ptr(name) == c"tcp" {
                break;
            }
            one = (*one).next;
        }
    }
    one
}
