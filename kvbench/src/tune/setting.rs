//! What is tried: the settings of each backend, their values, and where their names come from.

use std::path::Path;

use crate::price::powers_of_two;
use crate::variant::{BackendName, LaunchFacts, Rails, Variant};

/// A setting, or several that mean little alone, with the values to try beside the base's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// What it is called in tables.
    pub name: &'static str,
    /// The values to try.
    pub candidates: Vec<Candidate>,
}

/// One value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Candidate {
    /// NICs per transfer.
    Rails(Rails),
    /// Environment variables.
    Env(Pairs),
    /// Parameters of the backend.
    Params(Pairs),
}

/// Settings without effect where there is one NIC.
const OF_RAILS: [&str; 2] = ["rails", "striping"];

/// The parameter that keeps threads away from requests with fewer descriptors.
const SPLIT_BATCH_SIZE: &str = "split_batch_size";

/// Names and values.
pub type Pairs = &'static [(&'static str, &'static str)];

/// A setting whose values do not depend on the machine.
struct Row {
    backend: BackendName,
    name: &'static str,
    /// A name that the plugin's file must hold, or the plugin does not read the setting.
    in_plugin: Option<&'static str>,
    candidates: &'static [Candidate],
}

/// Every setting but rails.
///
/// - *Rendezvous* and *zero copy* are UCX's own variables; NIXL's UCX plugin sets `RNDV_THRESH` to `inf`
///   unless the environment says otherwise (`ucx_utils.cpp`).
/// - *Posting threads* are parameters of both plugins (`ucx_backend.cpp`, `libfabric_backend.cpp`): that
///   many threads post requests of at least `split_batch_size` descriptors. Builds without them lack the
///   second name; compilers take the first to pieces.
/// - *Striping* is a parameter of LIBFABRIC (`libfabric_backend.cpp`): from so many bytes on a block is
///   spread over rails, 131072 by itself.
///
/// Left out: what works with a progress thread only (`post_queue_size`), since workers have none; and the
/// merging of blocks, which engines decide in their code.
const TABLE: [Row; 5] = [
    Row {
        backend: BackendName::Ucx,
        name: "rendezvous",
        in_plugin: None,
        candidates: &[
            Candidate::Env(&[("UCX_RNDV_THRESH", "auto")]),
            Candidate::Env(&[("UCX_RNDV_THRESH", "8k"), ("UCX_RNDV_SCHEME", "get_zcopy")]),
            Candidate::Env(&[("UCX_RNDV_THRESH", "8k"), ("UCX_RNDV_SCHEME", "put_zcopy")]),
        ],
    },
    Row {
        backend: BackendName::Ucx,
        name: "zero copy",
        in_plugin: None,
        candidates: &[
            Candidate::Env(&[("UCX_ZCOPY_THRESH", "1k")]),
            Candidate::Env(&[("UCX_ZCOPY_THRESH", "16k")]),
            Candidate::Env(&[("UCX_ZCOPY_THRESH", "256k")]),
        ],
    },
    Row {
        backend: BackendName::Ucx,
        name: "posting threads",
        in_plugin: Some(SPLIT_BATCH_SIZE),
        candidates: POSTING_THREADS,
    },
    Row {
        backend: BackendName::Libfabric,
        name: "posting threads",
        in_plugin: Some(SPLIT_BATCH_SIZE),
        candidates: POSTING_THREADS,
    },
    Row {
        backend: BackendName::Libfabric,
        name: "striping",
        in_plugin: Some("striping_threshold"),
        candidates: &[
            Candidate::Params(&[("striping_threshold", "16384")]),
            Candidate::Params(&[("striping_threshold", "1048576")]),
            Candidate::Params(&[("striping_threshold", "16777216")]),
        ],
    },
];

const POSTING_THREADS: &[Candidate] = &[
    Candidate::Params(&[("num_threads", "2"), (SPLIT_BATCH_SIZE, "64")]),
    Candidate::Params(&[("num_threads", "4"), (SPLIT_BATCH_SIZE, "64")]),
    Candidate::Params(&[("num_threads", "4"), (SPLIT_BATCH_SIZE, "1024")]),
];

/// The settings of `backend` that can have an effect: those whose names its `plugin`, a file, has, on a
/// machine with these `facts` and for requests of so many `descriptors`.
pub fn settings(
    backend: BackendName,
    facts: &LaunchFacts,
    plugin: &Path,
    descriptors: u64,
) -> Vec<Setting> {
    let file = std::fs::read(plugin).unwrap_or_default();
    let holds = |name: &str| file.windows(name.len()).any(|window| window == name.as_bytes());
    let most = facts.most(backend);
    let rails = Setting {
        name: "rails",
        candidates: powers_of_two(most).into_iter().map(Candidate::Rails).collect(),
    };
    let rows = TABLE.iter().filter(|row| row.backend == backend);
    let known = rows.filter(|row| row.in_plugin.is_none_or(holds)).map(|row| Setting {
        name: row.name,
        candidates: row.candidates.iter().filter(|one| one.acts_on(descriptors)).cloned().collect(),
    });
    let mut settings: Vec<_> = [rails].into_iter().chain(known).collect();
    settings
        .retain(|one| !one.candidates.is_empty() && (most > 1 || !OF_RAILS.contains(&one.name)));
    settings
}

