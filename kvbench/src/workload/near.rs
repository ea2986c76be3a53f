//! Names near a mistyped one.

/// Most suggestions made.
const MOST: usize = 3;

/// The candidates within a third of their length of `name` in edits, the nearest first.
pub(crate) fn near<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<(usize, &str)> = candidates
        .map(|candidate| (distance(&short(name), &short(candidate)), candidate))
        .filter(|&(edits, candidate)| edits <= short(candidate).len() / 3)
        .collect();
    found.sort();
    found.into_iter().take(MOST).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// The part after the organisation, in lower case.
pub(super) fn short(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

/// Levenshtein distance: insertions, deletions and substitutions of one character, each at cost 1.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (deleted, source) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = deleted + 1;
        for (at, &target) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(source != target);
            diagonal = row[at + 1];
            row[at + 1] = substituted.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_pairs() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance("flaw", "lawn"), 2);
    }

    #[test]
    fn the_nearest_comes_first_and_the_far_is_left_out() {
        let names = ["org/abcdef", "org/abcdxx", "org/zzzzzz"];
        assert_eq!(near("ABCDEX", names.into_iter()), ["org/abcdef", "org/abcdxx"]);
        assert!(near("qqq", names.into_iter()).is_empty());
    }
}
