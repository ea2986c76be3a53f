//! `src/bindings.rs` is what bindgen makes of the header today, and covers the whole C ABI.

mod generate;

use std::path::PathBuf;
use std::process::Command;

use nixl_runtime::Cache;

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/nixl_capi.h");
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bindings.rs");

/// Set to write the committed file anew instead of comparing with it.
const BLESS: &str = "NIXL_SYS_BLESS";

#[test]
fn committed_bindings_are_current() {
    let fresh = generate::bindings(HEADER, &builtin_headers());
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(COMMITTED, &fresh).expect("the bindings can be written");
        return;
    }
    let committed = std::fs::read_to_string(COMMITTED).expect("the bindings are committed");
    assert!(
        fresh == committed,
        "src/bindings.rs is not what include/nixl_capi.h says; \
         run `{BLESS}=1 cargo test -p nixl-sys --test bindings` and commit it"
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
