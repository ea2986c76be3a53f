//! Wheels placed by hand: unpacked when they are the pinned ones, refused when they are not.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{LIBRARY, Recorder, list_of, pin_for, tiny_wheel, usual_wheel};
use nixl_runtime::{Cache, Error, Fetching, Pin, Silent};
use tempfile::TempDir;

/// A cache that may not fetch, and the usual wheel in it.
fn offline_cache() -> (TempDir, Cache, Pin) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::at(dir.path()).with_fetching(Fetching::Forbidden);
    let pin = usual_wheel(&cache.wheels_dir());
    (dir, cache, pin)
}

/// Nothing was unpacked that somebody could take for complete.
fn assert_nothing_unpacked(cache: &Cache) {
    assert_eq!(fs::read_dir(cache.dir().join("unpacked")).unwrap().count(), 0);
}

fn reason_of_refusal(files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::at(dir.path().join("cache")).with_fetching(Fetching::Forbidden);
    let pin = tiny_wheel(&cache.wheels_dir(), files);
    let refused = cache.wheel(&pin, &mut Silent);
    assert_nothing_unpacked(&cache);
    assert!(!dir.path().join("evil").exists() && !dir.path().join("cache/evil").exists());
    match refused {
        Err(Error::BadWheel { reason, .. }) => reason,
        other => panic!("not refused as a bad wheel: {other:?}"),
    }
}

#[test]
fn a_wheel_placed_by_hand_is_unpacked_without_fetching() {
    let (_dir, cache, pin) = offline_cache();
    let mut recorder = Recorder::default();
    let folder = cache.wheel(&pin, &mut recorder).unwrap();

    assert_eq!(fs::read_to_string(folder.join(LIBRARY)).unwrap(), "library");
    assert_eq!(fs::read_to_string(folder.join("tiny.libs/more")).unwrap(), "more");
    assert!(!folder.join("other").exists(), "more was unpacked than the pin includes");
    let mode = |file: &str| fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(LIBRARY) & 0o100, mode("tiny.libs/more") & 0o111), (0o100, 0));
    assert!(!cache.dir().join("tmp").exists());

    let items: Vec<_> = recorder.steps.iter().map(|step| step.item.as_str()).collect();
    assert_eq!(items, ["verifying tiny 1.0", "unpacking tiny 1.0"]);
    assert!(recorder.steps.iter().all(|step| step.done_bytes == step.total_bytes));
}

#[test]
fn the_second_time_is_quick_and_needs_no_wheel() {
    let (_dir, cache, pin) = offline_cache();
    let folder = cache.wheel(&pin, &mut Silent).unwrap();
    fs::remove_dir_all(cache.wheels_dir()).unwrap();
    let mut recorder = Recorder::default();
    assert_eq!(cache.wheel(&pin, &mut recorder).unwrap(), folder);
    assert!(recorder.steps.is_empty());
}

#[test]
fn a_runtime_knows_its_parts() {
    let (_dir, cache, pin) = offline_cache();
    let cache = cache.with_pins(list_of(&pin));
    assert_eq!(cache.runtime(), None);
    let runtime = cache.ensure(&mut Silent).unwrap();
    assert_eq!(cache.runtime().as_ref(), Some(&runtime));

    assert_eq!(runtime.nixl_version(), "1.0");
    assert_eq!(runtime.library("libnixl_capi.so"), Some(runtime.nixl_prefix().join(LIBRARY)));
    assert_eq!(runtime.dependency_dirs(), Vec::<&Path>::new());
    assert!(runtime.cuda_stub().is_file());
    let manifest = fs::read_to_string(runtime.root().join("manifest.toml")).unwrap();
    assert!(manifest.contains(&pin.sha256) && manifest.contains(&pin.licence));
}

#[test]
fn changed_pins_give_another_folder() {
    let (_dir, cache, pin) = offline_cache();
    let before = cache.wheel(&pin, &mut Silent).unwrap();
    let narrower = Pin { include: vec![LIBRARY.into()], ..pin };
    let after = cache.wheel(&narrower, &mut Silent).unwrap();
    assert_ne!(before, after);
    assert!(!after.join("tiny.libs/more").exists());
}

#[test]
fn a_damaged_folder_is_made_anew() {
    let (_dir, cache, pin) = offline_cache();
    let cache = cache.with_pins(list_of(&pin));
    let runtime = cache.ensure(&mut Silent).unwrap();
    for lost in [
        runtime.library("libnixl_capi.so").unwrap().to_owned(),
        runtime.root().join("manifest.toml"),
    ] {
        fs::remove_file(&lost).unwrap();
        assert_eq!(cache.runtime(), None, "complete without {}", lost.display());
        assert_eq!(cache.ensure(&mut Silent).unwrap(), runtime);
        assert!(lost.is_file());
    }
}

