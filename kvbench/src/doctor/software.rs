//! Which NIXL there is, and whether its backends come up.

use std::path::{Path, PathBuf};

use nixl::{Dependencies, Installation, Origin};

use super::backend::{self, Patient};
use super::examine::Examination;
use super::finding::Finding;
use super::libraries::{self, Need};
use super::rdma::RdmaDevice;
use super::variables::Readers;
use crate::error::{Error, Result};
use crate::runtime::Nixl;
use crate::variant::{BackendName, LaunchFacts, PluginKnobs, Variant, launch};
use crate::worker::{Trial, TrialSpec};

/// A NIXL, and what was found out about its backends.
pub(super) struct Software {
    nixl: Nixl,
    version: Option<String>,
    dependencies: Dependencies,
    facts: LaunchFacts,
    pub trials: Vec<Tried>,
}

/// A backend that was tried.
pub(super) struct Tried {
    pub backend: BackendName,
    plugin: PathBuf,
    needs: Vec<Need>,
    pub trial: Trial,
}

impl Software {
    /// Tries the backends, all at the same time.
    pub fn examine(examination: &Examination<'_>, nixl: Nixl) -> Result<Self> {
        let installation = Installation::at(&nixl.prefix, nixl::Source::Explicit).ok();
        let dependencies = installation.as_ref().map(|installation| {
            Dependencies::resolve(installation, &nixl.libraries, nixl.cuda_stub.as_deref())
        });
        let dependencies = dependencies.unwrap_or_default();
        let facts = LaunchFacts {
            plugin: PluginKnobs::of(&nixl.libfabric_plugin),
            ..LaunchFacts::default()
        };
        let trial = |backend: BackendName| -> Result<Tried> {
            let params = examination.params.clone();
            let launch = launch(&Variant { params, ..Variant::new(backend) }, &facts);
            let (binary, deadline) = (examination.binary, examination.deadline);
            let (launch, nixl, namespace, memory_bytes) = (&launch, &nixl, None, None);
            let spec =
                TrialSpec { binary, backend, launch, namespace, nixl, memory_bytes, deadline };
            let trial = Trial::run(&spec)?;
            let plugin = installation.as_ref().map(|nixl| nixl.plugin(backend.label()));
            let plugin = plugin.unwrap_or_default();
            let needs = libraries::needs(&plugin, &dependencies).unwrap_or_default();
            Ok(Tried { backend, plugin, needs, trial })
        };
        let trials = std::thread::scope(|scope| -> Result<Vec<_>> {
            let trial = &trial;
            let threads: Vec<_> = examination
                .backends
                .iter()
                .map(|&backend| scope.spawn(move || trial(backend)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a trial does not panic"))
                .collect()
        })?;
        let version = installation.and_then(|installation| installation.version);
        Ok(Self { nixl, version, dependencies, facts, trials })
    }

    pub fn findings(&self, devices: &[RdmaDevice]) -> Vec<Finding> {
        let mut findings = vec![found(&self.nixl, self.version.as_deref())];
        for Tried { backend, plugin, needs, trial } in &self.trials {
            let patient = Patient { backend: *backend, plugin, needs, trial };
            findings.extend(backend::check(&patient, devices));
            let libfabric = needs.iter().find(|need| need.soname.starts_with("libfabric"));
            let version = trial.versions.get("libfabric").map(String::as_str);
            findings.extend(libfabric.and_then(|need| libraries::check(need, version)));
        }
        findings
    }

    /// Who reads settings: the backends whose plugins were loaded, whether or not they came up.
    pub fn readers(&self) -> Readers<'_> {
        let loaded = |backend| {
            let tried = self.trials.iter().find(|tried| tried.backend == backend)?;
            tried
                .trial
                .mapped
                .iter()
                .any(|file| is_same(file, &tried.plugin))
                .then_some(&tried.trial)
        };
        let plugin = &self.nixl.libfabric_plugin;
        Readers {
            ucx: loaded(BackendName::Ucx),
            libfabric: loaded(BackendName::Libfabric),
            plugins: self.trials.iter().map(|tried| tried.plugin.as_path()).collect(),
            max_rails: plugin.is_file().then_some(self.facts.plugin.max_rails),
        }
    }

    /// The driver's library, if it is not the stand-in.
    pub fn libcuda(&self) -> Option<&Path> {
        let libcuda = self.dependencies.iter().find(|one| one.soname.starts_with("libcuda.so"))?;
        let (file, origin) = libcuda.file.as_ref()?;
        (*origin != Origin::CudaStub).then_some(file)
    }
}

/// Whether two paths lead to one file; one of them may go over symbolic links.
fn is_same(one: &Path, other: &Path) -> bool {
    one.file_name() == other.file_name() && one.canonicalize().ok() == other.canonicalize().ok()
}

const CHECK: &str = "NIXL";

/// The NIXL that is measured.
fn found(nixl: &Nixl, version: Option<&str>) -> Finding {
    let version = version.unwrap_or("of unknown version");
    let finding = format!("{version}, {}", nixl.origin);
    Finding::ok(CHECK, finding, nixl.prefix.display().to_string())
}

/// There is none.
pub(super) fn absent() -> Finding {
    Finding::fault(
        CHECK,
        "there is none, so no backend can run",
        "looked at --nixl-prefix, NIXL_PREFIX, the usual prefixes, the active Python and kvbench's cache",
        "run `kvbench fetch` for the pinned one (80 MB), or set NIXL_PREFIX to an installed one",
    )
}

/// The one that somebody named is not there, or what was fetched is damaged.
pub(super) fn refused(error: &Error) -> Finding {
    match error {
        Error::Environment { what, why, remedy } => {
            Finding::fault(CHECK, what.clone(), why.clone(), remedy.clone())
        }
        other => Finding::fault(CHECK, "cannot be looked for", other.to_string(), "see the error"),
    }
}
