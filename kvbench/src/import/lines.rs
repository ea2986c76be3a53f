//! JSON Lines of any kind, whole or not at all.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Bad lines that are told, at most.
const TOLD: usize = 5;

/// The lines of a file, with their numbers from 1.
///
/// # Errors
/// It cannot be read; or some lines are no `T`, which are told by number.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>> {
    let bytes = file(path)?;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    for (line, number) in lines.filter(|(line, _)| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice(line) {
            Ok(value) => good.push((number, value)),
            Err(error) => bad.push(format!("line {number}: {}", reason(&error))),
        }
    }
    match bad.len() {
        0 => Ok(good),
        number => {
            let rest = number.saturating_sub(TOLD);
            bad.truncate(TOLD);
            if rest > 0 {
                bad.push(format!("and {rest} more lines"));
            }
            Err(damaged(path, &bad.join("\n  ")))
        }
    }
}

/// The bytes of a file that the user named.
pub(super) fn file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Input { path: path.to_owned(), source })
}

/// A file that is not what it should be.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Usage(format!("{} is damaged:\n  {why}", path.display()))
}

/// What is wrong with a line, whose number is told apart. It may quote the line, so it is inert.
fn reason(error: &serde_json::Error) -> String {
    inert(&error.to_string().replace(" at line 1 column ", ", at column "))
}

/// Text from a file: a terminal obeys control characters.
pub(super) fn inert(text: &str) -> String {
    text.replace(char::is_control, "?")
}
