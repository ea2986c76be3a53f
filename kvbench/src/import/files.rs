//! What clients' folders and settings have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::lines::inert;
use crate::error::{Error, Result};

/// `folder`, if it is one of those that `has` is true of; else those in it that are.
///
/// # Errors
/// It cannot be read.
pub(super) fn folders(folder: &Path, has: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    if has(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let fail = |source| Error::Input { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(fail)?.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| has(path)).collect();
    found.sort_unstable();
    Ok(found)
}

/// The values of settings, by names such as `phases.0.concurrency`.
pub(super) fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let mut below = |key: &str, value| flatten(&format!("{path}.{key}"), value, into);
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(list) => {
            list.iter().zip(0..).for_each(|(value, index)| below(&index.to_string(), value));
        }
        Value::String(text) => _ = into.insert(inert(path), inert(text)),
        plain => _ = into.insert(inert(path), plain.to_string()),
    }
}