#[test]
fn a_folder_with_another_manifest_is_not_taken_for_complete() {
    let (_dir, cache, pin) = offline_cache();
    let cache = cache.with_pins(list_of(&pin));
    let manifest = cache.ensure(&mut Silent).unwrap().root().join("manifest.toml");
    let other = fs::read_to_string(&manifest).unwrap().replace("digest = \"", "digest = \"0");
    fs::write(&manifest, other).unwrap();
    assert_eq!(cache.runtime(), None);
}

#[test]
fn a_tampered_wheel_is_refused_and_left_alone() {
    let (_dir, cache, pin) = offline_cache();
    let file = cache.wheels_dir().join(&pin.file);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();

    let error = cache.wheel(&pin, &mut Silent).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::HashMismatch { .. }), "{said}");
    let found = pin_for(&file).sha256;
    for part in [&pin.sha256, &found, &format!("delete {} and run again", file.display())] {
        assert!(said.contains(part.as_str()), "{part} is not in: {said}");
    }
    assert_eq!(fs::read(&file).unwrap(), bytes);
    assert_nothing_unpacked(&cache);
}

#[test]
fn a_truncated_wheel_is_refused() {
    let (_dir, cache, pin) = offline_cache();
    let file = fs::File::options().write(true).open(cache.wheels_dir().join(&pin.file)).unwrap();
    file.set_len(pin.size_bytes - 1).unwrap();
    match cache.wheel(&pin, &mut Silent) {
        Err(Error::HashMismatch { found_bytes, expected_bytes, .. }) => {
            assert_eq!(found_bytes + 1, expected_bytes);
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_nothing_unpacked(&cache);
}

#[test]
fn a_name_that_leads_out_is_refused_even_if_it_is_not_included() {
    for name in ["../evil", "tiny.libs/../../../evil", "/evil", "tiny.libs\\evil"] {
        let reason = reason_of_refusal(&[(LIBRARY, "library"), (name, "evil")]);
        assert!(reason.contains("would leave the target folder"), "{name}: {reason}");
    }
}

#[test]
fn a_symbolic_link_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::at(dir.path()).with_fetching(Fetching::Forbidden);
    fs::create_dir_all(cache.wheels_dir()).unwrap();
    let file = cache.wheels_dir().join("link-1.0.whl");
    let mut zip = zip::ZipWriter::new(fs::File::create(&file).unwrap());
    zip.add_symlink("tiny.libs/link", "/etc", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();

    let error = cache.wheel(&pin_for(&file), &mut Silent).unwrap_err().to_string();
    assert!(error.contains("is a symbolic link"), "{error}");
}

#[test]
fn a_wheel_without_what_it_is_pinned_for_is_refused() {
    let reason = reason_of_refusal(&[("tiny.libs/other.so", "library")]);
    assert!(reason.contains(LIBRARY), "{reason}");
}

#[test]
fn a_missing_wheel_is_not_fetched_when_that_is_forbidden() {
    let (_dir, cache, pin) = offline_cache();
    fs::remove_file(cache.wheels_dir().join(&pin.file)).unwrap();
    let error = cache.wheel(&pin, &mut Silent).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::FetchForbidden { .. }), "{said}");
    for part in ["tiny 1.0", &pin.file, cache.wheels_dir().to_str().unwrap(), "make do without"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

#[test]
fn a_pin_that_names_files_elsewhere_is_refused() {
    let (_dir, cache, pin) = offline_cache();
    for wrong in [Pin { file: "../x.whl".into(), ..pin.clone() }, Pin { name: "a/b".into(), ..pin }]
    {
        assert!(matches!(cache.wheel(&wrong, &mut Silent), Err(Error::Pins { .. })));
    }
}

#[test]
fn a_wheel_for_another_machine_is_refused_before_anything_is_fetched() {
    let (_dir, cache, mut pin) = offline_cache();
    pin.tags.platforms = vec!["manylinux_2_28_pdp11".into()];
    let error = cache.wheel(&pin, &mut Silent).unwrap_err();
    assert!(matches!(error, Error::UnsupportedPlatform { .. }));
    assert!(
        error.to_string().contains(std::env::consts::ARCH)
            && error.to_string().contains("make do without")
    );
}
