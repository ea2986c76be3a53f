//! `kvbench doctor` says what is true of this machine, and what to do about what is not as it should be.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nixl_runtime::{Cache, Silent};
use serde_json::Value;
use tempfile::tempdir;

use crate::harness::{Finished, Kvbench, pinned_version};

/// Far more than an examination takes, also on a machine that does something else.
const SOON: Duration = Duration::from_secs(5);

const SCHEMA: &str = include_str!("../../kvbench/schema/doctor-1.schema.json");

/// What was found, from a run with `--json`.
struct Findings(Value);

impl Findings {
    /// Of a run of `kvbench doctor --json`, which returned `code`.
    #[track_caller]
    fn of(run: Kvbench, code: i32) -> Self {
        Self::parse(&run.finish().returned(code))
    }

    #[track_caller]
    fn parse(run: &Finished) -> Self {
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors = validator.iter_errors(&report).map(|error| error.to_string());
        assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{report:#}");
        Self(report)
    }

    /// The findings of a check.
    fn all<'a>(&'a self, check: &'a str) -> impl Iterator<Item = &'a Value> {
        let findings = self.0["findings"].as_array().unwrap().iter();
        findings.filter(move |finding| finding["check"] == check)
    }

    /// Fails unless `check` found something of `level` that has all of `words` in it.
    #[track_caller]
    fn has(&self, check: &str, level: &str, words: &[&str]) {
        let found = self.all(check).any(|finding| {
            let text = finding.to_string();
            finding["level"] == level && words.iter().all(|word| text.contains(word))
        });
        assert!(found, "no {level} of {check} with {words:?} in {:#}", self.0);
    }

    fn runs(&self, backend: &str) -> bool {
        self.0["backends"][backend].as_bool().unwrap()
    }
}

fn doctor(arguments: &[&str]) -> Kvbench {
    Kvbench::new(&[&["doctor", "--json"], arguments].concat())
}

/// The 1.5.1 wheel, whose LIBFABRIC plugin wants a newer libfabric than any.
fn too_new() -> PathBuf {
    let pin = nixl_runtime::pin("nixl-cu12", "1.5.1").expect("it is pinned");
    let cache = Cache::from_env().expect("there is a place for the cache");
    cache.wheel(pin, &mut Silent).expect("a pinned wheel can be had")
}

#[test]
fn both_backends_run_here() {
    let run = doctor(&[]).finish().returned(0);
    assert!(run.took < SOON, "it took {:?}", run.took);
    let found = Findings::parse(&run);
    assert!(found.runs("UCX") && found.runs("LIBFABRIC"));
    found.has("NIXL", "ok", &[pinned_version(), "named by NIXL_PREFIX"]);
    found.has("UCX", "ok", &["UCX 1.23", "libplugin_UCX.so"]);
    found.has("LIBFABRIC", "ok", &["rail", "over ", "libplugin_LIBFABRIC.so"]);
    assert_eq!(found.all("libfabric").count(), 1);
}

#[test]
fn the_machine_is_as_the_kernel_shows_it() {
    let found = Findings::of(doctor(&["--backend", "ucx"]), 0);
    let text = |check: &str| found.all(check).next().unwrap_or(&Value::Null).to_string();
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();

    let limits = read("/proc/self/limits");
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    assert!(text("open files").contains(files.split_whitespace().next().unwrap()));
    let pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    assert!(text("huge pages").contains(pages.trim()), "{}", text("huge pages"));
    let efa = std::fs::read_dir("/sys/class/infiniband").map_or(0, |listing| {
        let driver = |path: PathBuf| std::fs::read_link(path.join("device/driver"));
        let is_efa = |path| driver(path).is_ok_and(|driver| driver.ends_with("efa"));
        listing.flatten().filter(|entry| is_efa(entry.path())).count()
    });
    assert!(text("EFA").contains(&format!("{efa} of driver efa")), "{}", text("EFA"));
    let has_driver = Path::new("/proc/driver/nvidia/version").exists();
    assert_eq!(text("GPU").contains("no NVIDIA driver"), !has_driver);
}

#[test]
fn a_prefix_without_nixl() {
    let found = Findings::of(doctor(&["--nixl-prefix", "/nonexistent"]), 3);
    let words = ["/nonexistent/lib64/libnixl_capi.so", "correct --nixl-prefix"];
    found.has("NIXL", "fault", &words);
    assert!(!found.runs("UCX") && !found.runs("LIBFABRIC"));
}

#[test]
fn no_nixl_is_fetched_but_said_how_to_get() {
    let usual = ["/opt/nvidia/nvda_nixl", "/usr/local/nixl"];
    if usual.iter().any(|path| Path::new(path).exists()) {
        return;
    }
    let home = tempdir().unwrap();
    let run = Kvbench::without_nixl(home.path(), &["doctor", "--json"]);
    // It would be fetched, were fetching not somebody else's job. An empty prefix is none.
    let run = run.env("KVBENCH_NO_FETCH", "0").env("NIXL_PREFIX", "");
    let found = Findings::of(run, 3);
    found.has("NIXL", "fault", &["kvbench fetch", "NIXL_PREFIX"]);
    assert_eq!(home.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_plugin_that_asks_for_a_newer_libfabric() {
    let prefix = too_new();
    let with = |backend| {
        Findings::of(
            doctor(&["--backend", backend]).env("NIXL_PREFIX", &prefix),
            if backend == "ucx" { 0 } else { 3 },
        )
    };
    let found = with("libfabric");
    found.has("LIBFABRIC", "fault", &["lacks symbol version FABRIC_1.10", "install a libfabric"]);
    assert!(!found.runs("LIBFABRIC"));
    // The other backend of the same NIXL is none the worse.
    assert!(with("ucx").runs("UCX"));
}

#[test]
fn settings_that_nobody_reads() {
    let run = doctor(&[])
        .env("NIXL_LIBFABRIC_MAX_RAILS", "1")
        .env("VLLM_NIXL_KVCACHE_BACKEND", "LIBFABRIC")
        .env("UCX_TSL", "tcp")
        .env("UCX_TCP_SNDBUF", "64k")
        .env("FI_MR_CACHE_MAX_SISE", "1")
        .env("FI_UNIVERSE_SIZE", "256");
    let found = Findings::of(run, 0);
    let ignored = ["the stock LIBFABRIC plugin ignores it", "FI_EFA_IFACE"];
    found.has("NIXL_LIBFABRIC_MAX_RAILS", "warning", &ignored);
    found.has("VLLM_NIXL_KVCACHE_BACKEND", "warning", &["kv_connector_extra_config"]);
    found.has("UCX_TSL", "warning", &["UCX itself logs it", "did you mean UCX_TLS?"]);
    found.has("FI_MR_CACHE_MAX_SISE", "warning", &["no file of libfabric"]);
    for read in ["UCX_TCP_SNDBUF", "FI_UNIVERSE_SIZE"] {
        assert_eq!(found.all(read).count(), 0, "{read} is read");
    }
}

#[test]
fn settings_without_ucx_to_ask() {
    // UCX's own word for it is silenced; its files still tell.
    let run = doctor(&["--backend", "ucx"])
        .env("UCX_LOG_LEVEL", "error")
        .env("UCX_TSL", "tcp")
        .env("UCX_TCP_SNDBUF", "64k");
    let found = Findings::of(run, 0);
    found.has("UCX_TSL", "warning", &["no file of UCX", "did you mean UCX_TLS?"]);
    assert_eq!(found.all("UCX_TCP_SNDBUF").count(), 0);
}

#[test]
fn a_device_that_does_not_exist_and_the_backend_that_wants_it() {
    let found = Findings::of(doctor(&[]).env("UCX_NET_DEVICES", "nosuch0"), 3);
    found.has("UCX_NET_DEVICES", "warning", &["no device nosuch0", "/sys/class/net and"]);
    found.has("UCX", "fault", &["failed to create backend UCX", "its last words"]);
    assert!(found.runs("LIBFABRIC"));
}

#[test]
fn a_parameter_that_does_nothing() {
    let found = Findings::of(doctor(&["--backend", "ucx", "--param", "ucx_devices=eth0"]), 0);
    found.has("parameter ucx_devices", "warning", &["never reads it", "UCX_NET_DEVICES"]);
}

/// `kvbench doctor` where libfabric loads a provider whose entry does this, in C.
fn with_provider(folder: &Path, body: &str, arguments: &[&str]) -> Finished {
    let source = folder.join("provider.c");
    let code = "#include <stdlib.h>\n#include <unistd.h>\nvoid *fi_prov_ini(void) { ";
    std::fs::write(&source, format!("{code}{body} return 0; }}\n")).unwrap();
    let library = folder.join("libtest-fi.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).args([&library, &source]);
    assert!(compiler.status().expect("there is a C compiler").success());
    let command = doctor(arguments).env("FI_PROVIDER_PATH", folder);
    command.finish().returned(3)
}

#[test]
fn native_code_that_crashes_or_hangs_takes_nothing_along() {
    let folder = tempdir().unwrap();
    let crashed = Findings::parse(&with_provider(folder.path(), "abort();", &[]));
    crashed.has("LIBFABRIC", "fault", &["failed to create the backend", "SIGABRT"]);
    let hung = with_provider(folder.path(), "for (;;) pause();", &["--timeout", "2s"]);
    assert!(hung.took < SOON, "it took {:?}", hung.took);
    let hung = Findings::parse(&hung);
    hung.has("LIBFABRIC", "fault", &["failed to create the backend", "no answer within 2 s"]);
    assert!(crashed.runs("UCX") && hung.runs("UCX"));
}

#[test]
fn people_get_a_table_without_colours_where_it_is_no_terminal() {
    let run = Kvbench::new(&["doctor"]).finish().returned(0);
    assert!(run.stdout.contains("UCX runs, LIBFABRIC runs. 0 faults"), "{}", run.stdout);
    for words in [" ok       UCX", "seen: ", "try: "] {
        assert!(run.stdout.contains(words), "no {words:?} in {}", run.stdout);
    }
    assert!(!run.stdout.contains('\x1b'));
}
