//! The text of answers.

/// Words that are one token each in the usual vocabularies, also one after the other.
const WORDS: [&str; 9] = [" the", " a", " of", " to", " in", " and", " is", " for", " that"];

/// The `index`-th word of an answer.
pub(super) fn word(index: u64) -> &'static str {
    WORDS[(index % WORDS.len() as u64) as usize]
}

/// The first `count` words of an answer.
pub(super) fn text(count: u64) -> String {
    (0..count).map(word).collect()
}
