//! Two ends of a connection: who gets in, and who does not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::*;

fn token(text: &str) -> Token {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Token::read(file.path()).unwrap()
}

fn identity() -> Identity {
    let folder = tempfile::tempdir().unwrap();
    Identity::read_or_make(&folder.path().join("identity.pem")).unwrap()
}

/// An end that takes up one connection and sends every message back; where it listens.
fn mirror(token: Token, tls: Option<&Identity>) -> (String, JoinHandle<Result<(), String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let tls = tls.map(|identity| identity.server().unwrap());
    let answers = move || {
        let (mut sender, mut receiver) = accept(listener.accept().unwrap().0, &token, tls)?;
        while let Ok(Some(message)) = receive::<Vec<u64>>(&mut receiver) {
            send(&mut sender, &message).map_err(|error| error.to_string())?;
        }
        Ok(())
    };
    (address, std::thread::spawn(answers))
}

/// Speaks to a mirror, first in turns and then with both halves at once; what it says to that.
fn speak(tls: Option<&Identity>) {
    let (address, mirror) = mirror(token("one and the same"), tls);
    let pinned = tls.map(Identity::fingerprint);
    let (mut sender, mut receiver) =
        connect(&address, &token("one and the same"), pinned.as_ref()).unwrap();
    send(&mut sender, &[7]).unwrap();
    assert_eq!(receive(&mut receiver).unwrap(), Some(vec![7]));
    // Far more than sockets and TLS hold between the ends.
    let long: Vec<u64> = (0..200_000).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| (0..8).for_each(|_| send(&mut sender, &long).unwrap()));
        (0..8).for_each(|_| assert_eq!(receive(&mut receiver).unwrap().as_ref(), Some(&long)));
    });
    sender.close();
    mirror.join().unwrap().unwrap();
}

#[test]
fn messages_cross_in_both_directions_at_once() {
    speak(None);
}

#[test]
fn messages_cross_in_both_directions_at_once_with_tls() {
    speak(Some(&identity()));
}

#[test]
fn another_token_is_refused_on_both_sides() {
    for wrong in [token("not the same one"), Token::none()] {
        let (address, mirror) = mirror(token("one and the same"), None);
        let refused = connect(&address, &wrong, None).err().unwrap();
        assert_eq!(refused, "it refused: the token is wrong, or missing");
        assert_eq!(mirror.join().unwrap().unwrap_err(), "the token is wrong, or missing");
    }
}

#[test]
fn an_end_that_has_another_certificate_is_not_spoken_to() {
    let (known, other) = (identity(), identity());
    let (address, mirror) = mirror(token("one and the same"), Some(&other));
    let pinned = known.fingerprint();
    let refused = connect(&address, &token("one and the same"), Some(&pinned)).err().unwrap();
    assert!(refused.contains(&other.fingerprint().to_string()), "{refused}");
    mirror.join().unwrap().unwrap_err();
}

#[test]
fn ends_that_disagree_about_tls_do_not_come_together() {
    let identity = identity();
    let (address, plain) = mirror(token("one and the same"), None);
    let pinned = identity.fingerprint();
    connect(&address, &token("one and the same"), Some(&pinned)).err().unwrap();
    plain.join().unwrap().unwrap_err();
    let (address, secret) = mirror(token("one and the same"), Some(&identity));
    connect(&address, &token("one and the same"), None).err().unwrap();
    secret.join().unwrap().unwrap_err();
}

#[test]
fn whoever_says_nonsense_or_too_little_is_refused() {
    let huge = [&[1][..], &u32::MAX.to_le_bytes(), &[b'{'; 64]].concat();
    let other_version = br#"{"protocol":99,"version":"99.0.0","nonce":[0]}"#;
    let frame = |body: &[u8]| [&[1][..], &(body.len() as u32).to_le_bytes(), body].concat();
    for (bytes, reason) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "protocol version 71"),
        (huge, "4294967295 bytes is too long"),
        (frame(b"{}"), "missing field"),
        (frame(other_version), "invalid length"),
        (vec![1, 4], "failed to fill"),
        (Vec::new(), "closed"),
    ] {
        let (address, mirror) = mirror(token("one and the same"), None);
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(&bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let refused = mirror.join().unwrap().unwrap_err();
        assert!(refused.contains(reason), "{refused} is not {reason}");
        // It is told nothing, and its connection is closed.
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
