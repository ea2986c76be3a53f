//! The server ends when it is told to, and takes its workers along however it ends.

use nix::sys::signal::Signal;
use serde_json::json;

use super::server::Server;

#[test]
fn an_interrupted_server_tells_its_clients_and_ends_well() {
    let server = Server::paced(&[]);
    let mut stream = server.begin(&json!({"max_tokens": 10_000, "stream": true}));
    stream.until("data: ");
    server.process().signal(Signal::SIGINT);
    let rest = stream.rest();
    assert!(rest.contains("event: error\n: the server is stopping"), "{rest}");
    server.finish().0.returned(0);
}

#[test]
fn a_killed_server_leaves_no_worker() {
    let server = Server::paced(&["--prefill-workers", "2", "--decode-workers", "2"]);
    let mut stream = server.begin(&json!({"max_tokens": 10_000, "stream": true}));
    stream.until("data: ");
    server.process().signal(Signal::SIGKILL);
    // Which waits until none of its processes is left.
    server.finish().0.was_ended_by(Signal::SIGKILL);
}

#[test]
fn it_listens_on_the_loopback_only() {
    let server = Server::instant(&[]);
    assert!(server.address().ip().is_loopback());
}
