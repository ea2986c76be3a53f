//! Compiles the provider into a shared library that the crate embeds.
//!
//! cargo delivers programs, and no library beside them. So the provider is compiled here, by the
//! same compiler and for the same target as the crate.

use std::env;
use std::path::PathBuf;
use std::process::{self, Command};

const SOURCE: &str = "provider/lib.rs";

fn main() {
    for input in ["provider", "src", "../nixl-sys/src/libfabric/bindings.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let library = PathBuf::from(variable("OUT_DIR")).join("efa-emu-fi.so");
    let mut rustc = Command::new(variable("RUSTC"));
    rustc
        .args(["--crate-type=cdylib", "--crate-name=efa_emu_provider", "--edition=2024"])
        .args(["-Copt-level=2", "-Cpanic=abort", "-Cstrip=symbols"])
        .args(["--target", &variable("TARGET")])
        .args(variable("CARGO_ENCODED_RUSTFLAGS").split('\x1f').filter(|flag| !flag.is_empty()))
        .arg(SOURCE)
        .arg("-o")
        .arg(library);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut flag = std::ffi::OsString::from("-Clinker=");
        flag.push(linker);
        rustc.arg(flag);
    }
    match rustc.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("the compiler ended with {status}")),
        Err(error) => fail(&error.to_string()),
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn fail(why: &str) -> ! {
    println!("cargo::error=failed to build {SOURCE}: {why}");
    process::exit(1)
}
