//! Names near a mistyped one.

use strsim::osa_distance;

/// Most suggestions made.
const MOST: usize = 3;

/// The candidates within a third of their length of `name` in edits (two letters exchanged are one),
/// the nearest first.
pub(crate) fn near<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<(usize, &str)> = candidates
        .map(|candidate| (osa_distance(&short(name), &short(candidate)), candidate))
        .filter(|&(edits, candidate)| edits <= short(candidate).len() / 3)
        .collect();
    found.sort();
    found.into_iter().take(MOST).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// The part after the organisation, in lower case.
pub(super) fn short(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_comes_first_and_the_far_is_left_out() {
        let names = ["org/abcdef", "org/abcdxx", "org/zzzzzz"];
        assert_eq!(near("ABCDEX", names.into_iter()), ["org/abcdef", "org/abcdxx"]);
        assert_eq!(near("rials", ["backend", "rails"].into_iter()), ["rails"]);
        assert!(near("qqq", names.into_iter()).is_empty());
    }
}
