//! What is no NIXL is refused with the reason, and so is a second one.

use std::path::{Path, PathBuf};
use std::process::Command;

use nixl_sys::{Dependencies, Functions, Installation, Library, OpenError, Source};

use crate::process::alone;
use crate::{open, wheels};

/// An installation that is a single file.
fn installation_of(library: &Path) -> Installation {
    let folder = library.parent().expect("a file lies in a folder");
    Installation {
        prefix: folder.to_owned(),
        library: library.to_owned(),
        plugins: folder.join("plugins"),
        version: None,
        source: Source::Explicit,
    }
}

fn refused(library: &Path) -> OpenError {
    let opened = Library::open(&installation_of(library), &Dependencies::default());
    opened.expect_err("this is no NIXL")
}

/// Builds a library from C source.
fn build(folder: &Path, source: &str) -> PathBuf {
    let (code, library) = (folder.join("false.c"), folder.join("libnixl_capi.so"));
    std::fs::write(&code, source).expect("a temporary folder is writable");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &code])
        .status()
        .expect("a C compiler is installed");
    assert!(status.success());
    library
}

/// A library with every mandatory symbol but `without`, whose `is_stub` answers `stub`.
fn imitation(folder: &Path, without: &str, stub: bool) -> PathBuf {
    let names = Functions::MANDATORY.iter().map(|name| name.to_str().expect("symbols are ASCII"));
    let functions: String = names
        .filter(|name| *name != without)
        .map(|name| format!("_Bool {name}(void) {{ return {}; }}\n", u8::from(stub)))
        .collect();
    build(folder, &functions)
}

#[test]
fn a_missing_file_is_named_with_the_loaders_words() {
    alone("missing", || {
        let path = Path::new("/nonexistent/libnixl_capi.so");
        let error = refused(path);
        assert!(matches!(&error, OpenError::Load { library, .. } if library == path), "{error:?}");
        assert!(error.to_string().contains("No such file or directory"), "{error}");
    });
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    alone("text", || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("libnixl_capi.so");
        std::fs::write(&path, "#!/bin/sh\n".repeat(99)).expect("it is writable");
        let error = refused(&path);
        assert!(matches!(error, OpenError::Load { .. }), "{error:?}");
        assert!(error.to_string().contains("invalid ELF header"), "{error}");
    });
}

#[test]
fn every_missing_symbol_is_named() {
    alone("all", || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = refused(&build(folder.path(), "int something_else;\n"));
        let OpenError::MissingSymbols { symbols, .. } = &error else { panic!("{error:?}") };
        assert_eq!(symbols.len(), Functions::MANDATORY.len());
    });
    alone("one", || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = refused(&imitation(folder.path(), "nixl_capi_gen_notif", false));
        let OpenError::MissingSymbols { symbols, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*symbols, ["nixl_capi_gen_notif"]);
        assert!(error.to_string().contains("lacks nixl_capi_gen_notif"), "{error}");
    });
}

#[test]
fn a_stub_is_refused_and_a_complete_library_is_not() {
    alone("stub", || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = imitation(folder.path(), "", true);
        let error = refused(&path);
        assert!(matches!(&error, OpenError::Stub { library } if *library == path), "{error:?}");
    });
    // The imitation is refused for being a stub, and for nothing else.
    alone("complete", || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = imitation(folder.path(), "", false);
        Library::open(&installation_of(&path), &Dependencies::default()).expect("it is complete");
    });
}

#[test]
fn a_process_has_one_nixl() {
    alone("two", || {
        let first = open(wheels::DEFAULT);
        open(wheels::DEFAULT);
        let second = wheels::installation("1.3.2");
        let opened = Library::open(&second, &Dependencies::default());
        let error = opened.expect_err("two cannot live in one process");
        let OpenError::AlreadyLoaded { library, loaded } = &error else { panic!("{error:?}") };
        assert_eq!((library, loaded), (&second.library, &first.installation().library));
    });
}

#[test]
fn a_refused_file_does_not_bar_a_real_one() {
    alone("after", || {
        refused(Path::new("/nonexistent/libnixl_capi.so"));
        open(wheels::DEFAULT);
    });
}
