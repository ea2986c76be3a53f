//! Whether a backend comes up, and over what: the outcome of its trial.

use std::path::Path;

use super::finding::{Finding, counted};
use super::libraries::Need;
use super::rdma::RdmaDevice;
use crate::variant::{BackendName, Medium, libfabric_rails};
use crate::worker::{Created, Trial, TrialError, last_words};

/// How many of its last lines a failure shows.
const LAST_WORDS: usize = 3;

/// What is known of a backend.
pub struct Patient<'a> {
    /// The backend.
    pub backend: BackendName,
    /// Its plugin's file.
    pub plugin: &'a Path,
    /// What the plugin needs.
    pub needs: &'a [Need],
    /// How its trial went.
    pub trial: &'a Trial,
}

/// Judges a backend.
pub(super) fn check(patient: &Patient<'_>, devices: &[RdmaDevice]) -> Vec<Finding> {
    match &patient.trial.outcome {
        Ok(created) => runs(patient, created, devices),
        Err(error) => vec![fails(patient, error)],
    }
}

fn fails(patient: &Patient<'_>, error: &TrialError) -> Finding {
    // NIXL's own words name the step already.
    let says_step = error.reason.starts_with("failed to ");
    let error = if says_step { error.reason.clone() } else { error.to_string() };
    let lacking: Vec<_> = patient.needs.iter().filter(|need| need.file.is_none()).collect();
    let remedy = match lacking.first() {
        Some(_) => lacking.iter().map(|need| need.remedy()).collect::<Vec<_>>().join("; "),
        None if !patient.plugin.is_file() => {
            "use a NIXL that was built with this plugin: `kvbench fetch`, or NIXL_PREFIX".to_owned()
        }
        None => format!(
            "drop settings of the environment, first those that are warned of below; {} NIXL_LOG_LEVEL=DEBUG \
             `kvbench run` shows more",
            match patient.backend.medium() {
                Medium::Ucx => "UCX_LOG_LEVEL=debug",
                Medium::Libfabric | Medium::Memory => "FI_LOG_LEVEL=info",
            }
        ),
    };
    let mut evidence = format!("a process of its own, with {}", patient.plugin.display());
    let words = last_words(&patient.trial.log, LAST_WORDS);
    if !words.is_empty() {
        evidence += &format!("; its last words:\n  {}", words.join("\n  "));
    }
    Finding::fault(patient.backend.label(), format!("cannot run: {error}"), evidence, remedy)
}

fn runs(patient: &Patient<'_>, created: &Created, devices: &[RdmaDevice]) -> Vec<Finding> {
    let check = patient.backend.label();
    let took = format!(
        "loaded in {:.0} ms, created in {:.0} ms, {:.0} MB, {} descriptors",
        created.load_ns as f64 / 1e6,
        created.backend_ns as f64 / 1e6,
        created.usage.rss_bytes as f64 / 1e6,
        created.usage.fds
    );
    let evidence = format!("a process of its own, with {}", patient.plugin.display());
    match patient.backend.medium() {
        Medium::Ucx => {
            let version = patient.trial.versions.get("ucx");
            let version = version.map(|version| format!("UCX {version} ")).unwrap_or_default();
            vec![Finding::ok(check, format!("runs: {version}{took}"), evidence)]
        }
        Medium::Libfabric | Medium::Memory => {
            let log = String::from_utf8_lossy(&patient.trial.log);
            let rails = libfabric_rails(&log);
            let over = match rails {
                Some((count, provider)) => {
                    format!("{} over {provider}, ", counted(u64::from(count), "rail"))
                }
                None => String::new(),
            };
            let mut findings = vec![Finding::ok(check, format!("runs: {over}{took}"), evidence)];
            let unused = |(count, provider)| unused(count, provider, devices);
            findings.extend(rails.and_then(unused));
            findings
        }
    }
}

/// EFA devices that LIBFABRIC leaves alone.
fn unused(rails: u32, provider: &str, devices: &[RdmaDevice]) -> Option<Finding> {
    let efa = devices.iter().filter(|device| device.is_efa()).count();
    let evidence = format!("its log: Created {rails} rails using provider={provider}");
    if efa > 0 && !provider.starts_with("efa") {
        return Some(Finding::warning(
            "rails",
            format!("LIBFABRIC goes over {provider} although there are {efa} EFA devices"),
            evidence,
            "use a libfabric with the EFA provider (fi_info -p efa lists it), let the process open \
             /dev/infiniband/uverbs*, and drop FI_PROVIDER",
        ));
    }
    ((rails as usize) < efa).then(|| {
        Finding::note(
            "rails",
            format!("LIBFABRIC opens {rails} of {efa} EFA devices"),
            evidence,
            "fine if FI_EFA_IFACE shall do that; else look at the devices left out",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::rdma;
    use crate::doctor::samples::Sample;
    use crate::worker::{Step, WorkerUsage};

    const PLUGIN: &str = "/nixl/plugins/libplugin_LIBFABRIC.so";

    fn trial(outcome: Result<Created, TrialError>, log: &str) -> Trial {
        let (versions, mapped, paths) = Default::default();
        Trial { outcome, versions, mapped, paths, log: log.into(), pid: 1 }
    }

    fn judge(trial: &Trial) -> Vec<Finding> {
        let devices = rdma::devices(&Sample::p5().tree());
        let (backend, plugin) = (BackendName::Libfabric, Path::new(PLUGIN));
        check(&Patient { backend, plugin, needs: &[], trial }, &devices)
    }

    fn created() -> Result<Created, TrialError> {
        let usage = WorkerUsage { rss_bytes: 607_000_000, fds: 128, ..WorkerUsage::default() };
        let times = Created { load_ns: 30_000_000, backend_ns: 900_000_000, ..Created::default() };
        Ok(Created { usage, ..times })
    }

    fn log(rails: usize, provider: &str) -> String {
        format!("I1124 12 rail_manager.cpp:232] Created {rails} rails using provider={provider}\n")
    }

    #[test]
    fn all_rails_are_as_they_should_be() {
        let findings = judge(&trial(created(), &log(32, "efa")));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].level, Level::Ok);
        assert!(findings[0].finding.contains("32 rails over efa"));
    }

    #[test]
    fn a_libfabric_without_efa_goes_over_tcp() {
        let findings = judge(&trial(created(), &log(1, "tcp")));
        assert_eq!(findings[1].level, Level::Warning);
        assert!(findings[1].finding.contains("over tcp although there are 32 EFA devices"));
    }

    #[test]
    fn rails_left_out_are_counted() {
        let findings = judge(&trial(created(), &log(4, "efa")));
        assert_eq!(findings[1].level, Level::Note);
        assert!(findings[1].finding.contains("4 of 32"));
    }

    #[test]
    fn a_crash_is_a_fault_with_the_last_error() {
        let reason = "the process ended (signal: 11 (SIGSEGV))".to_owned();
        let crash = Err(TrialError { step: Step::CreateBackend, reason, environment: false });
        let log = "I1 x] fine\nE1124 04:10 x.cpp:80] fi_domain failed\nI2 x] bye\n";
        let findings = judge(&trial(crash, log));
        assert_eq!(findings[0].level, Level::Fault);
        assert!(findings[0].finding.contains("SIGSEGV"), "{findings:?}");
        assert!(findings[0].evidence.contains("fi_domain failed"), "{findings:?}");
        // The plugin is not there either.
        assert!(findings[0].remedy.as_ref().unwrap().contains("kvbench fetch"));
    }
}
