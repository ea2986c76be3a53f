//! Two processes: one writes into the memory of the other, and reads it back.
//!
//! ```text
//! cargo run -p nixl --example host_to_host [UCX|LIBFABRIC]
//! ```
//!
//! The process that you start is the initiator. It starts itself once more as the target, and the two
//! talk over the target's standard input and output, where other programs would use a socket.

mod common;

use std::io::{stdin, stdout};
use std::process::{Child, Command, Stdio};

use common::{Result, load, receive, send};
use nixl::{Agent, Backend, Block, HostBuffer, Metadata, Op, Params, Progress, Region};
use nixl::{Registration, Transfer};

/// The memory is a little key-value cache: 64 blocks of 64 KiB.
const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 64;

/// What the initiator tells the target with every write.
const WRITTEN: &[u8] = b"the blocks are written";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(backend)) if role == "target" => target(&backend),
        (backend, _) => initiator(backend.as_deref().unwrap_or("UCX")),
    }
}

fn initiator(backend: &str) -> Result<()> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["target", backend])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    transfer(backend, &mut process)?;
    // It ends when its standard input does.
    drop(process.stdin.take());
    if !process.wait()?.success() {
        return Err("the target failed".into());
    }
    Ok(())
}

/// WRITE all blocks, let the target look at them, READ them back.
fn transfer(backend: &str, target: &mut Child) -> Result<()> {
    let (Some(to_target), Some(from_target)) = (&mut target.stdin, &mut target.stdout) else {
        return Err("the target has no pipes".into());
    };

    // An agent, a backend, and memory that is registered with it.
    let agent = Agent::builder("initiator").build(&load()?)?;
    let backend = agent.create_backend(backend, &Params::new())?;
    let mut buffer = HostBuffer::new(BLOCK * BLOCKS)?;
    buffer.as_mut_slice().copy_from_slice(&contents());
    let memory = agent.register(buffer, &[&backend])?;

    // Metadata goes both ways, so that the target can be reached and can answer. The region says
    // where the target's memory lies.
    send(&mut *to_target, &agent.metadata()?.to_bytes())?;
    // SAFETY: the other process is this example too, and the pipe is ours alone.
    let metadata = unsafe { Metadata::from_bytes(&receive(&mut *from_target)?) }?;
    let region = decode(&receive(&mut *from_target)?)?;
    let peer = agent.load_remote(&metadata)?;

    // Blocks are named once, on both sides; a transfer picks some of them by index.
    let local = memory.prepare(blocks(), &backend)?;
    let remote = peer.prepare(&region, blocks(), &backend)?;
    let all: Vec<u32> = (0..BLOCKS as u32).collect();
    let mut write = local.transfer(Op::Write, &all, &remote, &all).notify(WRITTEN).build()?;
    let mut read = local.transfer(Op::Read, &all, &remote, &all).build()?;

    run(&mut write)?;
    println!("{}", String::from_utf8(receive(&mut *from_target)?)?);

    memory.write(0, &vec![0; BLOCK * BLOCKS])?;
    run(&mut read)?;
    verify(&memory)?;
    println!("initiator: {BLOCKS} blocks read back and verified");
    Ok(())
}

/// Waits for the notification, looks at the blocks, and serves the read that follows.
fn target(backend: &str) -> Result<()> {
    // The progress thread serves the initiator while this one waits for its standard input.
    let agent = Agent::builder("target").progress_thread(true).build(&load()?)?;
    let backend: Backend = agent.create_backend(backend, &Params::new())?;
    let memory = agent.register(HostBuffer::new(BLOCK * BLOCKS)?, &[&backend])?;
    send(stdout(), &agent.metadata()?.to_bytes())?;
    send(stdout(), &encode(memory.region()))?;
    // SAFETY: the other process is this example too, and the pipe is ours alone.
    agent.load_remote(&unsafe { Metadata::from_bytes(&receive(stdin())?) }?)?;

    // Written data may be used when its notification is there, and not before.
    let mut inbox = agent.inbox()?;
    let mut written = false;
    while !written {
        inbox.poll(|notification| written |= notification.message == WRITTEN)?;
    }
    verify(&memory)?;
    send(stdout(), format!("target: {BLOCKS} blocks written and verified").as_bytes())?;

    // The initiator closes the pipe when it is done.
    match receive(stdin()) {
        Ok(_) => Err("the initiator said something unexpected".into()),
        Err(_closed) => Ok(()),
    }
}

/// Posts a transfer, and polls it to its end.
fn run(transfer: &mut Transfer) -> Result<()> {
    let mut progress = transfer.post()?;
    while progress == Progress::Active {
        progress = transfer.poll()?;
    }
    Ok(())
}

fn blocks() -> impl Iterator<Item = Block> {
    (0..BLOCKS).map(|i| Block { offset: i * BLOCK, len: BLOCK })
}

/// Bytes that tell every place from its neighbours.
fn contents() -> Vec<u8> {
    (0..BLOCK * BLOCKS).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}

fn verify(memory: &Registration) -> Result<()> {
    let mut found = vec![0; memory.len()];
    memory.read(0, &mut found)?;
    if found != contents() {
        return Err("these are other bytes than were sent".into());
    }
    Ok(())
}

fn encode(Region { address, len, device }: Region) -> Vec<u8> {
    [address, len, device].map(u64::to_le_bytes).concat()
}

fn decode(bytes: &[u8]) -> Result<Region> {
    let word = |word: &[u8; 8]| u64::from_le_bytes(*word);
    match bytes.as_chunks() {
        ([address, len, device], []) => {
            Ok(Region { address: word(address), len: word(len), device: word(device) })
        }
        _ => Err("a region is three words".into()),
    }
}
