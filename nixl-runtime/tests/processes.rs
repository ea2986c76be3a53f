//! Several processes on one cache, killed ones among them.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::thread;

use common::{LIBRARY, cache_with, eventually, list_of, pin_for, served, usual_wheel};
use nixl_runtime::{Cache, Fetching, Progress, Silent};

const DIR: &str = "NIXL_RUNTIME_TEST_DIR";
const PYTHON: &str = "NIXL_RUNTIME_TEST_PYTHON";

/// This test binary, running just one of the helpers below.
fn process(helper: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([helper, "--exact", "--ignored", "--nocapture"]).env(DIR, dir);
    command.stdout(Stdio::piped());
    command
}

fn given_dir() -> PathBuf {
    std::env::var_os(DIR).expect("only for processes that the other tests start").into()
}

/// Prints the steps.
struct Printer;

impl Progress for Printer {
    fn begin(&mut self, item: &str, _total_bytes: u64) {
        println!("\nstep: {item}");
    }
    fn advance(&mut self, _done_bytes: u64) {}
    fn end(&mut self) {}
}

#[test]
#[ignore = "the other tests run it, in a process of its own"]
fn ensures() {
    let dir = given_dir();
    let pin = pin_for(&served(&dir).join("tiny-1.0-py3-none-any.whl"));
    let cache = cache_with(&dir, &std::env::var(PYTHON).unwrap()).with_pins(list_of(&pin));
    let runtime = cache.ensure(&mut Printer).unwrap();
    println!("\nroot: {}", runtime.root().display());
}

#[test]
#[ignore = "the other tests run it, in a process of its own"]
fn fails_to_fetch_the_default_set() {
    let cache = Cache::at(given_dir()).with_fetching(Fetching::Allowed);
    println!("\n{}", cache.ensure(&mut Silent).unwrap_err());
}

/// Reads lines until one contains `text`.
fn line_with(stdout: &mut BufReader<ChildStdout>, text: &str) -> Option<String> {
    stdout.lines().map(Result::unwrap).find(|line| line.contains(text))
}

fn spawn(dir: &Path, python: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = process("ensures", dir).env(PYTHON, python).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

#[test]
fn two_processes_at_once_fetch_once() {
    let dir = tempfile::tempdir().unwrap();
    usual_wheel(&served(dir.path()));
    let hold = dir.path().join("hold");
    fs::write(&hold, "").unwrap();

    let (mut first, mut first_out) = spawn(dir.path(), "serves");
    eventually("the first to run pip", || fs::read(dir.path().join("pip-runs")).ok());
    let (mut second, mut second_out) = spawn(dir.path(), "serves");
    line_with(&mut second_out, "waiting for another kvbench").expect("the second does not wait");
    fs::remove_file(hold).unwrap();

    let roots = [&mut first_out, &mut second_out].map(|out| line_with(out, "root: ").unwrap());
    assert_eq!(roots[0], roots[1]);
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
    assert_eq!(fs::read_to_string(dir.path().join("pip-runs")).unwrap(), "run\n");
}

#[test]
fn many_threads_at_once_fetch_once() {
    let dir = tempfile::tempdir().unwrap();
    let pin = usual_wheel(&served(dir.path()));
    let cache = cache_with(dir.path(), "serves");
    let start = Barrier::new(4);
    thread::scope(|scope| {
        let ensure = || {
            start.wait();
            cache.wheel(&pin, &mut Silent).unwrap()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ensure)).collect();
        for thread in threads {
            assert!(thread.join().unwrap().join(LIBRARY).is_file());
        }
    });
    assert_eq!(fs::read_to_string(dir.path().join("pip-runs")).unwrap(), "run\n");
}

#[test]
fn a_killed_fetch_takes_pip_along_and_is_redone() {
    let dir = tempfile::tempdir().unwrap();
    let pin = usual_wheel(&served(dir.path()));
    let (mut killed, _stdout) = spawn(dir.path(), "hangs");
    let pid = eventually("pip to start", || fs::read_to_string(dir.path().join("pip.pid")).ok());
    killed.kill().unwrap();
    killed.wait().unwrap();
    eventually("pip to die with its parent", || ended(pid.trim()).then_some(()));
    assert!(dir.path().join("tmp").exists(), "the kill came too late to test anything");

    let cache = cache_with(dir.path(), "serves").with_pins(list_of(&pin));
    assert_eq!(cache.runtime(), None);
    assert!(cache.ensure(&mut Silent).unwrap().library("libnixl_capi.so").unwrap().is_file());
    assert!(!dir.path().join("tmp").exists());
}

/// Gone, or dead and waiting for whoever adopted it.
fn ended(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_none_or(|rest| rest.is_empty() || rest.trim().starts_with(['Z', 'X']))
}

#[test]
fn without_python_in_path_the_error_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process("fails_to_fetch_the_default_set", dir.path());
    let output = command.env("PATH", "").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("failed to fetch nixl-cu12 1.5.0: cannot run python3"), "{said}");
    assert!(said.contains("set NIXL_PREFIX to an installed NIXL"), "{said}");
}

#[test]
fn an_unreachable_index_is_recognised_in_what_the_real_pip_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process("fails_to_fetch_the_default_set", dir.path());
    // Port 9 of this machine is the discard service, which nobody runs.
    command.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").env("PIP_RETRIES", "1");
    command.env("PIP_FIND_LINKS", "").env("PIP_EXTRA_INDEX_URL", "").env("NO_PROXY", "127.0.0.1");
    let output = command.env("PIP_CONFIG_FILE", "/dev/null").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("failed to fetch nixl-cu12 1.5.0: pip cannot reach its package index"),
        "{said}"
    );
}
