//! The first words between two ends: which kvbench each is, and that both have the token.
//!
//! The near end proves it first, so that whoever knocks without it learns nothing to try tokens on.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frame::{receive_at_most, send};
use super::token::{Draw, End, Nonce, Proof, Token, draw};

/// The version of everything that is said after the handshake.
const PROTOCOL: u32 = 1;

/// The longest message of a handshake, in bytes.
const LONGEST: u32 = 1024;

/// What an end says of itself. Ends of any version understand it.
#[derive(Debug, Serialize, Deserialize)]
struct Introduction {
    protocol: u32,
    /// The version of kvbench.
    version: String,
    nonce: Nonce,
}

/// The far end's answers.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// To the introduction.
    Challenge(Introduction),
    /// To the proof.
    Welcome(Proof),
    /// To either.
    Refused(String),
}

impl Introduction {
    fn draw() -> Result<Self, String> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { protocol: PROTOCOL, version, nonce: draw()? })
    }

    /// Refuses an end that speaks otherwise than this one.
    fn check(&self, other: &Self) -> Result<(), String> {
        if (other.protocol, &other.version) == (self.protocol, &self.version) {
            return Ok(());
        }
        Err(format!(
            "the near side is kvbench {} (protocol {}) and the agent is kvbench {} (protocol {}); \
             install the same on both",
            other.version, other.protocol, self.version, self.protocol
        ))
    }
}

/// The handshake as the end that connected.
pub(super) fn near(
    sender: &mut impl Write,
    receiver: &mut impl Read,
    token: &Token,
) -> Result<(), String> {
    let mine = Introduction::draw()?;
    let lost = |error: io::Error| format!("no handshake: {error}");
    send(sender, &mine).map_err(lost)?;
    let theirs = match hear(receiver)? {
        Answer::Challenge(theirs) => theirs,
        answer => return Err(refusal(answer)),
    };
    theirs.check(&mine)?;
    let draw = Draw { near: mine.nonce, far: theirs.nonce };
    send(sender, &token.prove(End::Near, &draw)).map_err(lost)?;
    match hear(receiver)? {
        Answer::Welcome(proof) if token.verify(End::Far, &draw, &proof) => Ok(()),
        Answer::Welcome(_) => Err("whoever answers there does not have the token".to_owned()),
        answer => Err(refusal(answer)),
    }
}

/// The handshake as the end that listens.
pub(super) fn far(
    sender: &mut impl Write,
    receiver: &mut impl Read,
    token: &Token,
) -> Result<(), String> {
    let mine = Introduction::draw()?;
    let theirs: Introduction = hear(receiver)?;
    let lost = |error: io::Error| format!("no handshake: {error}");
    if let Err(reason) = mine.check(&theirs) {
        send(sender, &Answer::Refused(reason.clone())).map_err(lost)?;
        return Err(reason);
    }
    let draw = Draw { near: theirs.nonce, far: mine.nonce };
    send(sender, &Answer::Challenge(mine)).map_err(lost)?;
    let proof = hear(receiver)?;
    if !token.verify(End::Near, &draw, &proof) {
        let reason = "the token is wrong, or missing".to_owned();
        send(sender, &Answer::Refused(reason.clone())).map_err(lost)?;
        return Err(reason);
    }
    send(sender, &Answer::Welcome(token.prove(End::Far, &draw))).map_err(lost)
}

fn hear<M: DeserializeOwned>(receiver: &mut impl Read) -> Result<M, String> {
    match receive_at_most(receiver, LONGEST) {
        Ok(Some(message)) => Ok(message),
        Ok(None) => Err("no handshake: the connection was closed".to_owned()),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Err("no handshake: it took too long".to_owned())
            }
            _ => Err(format!("no handshake: {error}")),
        },
    }
}

fn refusal(answer: Answer) -> String {
    match answer {
        Answer::Refused(reason) => format!("it refused: {reason}"),
        Answer::Challenge(_) | Answer::Welcome(_) => "it answered something else".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn introduction(protocol: u32, version: &str) -> Introduction {
        Introduction { protocol, version: version.to_owned(), nonce: [0; 32] }
    }

    #[test]
    fn ends_of_other_versions_are_told_both() {
        let this = introduction(1, "0.1.0");
        this.check(&introduction(1, "0.1.0")).unwrap();
        for other in [introduction(2, "0.1.0"), introduction(1, "0.2.0")] {
            let reason = this.check(&other).unwrap_err();
            let theirs = format!("kvbench {} (protocol {})", other.version, other.protocol);
            assert!(reason.contains(&theirs) && reason.contains("kvbench 0.1.0 (protocol 1)"));
        }
    }

    #[test]
    fn a_later_introduction_with_more_in_it_is_understood() {
        let later = format!(r#"{{"protocol":9,"version":"9","nonce":{:?},"more":1}}"#, [0; 32]);
        assert_eq!(serde_json::from_str::<Introduction>(&later).unwrap().protocol, 9);
    }

    #[test]
    fn the_messages_of_a_handshake_fit() {
        let longest = Answer::Challenge(Introduction { nonce: [255; 32], ..introduction(1, "") });
        assert!(serde_json::to_vec(&longest).unwrap().len() < LONGEST as usize / 2);
    }
}
