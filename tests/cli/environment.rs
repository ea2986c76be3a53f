//! What the machine cannot do is said before anything runs: what, why, and how to mend it.

use std::path::Path;
use std::time::Duration;

use tempfile::{TempDir, tempdir};

use crate::harness::{Kvbench, wheel};

/// Nothing is measured for a message; hashing a wheel takes longest.
const SOON: Duration = Duration::from_secs(5);

#[track_caller]
fn cannot(command: Kvbench, words: &[&str]) {
    let run = command.finish().returned(3).complained_of(words);
    assert_eq!(run.stdout, "");
    assert!(run.took < SOON, "it took {:?}", run.took);
}

/// A cache with this as the wheel of NIXL.
fn cache_with_wheel(bytes: &[u8]) -> (TempDir, String) {
    let cache = tempdir().unwrap();
    let file = cache.path().join("wheels").join(wheel().name);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, bytes).unwrap();
    (cache, file.to_str().unwrap().to_owned())
}

fn fetch_into(cache: &Path) -> Kvbench {
    Kvbench::without_nixl(cache, &["fetch"]).env("KVBENCH_CACHE_DIR", cache)
}

#[test]
fn no_nixl_and_no_way_to_fetch_one() {
    let home = tempdir().unwrap();
    let words = ["failed to find a NIXL", "KVBENCH_NO_FETCH forbids", "set NIXL_PREFIX"];
    let wheels = home.path().join(".cache/kvbench/wheels");
    let words = [&words[..], &[wheels.to_str().unwrap()]].concat();
    cannot(Kvbench::without_nixl(home.path(), &["fetch"]), &words);
    // An installed NIXL is used by a run, and then nothing is missing.
    if !["/opt/nvidia/nvda_nixl", "/usr/local/nixl"].iter().any(|path| Path::new(path).exists()) {
        cannot(Kvbench::without_nixl(home.path(), &["run"]), &words);
    }
}

#[test]
fn no_python_to_fetch_with() {
    let home = tempdir().unwrap();
    let command = Kvbench::without_nixl(home.path(), &["fetch"]).env("KVBENCH_NO_FETCH", "0");
    cannot(command, &["cannot run python3", "install Python 3 with pip", "NIXL_PREFIX"]);
}

#[test]
fn a_prefix_with_no_nixl_in_it() {
    let words = ["/nonexistent/lib64/libnixl_capi.so", "correct --nixl-prefix or NIXL_PREFIX"];
    cannot(Kvbench::new(&[]).env("NIXL_PREFIX", "/nonexistent"), &words);
    cannot(Kvbench::new(&["--nixl-prefix", "/nonexistent"]), &words);
}

#[test]
fn a_wheel_with_one_wrong_bit() {
    let mut bytes = wheel().bytes;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let (cache, file) = cache_with_wheel(&bytes);
    let words = [&file, "is not the pinned file", &format!("delete {file}")];
    cannot(fetch_into(cache.path()), &words);
}

#[test]
fn a_wheel_that_ends_too_early() {
    let bytes = wheel().bytes;
    let (cache, file) = cache_with_wheel(&bytes[..bytes.len() - 1]);
    let size = format!("({} bytes)", bytes.len() - 1);
    cannot(fetch_into(cache.path()), &[&file, "is not the pinned file", &size]);
}

#[test]
fn blocks_larger_than_memory() {
    let words = ["does not fit into memory", "16384.0 GiB", "give a smaller --block-size"];
    cannot(Kvbench::new(&["--block-size", "8TiB", "--backend", "ucx"]), &words);
}

#[test]
fn a_transport_that_ucx_does_not_have() {
    let arguments = ["--backend", "ucx", "--ucx-tls", "nope", "--block-size", "4KiB"];
    let run = Kvbench::new(&arguments).finish().returned(3);
    assert!(run.stdout.contains("failed to create the backend"), "{}", run.stdout);
    assert!(run.stdout.contains("transport 'nope' is not available"), "{}", run.stdout);
}
