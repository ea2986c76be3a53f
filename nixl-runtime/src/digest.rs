//! SHA-256 of files and texts.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Hashes all of `reader` and tells `done` the bytes read so far. Returns the hex digest and the
/// number of bytes.
pub(crate) fn sha256_of(
    reader: &mut dyn Read,
    mut done: impl FnMut(u64),
) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    let mut total_bytes = 0;
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok((hex(&hasher.finalize()), total_bytes)),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                total_bytes += count as u64;
                done(total_bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hex digest of a text.
pub(crate) fn sha256_of_text(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_test_vector() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of_text("abc"), expected);
        let mut seen = Vec::new();
        let digest = sha256_of(&mut "abc".as_bytes(), |bytes| seen.push(bytes)).unwrap();
        assert_eq!(digest, (expected.to_owned(), 3));
        assert_eq!(seen, [3]);
    }
}
