//! Two processes, an initiator and a target, with a wire between them.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use crate::link::Link;
use crate::process::{Ended, LIMIT, Process, finished, part};

/// Runs both sides of `case`, each in a process of its own; fails unless both succeed.
///
/// The name of the case tells it from others of the same test.
pub fn pair(case: &str, initiator: impl FnOnce(Link), target: impl FnOnce(Link)) {
    judged(case, initiator, target, |initiator, target| {
        assert!(
            initiator.succeeded() && target.succeeded(),
            "{case}: initiator {:?}, target {:?}\n{}\n{}",
            initiator.status,
            target.status,
            initiator.log,
            target.log
        );
    });
}

/// As [`pair`], but `judge` says what their ends mean.
pub fn judged(
    case: &str,
    initiator: impl FnOnce(Link),
    target: impl FnOnce(Link),
    judge: impl FnOnce(Ended, Ended),
) {
    let Some(mine) = part() else {
        let (a, b) = UnixStream::pair().expect("a pair of sockets can be made");
        let target = Process::start(&format!("target: {case}"), OwnedFd::from(b));
        let initiator = Process::start(&format!("initiator: {case}"), OwnedFd::from(a));
        let deadline = Instant::now() + LIMIT;
        judge(initiator.end(deadline), target.end(deadline));
        return;
    };
    match mine.split_once(": ") {
        Some(("initiator", name)) if name == case => initiator(Link::of_this_process()),
        Some(("target", name)) if name == case => target(Link::of_this_process()),
        _ => return,
    }
    finished();
}
