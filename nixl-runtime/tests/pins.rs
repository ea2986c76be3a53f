//! The built-in list of pins, through the public interface.

use nixl_runtime::{pin, pinned_set_digest, pins};

#[test]
fn every_pin_is_whole() {
    assert_eq!(pins().len(), 7);
    for pin in pins() {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        assert!(pin.sha256.len() == 64 && pin.sha256.chars().all(hex), "{}", pin.label());
        assert!(pin.size_bytes > 0 && !pin.licence.is_empty() && !pin.instead.is_empty());
        assert!(pin.file.ends_with(".whl") && pin.file.contains(&pin.version), "{}", pin.file);
        assert!(!pin.provides.is_empty() && !pin.tags.platforms.is_empty());
        assert!(
            pin.include.iter().any(|path| path.to_lowercase().contains("licen")),
            "{}",
            pin.file
        );
    }
}

#[test]
fn pins_are_found_by_name_and_version() {
    for version in ["1.0.1", "1.3.2", "1.5.0", "1.5.1"] {
        assert_eq!(pin("nixl-cu12", version).unwrap().version, version);
    }
    assert!(pin("libclang", "18.1.1").is_some());
    assert!(pin("nixl-cu12", "0.1").is_none());
}

#[test]
fn the_set_has_a_digest_for_records() {
    assert_eq!(pinned_set_digest().len(), 64);
}
