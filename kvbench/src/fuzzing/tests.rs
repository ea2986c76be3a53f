//! Every input of the corpora, and many changes of each: what a fuzzer does, without its instruments.

use std::path::PathBuf;

use super::TARGETS;

/// Changes of each input.
const CHANGES: u64 = 200;

/// Bytes that mean something in JSON and TOML, and some that never do.
const BYTES: &[u8] = b"09-\"{}[],:.eE\x00\xff\n";

/// A generator (xorshift64*): the same changes in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        high as usize % limit.max(1)
    }
}

/// The inputs that are committed for a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{folder:?}: {why}"));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// An input with one to four changes: a bit, a byte, a piece away, a piece twice, or another's piece.
fn changed(input: &[u8], others: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=chance.below(4) {
        let (at, len) = (chance.below(bytes.len()), chance.below(64));
        let end = (at + len).min(bytes.len());
        match chance.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => bytes[at] = BYTES[chance.below(BYTES.len())],
            2 => drop(bytes.drain(at..end)),
            3 => bytes.extend_from_within(at..end),
            _ => {
                let other = &others[chance.below(others.len())];
                let from = chance.below(other.len());
                let piece = &other[from..(from + len).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn no_input_of_a_corpus_nor_a_change_of_it_does_harm() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 3, "{name} has a corpus");
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        target(b"");
        for input in &inputs {
            target(input);
            for _ in 0..CHANGES {
                target(&changed(input, &inputs, &mut chance));
            }
        }
    }
}
