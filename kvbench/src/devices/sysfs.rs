//! Reading attributes: small text files, links and folders, any of which may be absent.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The text of an attribute; `None` where there is none, it says nothing, or the driver refuses.
pub(super) fn text(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// An attribute that is a decimal number.
pub(super) fn number<T: FromStr>(file: &Path) -> Option<T> {
    text(file)?.parse().ok()
}

/// The last part of where a link leads to.
pub(super) fn link_name(link: &Path) -> Option<String> {
    name(&std::fs::read_link(link).ok()?)
}

/// The entries of a folder in the order of their names; none where it cannot be read.
pub(super) fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = listing.flatten().map(|entry| entry.path());
    let mut entries: Vec<_> = paths.filter_map(|path| Some((name(&path)?, path))).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}
