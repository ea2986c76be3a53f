//! The table and the header against what the pinned libraries export.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use nixl_sys::{Elf, Functions};

use crate::wheels;

const HEADER: &str = include_str!("../../include/nixl_capi.h");

/// The functions of the C ABI that the library of this version exports.
fn exported(version: &str) -> BTreeSet<String> {
    let elf = Elf::read(&wheels::installation(version).library).expect("a library");
    elf.exports.into_iter().filter(|name| name.starts_with("nixl_capi_")).collect()
}

/// The functions that the header declares: a name in front of a parenthesis.
fn declared() -> BTreeSet<String> {
    HEADER
        .match_indices("nixl_capi_")
        .map(|(start, _)| &HEADER[start..])
        .filter_map(|text| text.split_once('(').map(|(name, _)| name))
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// Every symbol that filling the table asks for.
fn in_the_table() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let symbol = |name: &CStr| -> Option<NonNull<c_void>> {
        asked.borrow_mut().insert(name.to_string_lossy().into_owned());
        Some(NonNull::dangling())
    };
    // SAFETY: the table is filled with addresses that are no functions, and dropped uncalled.
    let filled = unsafe { Functions::resolve(symbol) };
    assert!(filled.is_some());
    asked.into_inner()
}

fn mandatory() -> BTreeSet<String> {
    Functions::MANDATORY.iter().map(|name| name.to_string_lossy().into_owned()).collect()
}

#[test]
fn the_table_and_the_header_have_every_function_of_1_5() {
    for version in ["1.5.0", "1.5.1"] {
        let exported = exported(version);
        assert_eq!(exported.len(), 104, "{version}");
        assert_eq!(in_the_table(), exported, "{version}");
        assert_eq!(declared(), exported, "{version}");
    }
}

#[test]
fn the_mandatory_functions_are_those_of_older_builds() {
    assert_eq!(mandatory().len(), 96);
    for version in ["1.0.1", "1.3.2"] {
        assert_eq!(mandatory(), exported(version), "{version}");
    }
}

#[test]
fn a_table_without_a_mandatory_function_is_not_made() {
    for missing in Functions::MANDATORY {
        let symbol = |name: &CStr| (name != *missing).then_some(NonNull::dangling());
        // SAFETY: as in `in_the_table`.
        assert!(unsafe { Functions::resolve(symbol) }.is_none(), "{missing:?}");
    }
}

#[test]
fn optional_functions_may_all_be_missing() {
    let mandatory = mandatory();
    let symbol = |name: &CStr| {
        mandatory.contains(name.to_string_lossy().as_ref()).then_some(NonNull::dangling())
    };
    // SAFETY: as in `in_the_table`.
    let table = unsafe { Functions::resolve(symbol) }.expect("nothing mandatory is missing");
    assert!(table.create_remote_dlist.is_none() && table.release_mem_view.is_none());
}
