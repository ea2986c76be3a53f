//! Why a plugin does not load is found out, with the file and the reason.

use std::collections::BTreeSet;

use nixl_sys::{Dependencies, Dependency, Library, Origin, PluginFault};

use crate::process::alone;
use crate::{open, wheels};

#[test]
fn ucx_and_libfabric_are_fine_with_what_the_runtime_has() {
    for version in ["1.0.1", "1.3.2", "1.5.0"] {
        alone(version, || {
            let library = open(version);
            assert_eq!(library.diagnose("UCX"), []);
            assert_eq!(library.diagnose("LIBFABRIC"), []);
        });
    }
}

#[test]
fn an_unknown_plugin_is_no_plugin() {
    alone("unknown", || {
        let library = open(wheels::DEFAULT);
        let path = library.installation().plugin("CARRIER_PIGEON");
        assert_eq!(library.diagnose("CARRIER_PIGEON"), [PluginFault::NoPlugin(path.clone())]);
        assert!(path.ends_with("plugins/libplugin_CARRIER_PIGEON.so"));
    });
}

#[test]
fn a_libfabric_that_is_too_old_is_passed_over_and_its_version_named() {
    alone("1.5.1", || {
        let nixl = wheels::installation("1.5.1");
        let dependencies = wheels::dependencies(&nixl);
        let libfabric = named(&dependencies, "libfabric.so.1");
        let Some((old, reason)) = libfabric.rejected.last() else { panic!("{libfabric:?}") };
        assert_eq!(libfabric.file, None);
        assert_eq!(reason, "lacks symbol version FABRIC_1.10");
        assert!(old.is_file() && old.ends_with("libfabric.so.1"));

        let library = Library::open(&nixl, &dependencies).expect("NIXL itself needs no libfabric");
        assert_eq!(library.diagnose("UCX"), []);
        let faults = library.diagnose("LIBFABRIC");
        let file = wheels::runtime().library("libfabric.so.1").expect("the runtime has it");
        let version = "FABRIC_1.10".to_owned();
        let missing = PluginFault::MissingVersion { library: file, version };
        assert_eq!(faults, [missing]);
    });
}

#[test]
fn without_fallback_folders_the_missing_libraries_are_named() {
    alone("bare", || {
        let nixl = wheels::installation(wheels::DEFAULT);
        let dependencies = Dependencies::resolve(&nixl, &[], None);
        let absent: BTreeSet<_> = dependencies
            .iter()
            .filter(|dependency| dependency.file.is_none())
            .map(|dependency| dependency.soname.clone())
            .collect();
        let library = Library::open(&nixl, &dependencies).expect("NIXL itself needs none of them");
        let faults = library.diagnose("LIBFABRIC");
        let missing: BTreeSet<_> = faults
            .iter()
            .map(|fault| match fault {
                PluginFault::MissingLibrary { soname, reason: None } => soname.clone(),
                other => panic!("{other}"),
            })
            .collect();
        // Which of them a machine has is its own affair; that the two agree is not.
        assert_eq!(missing, absent);
        for fault in &faults {
            assert!(fault.to_string().ends_with(" is missing"), "{fault}");
        }
    });
}

#[test]
fn dependencies_say_where_they_come_from() {
    let nixl = wheels::installation(wheels::DEFAULT);
    let runtime = wheels::runtime();
    let sonames = ["libcuda.so.1", "libcudart.so.12", "libhwloc.so.15", "libfabric.so.1"];
    let dependencies = wheels::dependencies(&nixl);
    assert_eq!(dependencies.iter().map(|one| one.soname.as_str()).collect::<Vec<_>>(), sonames);
    for dependency in dependencies.iter() {
        let (file, origin) = dependency.file.as_ref().expect("the runtime has each of them");
        let of_the_runtime = file.starts_with(runtime.root());
        match origin {
            Origin::System => assert!(!of_the_runtime, "{}", file.display()),
            Origin::Fallback => assert!(of_the_runtime, "{}", file.display()),
            Origin::CudaStub => assert_eq!(*file, runtime.cuda_stub()),
        }
    }
}

fn named<'a>(dependencies: &'a Dependencies, soname: &str) -> &'a Dependency {
    dependencies.iter().find(|one| one.soname == soname).expect("the plugins need it")
}

#[test]
fn a_dependency_that_is_no_library_is_named_with_the_reason() {
    alone("garbage", || {
        let nixl = wheels::installation(wheels::DEFAULT);
        let folder = tempfile::tempdir().expect("a temporary folder");
        for soname in ["libcuda.so.1", "libcudart.so.12", "libhwloc.so.15", "libfabric.so.1"] {
            std::fs::write(folder.path().join(soname), "garbage").expect("it is writable");
        }
        let dependencies = Dependencies::resolve(&nixl, &[folder.path().to_owned()], None);
        let refused = dependencies.iter().filter(|dependency| dependency.file.is_none()).count();
        let library = Library::open(&nixl, &dependencies).expect("NIXL itself needs none of them");
        let faults = library.diagnose("LIBFABRIC");
        assert_eq!(faults.len(), refused);
        for fault in faults {
            let PluginFault::MissingLibrary { soname, reason: Some(reason) } = fault else {
                panic!("{fault}");
            };
            assert!(reason.contains("ELF"), "{soname}: {reason}");
        }
    });
}
