//! Whoever has no token, or says something else than a kvbench does, gets nowhere, and others are served
//! as ever.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::started::Agent;
use crate::harness::{Kvbench, assert_sound, cell, parse};

/// How long an agent listens to a stranger: 5 s, and some more on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says `bytes`, and waits for the agent to close the connection.
fn say(agent: &Agent, bytes: &[u8]) {
    let mut stream = TcpStream::connect(&agent.address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).expect("it is taken in");
    // An answer, if there is one, tells no more than that it is refused; a reset is as good.
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it was left open");
    }
    assert!(answer.len() < 512, "{}", String::from_utf8_lossy(&answer));
}

/// Says `begin`, and from there on a byte at a time, until the agent has had enough.
fn say_slowly(address: &str, begin: &[u8]) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let begun = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(begin).expect("it is taken in");
    loop {
        assert!(begun.elapsed() < PATIENCE, "a byte now and then keeps it waiting");
        match stream.read(&mut [0; 64]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
            Ok(len) => panic!("it answered with {len} bytes"),
        }
        if stream.write_all(b" ").is_err() {
            return;
        }
    }
}

fn refused(agent: &Agent, token: Option<&Path>) {
    let token = token.map(|token| ["--token-file", token.to_str().unwrap()]);
    let arguments = [&["--peer", agent.address.as_str()][..], token.as_ref().map_or(&[], |t| t)];
    let run = Kvbench::new(&arguments.concat()).finish().returned(3);
    run.complained_of(&["cannot be used", "the token is wrong, or missing"]);
}

/// A run of one backend over TCP, also on one host.
fn measures(agent: &Agent) {
    let short = ["--block-size", "64KiB", "--batch", "8", "--restarts", "1", "--duration", "500ms"];
    let ucx = ["--backend", "ucx", "--ucx-tls", "tcp", "--json", "-"];
    let run = agent.kvbench(&[&short[..], &ucx].concat()).finish().returned(0);
    assert_sound(cell(&parse(&run.stdout), "UCX"));
}

fn strangers_get_nowhere(agent: Agent) {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("token");
    std::fs::write(&wrong, "another token for tests\n").unwrap();
    let address = agent.address.as_str();
    // A frame of 200 bytes, or TLS's record of a handshake of 200.
    let begin: &[u8] = if agent.fingerprint.is_none() {
        &[1, 200, 0, 0, 0]
    } else {
        &[22, 3, 1, 0, 200, 1, 0, 0, 196]
    };
    std::thread::scope(|scope| {
        scope.spawn(move || say_slowly(address, begin));
        // While that one is at it, others are refused and served.
        say(&agent, b"GET / HTTP/1.1\r\nHost: agent\r\n\r\n");
        say(&agent, &[0xff; 4096]);
        say(&agent, &[&[1][..], &u32::MAX.to_le_bytes(), &[b'['; 1 << 16]].concat());
        if agent.fingerprint.is_none() {
            refused(&agent, Some(&wrong));
            refused(&agent, None);
        }
        measures(&agent);
    });
    agent.is_alone();
    measures(&agent);
    let said = agent.end().complained_of(&["refused: "]);
    assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
}

#[test]
fn strangers_get_nowhere_and_the_agent_goes_on() {
    strangers_get_nowhere(Agent::start(&[]));
}

#[test]
fn strangers_get_nowhere_with_tls_either() {
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("identity.pem");
    strangers_get_nowhere(Agent::start(&["--tls", identity.to_str().unwrap()]));
}

#[test]
fn an_agent_of_another_identity_is_not_spoken_to() {
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("identity.pem");
    let agent = Agent::start(&["--tls", identity.to_str().unwrap()]);
    let mut peer = agent.peer();
    *peer.last_mut().unwrap() = "0".repeat(64);
    let peer: Vec<_> = peer.iter().map(String::as_str).collect();
    let run = Kvbench::new(&peer).finish().returned(3);
    run.complained_of(&["the certificate there is", agent.fingerprint.as_deref().unwrap()]);
    agent.end();
}
