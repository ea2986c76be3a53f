//! The batch script on one host, with stand-ins for Slurm's own programs and for the names of nodes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::{Kvbench, cell, read};

/// Runs the command here, whatever node it is for.
const SRUN: &str = "#!/bin/bash\nwhile [[ $1 == --* ]]; do shift; done\nexec \"$@\"\n";

/// The nodes of the job.
const SCONTROL: &str = "#!/bin/bash\necho near; echo far\n";

/// Their address: the system's own program finds none in a network that has the loopback only.
const GETENT: &str = "#!/bin/bash\necho 127.0.0.1 STREAM \"$2\"\n";

/// A job, and the folder from which it was submitted.
struct Job {
    programs: TempDir,
    folder: TempDir,
}

impl Job {
    fn new() -> Self {
        let job =
            Self { programs: tempfile::tempdir().unwrap(), folder: tempfile::tempdir().unwrap() };
        for (name, text) in [("getent", GETENT), ("scontrol", SCONTROL), ("srun", SRUN)] {
            let path = job.programs.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_kvbench"), job.programs.path().join("kvbench")).unwrap();
        job
    }

    /// The script with these arguments, in a network where nobody else is; none where the system does not
    /// let this user make one.
    fn script(&self, arguments: &[&str]) -> Option<Kvbench> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/slurm/kvbench.sbatch");
        let path = format!("{}:/usr/bin:/bin", self.programs.path().display());
        let script = Kvbench::called_by(&script, arguments)
            .env("PATH", path)
            .env("TMPDIR", self.programs.path())
            .env("SLURM_JOB_ID", "7")
            .env("SLURM_JOB_NODELIST", "both")
            .env("SLURM_SUBMIT_DIR", self.folder.path())
            .env("SLURMD_NODENAME", "near");
        let (script, possible) = script.in_network_of_its_own();
        if !possible {
            eprintln!("skipped: this user cannot make a network");
        }
        possible.then_some(script)
    }

    /// What is in the folder, by name.
    fn results(&self) -> Vec<PathBuf> {
        names(self.folder.path())
    }

    /// Fails the test unless the node's own temporary files are gone.
    fn left_nothing(&self) {
        let programs = ["getent", "kvbench", "scontrol", "srun"].map(PathBuf::from);
        assert_eq!(names(self.programs.path()), programs);
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into());
    let mut names: Vec<PathBuf> = entries.collect();
    names.sort();
    names
}

#[test]
fn a_job_leaves_its_records_and_nothing_else() {
    let job = Job::new();
    let short = [
        "--backend",
        "ucx",
        "--ucx-tls",
        "tcp",
        "--isl",
        "32",
        "--restarts",
        "1",
        "--duration",
        "1s",
    ];
    let Some(script) = job.script(&short) else { return };
    script.finish().returned(0);
    assert_eq!(job.results(), ["kvbench-7.html", "kvbench-7.jsonl"].map(PathBuf::from));
    job.left_nothing();
    let records = read(&job.folder.path().join("kvbench-7.jsonl"));
    let cell = cell(&records, "UCX");
    assert!(cell.verified && cell.environment.far.is_some(), "{:?}", cell.environment);
}

#[test]
fn a_job_fails_as_its_kvbench_does_and_tells_what_the_agent_said() {
    let job = Job::new();
    let Some(script) = job.script(&["--isl", "nothing"]) else { return };
    script.finish().returned(2).complained_of(&["--isl", "listening on 127.0.0.1:"]);
    assert_eq!(job.results(), [] as [PathBuf; 0]);
    job.left_nothing();
}

#[test]
fn a_cancelled_job_ends_both_sides() {
    let job = Job::new();
    let long = [
        "--backend",
        "ucx",
        "--ucx-tls",
        "tcp",
        "--isl",
        "32",
        "--restarts",
        "1",
        "--duration",
        "60s",
    ];
    let Some(script) = job.script(&long) else { return };
    let mut running = script.start();
    running.wait_for("measuring");
    running.coordinator().signal(Signal::SIGTERM);
    // Of whose processes none is left.
    running.finish().returned(143);
    let leftover = job.results().into_iter().find(|name| name.extension().is_none());
    assert_eq!(leftover, None);
    job.left_nothing();
}
