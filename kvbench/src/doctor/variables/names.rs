//! Which names of settings the libraries that are loaded know, from the strings in their files.
//!
//! UCX puts a setting's name together of `UCX_`, the prefixes of a table (`TCP_`, `IB_`) and the
//! field's own name; libfabric of `FI_`, a provider and the parameter, in capitals. Each part stands in
//! a file as a string that ends with a NUL and begins after one.

use std::collections::HashSet;
use std::path::Path;

/// Parts longer than this are none.
const LONGEST: usize = 64;

/// Providers of libfabric by the prefix of their parameters.
const PROVIDERS: [&str; 18] = [
    "cxi", "efa", "lnx", "lpp", "mrail", "net", "ofi_rxd", "ofi_rxm", "opx", "psm2", "psm3", "shm",
    "sm2", "sockets", "tcp", "ucx", "udp", "verbs",
];

/// The strings of some files.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Reads the files, leaving out those that cannot be read.
    pub fn read<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut names = HashSet::new();
        for data in files.into_iter().filter_map(|file| std::fs::read(file).ok()) {
            let strings = data.split(|byte| *byte == 0).filter(|string| is_part(string));
            names.extend(strings.map(|string| String::from_utf8_lossy(string).into_owned()));
        }
        Self(names)
    }

    /// Whether UCX has a setting `UCX_<rest>`.
    pub fn ucx(&self, rest: &str) -> bool {
        let splits = rest.match_indices('_').map(|(at, _)| rest.split_at(at + 1));
        let is_field = !rest.ends_with('_') && self.0.contains(rest);
        is_field
            || splits
                .filter(|(prefix, _)| self.0.contains(*prefix))
                .any(|(_, rest)| !rest.is_empty() && self.ucx(rest))
    }

    /// Whether libfabric, or a provider that is loaded, has a setting `FI_<rest>`.
    pub fn libfabric(&self, rest: &str) -> bool {
        let rest = rest.to_ascii_lowercase();
        let of_provider = |provider: &&str| {
            let name = rest.strip_prefix(*provider).and_then(|rest| rest.strip_prefix('_'));
            name.is_some_and(|name| self.0.contains(name))
        };
        self.0.contains(&rest) || PROVIDERS.iter().any(of_provider)
    }

    /// Whether the whole name is a string of its own.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

fn is_part(string: &[u8]) -> bool {
    (2..=LONGEST).contains(&string.len())
        && string.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(strings: &[u8]) -> Names {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("library.so");
        std::fs::write(&file, strings).unwrap();
        Names::read([file.as_path(), Path::new("/nonexistent")])
    }

    #[test]
    fn parts_make_a_name_of_ucx() {
        let names = names(b"\x7fELF\0TLS\0TCP_\0CM_\0REUSEADDR\0xNET_DEVICES\0");
        for known in ["TLS", "TCP_TLS", "TCP_CM_REUSEADDR"] {
            assert!(names.ucx(known), "{known}");
        }
        for unknown in ["TSL", "NET_DEVICES", "TCP_", "CM", "UDP_TLS", "TCP_CM_"] {
            assert!(!names.ucx(unknown), "{unknown}");
        }
    }

    #[test]
    fn a_provider_and_a_parameter_make_a_name_of_libfabric() {
        let names = names(b"\0log_level\0iface\0use_device_rdma\0");
        for known in ["LOG_LEVEL", "EFA_IFACE", "EFA_USE_DEVICE_RDMA", "TCP_IFACE"] {
            assert!(names.libfabric(known), "{known}");
        }
        for unknown in ["LOG_LEVELS", "EFA_IFCE", "USE_DEVICE", "PROVIDR"] {
            assert!(!names.libfabric(unknown), "{unknown}");
        }
    }
}
