//! Build facts for the records: commit, compiler, target.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/index");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let commit = run("git", &["describe", "--always", "--dirty=+", "--abbrev=12"]);
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!("cargo::rustc-env=KVBENCH_COMMIT={}", commit.unwrap_or_default());
    println!(
        "cargo::rustc-env=KVBENCH_RUSTC={}",
        run(&rustc, &["--version"]).unwrap_or_else(|| "unknown".to_owned())
    );
    println!("cargo::rustc-env=KVBENCH_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