impl Candidate {
    /// Whether it can have an effect on requests of so many descriptors.
    fn acts_on(&self, descriptors: u64) -> bool {
        let Self::Params(pairs) = self else { return true };
        let batch = pairs.iter().find(|(key, _)| *key == SPLIT_BATCH_SIZE);
        let batch = batch.and_then(|(_, value)| value.parse::<u64>().ok());
        batch.is_none_or(|batch| batch <= descriptors)
    }
}

impl Setting {
    /// `variant` with a value of this setting, and with no other of it.
    pub fn set(&self, candidate: &Candidate, variant: &Variant) -> Variant {
        let mut set = self.reset(&Variant::new(variant.backend), variant);
        let owned =
            |pairs: Pairs| pairs.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        match candidate {
            Candidate::Rails(rails) => set.rails = *rails,
            Candidate::Env(pairs) => set.env.extend(owned(pairs)),
            Candidate::Params(pairs) => set.params.extend(owned(pairs)),
        }
        set
    }

    /// `variant` with this setting as `base` has it.
    pub fn reset(&self, base: &Variant, variant: &Variant) -> Variant {
        let mut reset = variant.clone();
        for candidate in &self.candidates {
            let (pairs, from, to) = match candidate {
                Candidate::Rails(_) => {
                    reset.rails = base.rails;
                    continue;
                }
                Candidate::Env(pairs) => (pairs, &base.env, &mut reset.env),
                Candidate::Params(pairs) => (pairs, &base.params, &mut reset.params),
            };
            for (key, _) in *pairs {
                match from.get(*key) {
                    Some(value) => to.insert((*key).to_owned(), value.clone()),
                    None => to.remove(*key),
                };
            }
        }
        reset
    }

    /// The value of this setting in `variant`, in words.
    pub fn value(&self, variant: &Variant) -> String {
        let alone = self.reset(variant, &Variant::new(variant.backend));
        let label = alone.label();
        match label.strip_prefix(alone.backend.label()).unwrap_or(&label).trim() {
            "" if matches!(self.candidates.first(), Some(Candidate::Rails(_))) => "rails=all",
            "" => "by itself",
            value => value,
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Nic, NicKind};

    fn nic(name: &str, kind: NicKind) -> Nic {
        let (bits_per_s, gpus) = Default::default();
        Nic { name: name.into(), kind, numa_node: None, bits_per_s, gpus }
    }

    fn ethernet(count: u32) -> LaunchFacts {
        let nics = (0..count).map(|index| nic(&format!("eth{index}"), NicKind::Ethernet));
        LaunchFacts { nics: nics.collect(), ..LaunchFacts::default() }
    }

    fn names(settings: &[Setting]) -> Vec<&str> {
        settings.iter().map(|setting| setting.name).collect()
    }

    #[test]
    fn what_the_plugin_does_not_know_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("plugin.so");
        let all = [nic("rdmap0s0", NicKind::Efa), nic("rdmap1s0", NicKind::Efa)];
        let facts = LaunchFacts { nics: all.to_vec(), ..LaunchFacts::default() };
        std::fs::write(&plugin, b"\0striping_threshold\0").unwrap();
        let known = settings(BackendName::Libfabric, &facts, &plugin, 1024);
        assert_eq!(names(&known), ["rails", "striping"]);
        std::fs::write(&plugin, b"\0striping_threshold\0split_batch_size\0").unwrap();
        let known = settings(BackendName::Libfabric, &facts, &plugin, 1024);
        assert_eq!(names(&known), ["rails", "posting threads", "striping"]);
        let known = settings(BackendName::Libfabric, &ethernet(2), &plugin, 1024);
        assert_eq!(names(&known), ["posting threads"], "tcp has one rail");
    }

    #[test]
    fn threads_are_tried_on_requests_that_they_would_take() {
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("plugin.so");
        std::fs::write(&plugin, b"split_batch_size").unwrap();
        let threads = |descriptors| {
            let known = settings(BackendName::Ucx, &ethernet(1), &plugin, descriptors);
            known.iter().find(|one| one.name == "posting threads").map(|one| one.candidates.len())
        };
        assert_eq!([63, 64, 1023, 1024].map(threads), [None, Some(2), Some(2), Some(3)]);
    }

    #[test]
    fn rails_are_tried_where_there_are_several_nics() {
        let known =
            |count| settings(BackendName::Ucx, &ethernet(count), Path::new("/nonexistent"), 1);
        let rails = [1, 2, 4].map(|count| Candidate::Rails(Rails::Count(count)));
        assert_eq!(known(4)[0].candidates, rails);
        assert_eq!(names(&known(4)), ["rails", "rendezvous", "zero copy"]);
        assert_eq!(names(&known(1)), ["rendezvous", "zero copy"]);
    }

    #[test]
    fn a_value_replaces_all_of_the_one_before() {
        let setting = Setting { name: "rendezvous", candidates: TABLE[0].candidates.to_vec() };
        let mut base = Variant::new(BackendName::Ucx);
        base.env.insert("UCX_TLS".into(), "tcp".into());
        assert_eq!(setting.value(&base), "by itself");
        let first = setting.set(&setting.candidates[1], &base);
        assert_eq!(setting.value(&first), "UCX_RNDV_SCHEME=get_zcopy UCX_RNDV_THRESH=8k");
        let second = setting.set(&setting.candidates[0], &first);
        assert_eq!(setting.value(&second), "UCX_RNDV_THRESH=auto");
        assert_eq!(second.env["UCX_TLS"], "tcp");
        assert_eq!(setting.reset(&base, &second), base);
    }
}
