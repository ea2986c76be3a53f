//! The secret that both ends have, and the proof of having it: a keyed hash of what both drew by lot,
//! so that the token itself never crosses the network, and an old proof is worth nothing.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::{Error, Result};

/// The shortest token, in bytes: whoever overhears a proof can try tokens at leisure.
const SHORTEST: usize = 16;

/// A shared secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Vec<u8>);

/// Drawn by lot for one handshake.
pub(super) type Nonce = [u8; 32];

/// A proof of having the token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Proof([u8; 32]);

/// Which end a proof is of, so that neither can be answered with its own.
#[derive(Clone, Copy)]
pub(super) enum End {
    Near,
    Far,
}

/// What is proved: this handshake, and no other.
#[derive(Clone, Copy)]
pub(super) struct Draw {
    pub near: Nonce,
    pub far: Nonce,
}

impl Token {
    /// Reads a file that holds nothing but the token; blanks and line ends around it do not count.
    ///
    /// # Errors
    /// It cannot be read, or the token is shorter than 16 bytes.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).map_err(|source| Error::Input { path: path.to_owned(), source })?;
        let token = bytes.trim_ascii();
        if token.len() < SHORTEST {
            return Err(Error::Usage(format!(
                "the token in {} has {} bytes, and {SHORTEST} are the least; make one with \
                 `openssl rand -hex 32`",
                path.display(),
                token.len()
            )));
        }
        Ok(Self(token.to_owned()))
    }

    /// No secret at all: everybody has it.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn prove(&self, end: End, draw: &Draw) -> Proof {
        Proof(self.hash(end, draw).finalize().into_bytes().into())
    }

    /// Whether `proof` is right; the time that this takes does not depend on where it is wrong.
    pub(super) fn verify(&self, end: End, draw: &Draw, proof: &Proof) -> bool {
        self.hash(end, draw).verify_slice(&proof.0).is_ok()
    }

    fn hash(&self, end: End, draw: &Draw) -> Hmac<Sha256> {
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key has any length");
        hash.update(match end {
            End::Near => b"kvbench near",
            End::Far => b"kvbench far ",
        });
        hash.update(&draw.near);
        hash.update(&draw.far);
        hash
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Draws a number.
///
/// # Errors
/// The system has no randomness, in words.
pub(super) fn draw() -> std::result::Result<Nonce, String> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|error| format!("no randomness: {error}"))?;
    Ok(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_token_one_end_and_one_draw() {
        let (token, other) = (Token(vec![7; 16]), Token(vec![8; 16]));
        let this = Draw { near: [1; 32], far: [2; 32] };
        let proof = token.prove(End::Near, &this);
        assert!(token.verify(End::Near, &this, &proof));
        assert!(!token.verify(End::Far, &this, &proof), "reflected");
        assert!(
            !other.verify(End::Near, &this, &proof)
                && !Token::none().verify(End::Near, &this, &proof)
        );
        for later in [Draw { near: [3; 32], ..this }, Draw { far: [3; 32], ..this }] {
            assert!(!token.verify(End::Near, &later, &proof), "replayed");
        }
        assert_ne!(draw().unwrap(), draw().unwrap());
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let mut hash = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        hash.update(b"what do ya want for nothing?");
        let expected = [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e];
        assert_eq!(hash.finalize().into_bytes()[..8], expected);
    }

    #[test]
    fn a_token_is_what_a_file_holds_between_blanks() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "  0123456789abcdef\n").unwrap();
        assert_eq!(Token::read(file.path()).unwrap(), Token(b"0123456789abcdef".to_vec()));
        std::fs::write(file.path(), "0123456789abcde\n").unwrap();
        let short = Token::read(file.path()).unwrap_err().to_string();
        assert!(short.contains("15 bytes") && short.contains("openssl rand"), "{short}");
        assert!(!format!("{:?}", Token(b"secret".to_vec())).contains("secret"));
    }
}
