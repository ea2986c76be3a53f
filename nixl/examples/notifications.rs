//! Notifications: with a transfer, where they say that its data is there, and without one.
//!
//! ```text
//! cargo run -p nixl --example notifications [UCX|LIBFABRIC]
//! ```
//!
//! Both agents live in this process, as they may.

mod common;

use common::{Result, load};
use nixl::{Agent, Block, HostBuffer, Inbox, Op, Params, Progress};

fn main() -> Result<()> {
    let backend = std::env::args().nth(1).unwrap_or("UCX".to_owned());
    let nixl = load()?;

    // Progress threads drive both agents, whichever of them this thread is busy with.
    let sender = Agent::builder("sender").progress_thread(true).build(&nixl)?;
    let receiver = Agent::builder("receiver").progress_thread(true).build(&nixl)?;
    let from = sender.create_backend(&backend, &Params::new())?;
    let to = receiver.create_backend(&backend, &Params::new())?;
    let page = sender.register(HostBuffer::new(4096)?, &[&from])?;
    let board = receiver.register(HostBuffer::new(4096)?, &[&to])?;
    let peer = sender.load_remote(&receiver.metadata()?)?;
    let mut inbox = receiver.inbox()?;

    // Without a transfer: a message, as with any other wire.
    sender.notify(&peer, b"hello", &from)?;
    println!("{}", next(&mut inbox)?);

    // With a transfer: the notification comes behind the data, with every post.
    let block = [Block { offset: 0, len: 5 }];
    let (local, remote) =
        (page.prepare(block, &from)?, peer.prepare(&board.region(), block, &from)?);
    let write = local.transfer(Op::Write, &[0], &remote, &[0]).notify(b"the page is written");
    let mut write = write.build()?;
    for text in [b"first", b"again"] {
        page.write(0, text)?;
        let mut progress = write.post()?;
        while progress == Progress::Active {
            progress = write.poll()?;
        }
        // The transfer is done, but only here: the receiver waits for the notification.
        let notification = next(&mut inbox)?;
        let mut found = [0; 5];
        board.read(0, &mut found)?;
        println!("{notification}: {}", String::from_utf8_lossy(&found));
    }
    Ok(())
}

/// The next notification, with its sender.
fn next(inbox: &mut Inbox) -> Result<String> {
    let mut text = String::new();
    while text.is_empty() {
        inbox.poll(|notification| {
            let message = String::from_utf8_lossy(notification.message);
            text = format!("{} says: {message}", notification.from.to_string_lossy());
        })?;
    }
    Ok(text)
}
