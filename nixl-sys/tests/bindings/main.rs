//! The committed bindings are what bindgen makes of the headers today.

mod generate;

use std::path::{Path, PathBuf};
use std::process::Command;

use nixl_runtime::Cache;

use crate::generate::{Abi, LIBFABRIC, NIXL, UCX};

/// Set to write the committed files anew instead of comparing with them.
const BLESS: &str = "NIXL_SYS_BLESS";

#[test]
fn committed_bindings_are_current() {
    let clang_args = builtin_headers();
    for abi in [NIXL, LIBFABRIC, UCX] {
        check(&abi, &clang_args);
    }
}

fn check(abi: &Abi, clang_args: &[String]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(abi.committed);
    let fresh = abi.bindings(clang_args);
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(file, &fresh).expect("the bindings can be written");
        return;
    }
    let committed = std::fs::read_to_string(file).expect("the bindings are committed");
    assert!(
        fresh == committed,
        "{} is not what {} says; run `{BLESS}=1 cargo test -p nixl-sys --test bindings` and \
         commit it",
        abi.committed,
        abi.header
    );
}

/// Points bindgen at the pinned libclang, and clang at the C compiler's own headers (`stddef.h`),
/// which that wheel does not carry.
fn builtin_headers() -> Vec<String> {
    // SAFETY: this test binary has a single test, and no other thread reads the environment.
    unsafe { std::env::set_var("LIBCLANG_PATH", libclang()) };
    let output = Command::new("cc")
        .arg("-print-file-name=include")
        .output()
        .expect("a C compiler is installed");
    let include = String::from_utf8(output.stdout).expect("a path");
    vec![format!("-isystem{}", include.trim())]
}

fn libclang() -> PathBuf {
    let pin = nixl_runtime::pin("libclang", "18.1.1").expect("libclang is pinned");
    let wheel = Cache::from_env()
        .and_then(|cache| cache.wheel(pin, &mut nixl_runtime::Silent))
        .expect("libclang can be fetched");
    wheel.join("clang/native")
}
