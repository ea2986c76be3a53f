//! The lines of a worker's log that are worth showing when it failed.

/// The last lines of `log`, `most` at most, that are errors or warnings, or neither NIXL's nor UCX's.
pub(crate) fn last_words(log: &[u8], most: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().filter(|line| is_complaint(line)).collect();
    lines[lines.len().saturating_sub(most)..].iter().map(ToString::to_string).collect()
}

/// Whether a line of a log is worth showing: NIXL's and UCX's errors and warnings, or not theirs.
fn is_complaint(line: &str) -> bool {
    let informs = line.starts_with('I') && line[1..].starts_with(|c: char| c.is_ascii_digit());
    !informs && !line.contains(" INFO ") && !line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complaints_are_shown() {
        assert!(!is_complaint("I1124 04:10:50.956106 2954 nixl_log.cpp:80] NIXL version"));
        assert!(!is_complaint("[1.2] [vm:1 :0] parser.c:2587 UCX  INFO  UCX_* env"));
        assert!(is_complaint("E1124 04:10:50.956106 2954 x.cpp:80] it broke"));
        assert!(is_complaint("Invalid thing"));
        assert!(!is_complaint("  "));
    }

    #[test]
    fn the_last_ones_count() {
        let log = b"one\ntwo\n\xff\nthree\n";
        assert_eq!(last_words(log, 2), ["\u{fffd}", "three"]);
        assert_eq!(last_words(b"", 2), [""; 0]);
    }
}
