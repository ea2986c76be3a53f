//! Compiles the CUDA driver stub into a shared library that the crate embeds.

use std::path::PathBuf;
use std::{env, process};

const SOURCE: &str = "stub/libcuda.c";
const SONAME: &str = "libcuda.so.1";

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    let library = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(SONAME);
    // cc reads TARGET and CC_<target>, so a cross build gets the compiler of the target.
    let compiler = match cc::Build::new().try_get_compiler() {
        Ok(compiler) => compiler,
        Err(error) => fail(&format!("no C compiler: {error}")),
    };
    let status = compiler
        .to_command()
        .args(["-shared", "-fPIC", "-Wall", "-Wextra"])
        .arg(format!("-Wl,-soname,{SONAME}"))
        .arg(SOURCE)
        .arg("-o")
        .arg(&library)
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("the C compiler ended with {status}")),
        Err(error) => fail(&format!("{}: {error}", compiler.path().display())),
    }
}

fn fail(why: &str) -> ! {
    println!(
        "cargo::error=failed to build {SOURCE} ({why}); install a C compiler, or set CC to one"
    );
    process::exit(1)
}
