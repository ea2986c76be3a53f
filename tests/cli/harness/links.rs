//! Two network namespaces with shaped links between them, which end with the test.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::{prctl, signal::Signal};
use nix::unistd::{Gid, Uid};

use super::network::show_network;
use super::wait::eventually;

/// What a link may send at once beyond its rate, in bytes.
pub const BURST_BYTES: u64 = 256 << 10;

/// Frames large enough that headers are little beside the payload.
const MTU: u32 = 9000;

/// How long the kernel may take to count a new link as up.
const UP_LIMIT: Duration = Duration::from_secs(20);

/// Where distributions keep `ip` and `tc`; not in every user's `PATH`.
const PATH: &str = "/usr/sbin:/sbin:/usr/bin:/bin";

/// An end of the links.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    A,
    B,
}

/// Two namespaces, and links from `a0` to `b0`, `a1` to `b1`, … between them.
pub struct Links {
    a: Holder,
    b: Holder,
}

impl Links {
    /// Links that carry so many megabits per second each, in either direction.
    ///
    /// Root can make them, and so can others where the kernel lets them have a user namespace. Where
    /// it does not, there are none, which standard error tells; for root that fails the test.
    pub fn of(megabits_per_s: &[u64]) -> Option<Self> {
        let root = Uid::effective().is_root();
        match Self::make(megabits_per_s, root) {
            Ok(links) => Some(links),
            Err(why) => {
                assert!(!root, "root cannot make shaped links: {why}");
                eprintln!("skipped, this user cannot make shaped links: {why}");
                None
            }
        }
    }

    fn make(megabits_per_s: &[u64], root: bool) -> Result<Self, String> {
        let a = Holder::start(None, root).map_err(|error| format!("no namespace: {error}"))?;
        let b = Holder::start(Some(&a), root).map_err(|error| format!("no namespace: {error}"))?;
        let links = || (0..megabits_per_s.len()).zip(megabits_per_s);
        let pairs = links().map(|(i, _)| {
            let b = b.child.id();
            format!("link add a{i} mtu {MTU} type veth peer name b{i} mtu {MTU} netns {b}\n")
        });
        a.batch("ip", &pairs.collect::<String>())?;
        for (side, end, host) in [(&a, 'a', 1), (&b, 'b', 2)] {
            let up = links().map(|(i, _)| {
                let (address, device) = (format!("10.77.{i}.{host}/24"), format!("{end}{i}"));
                format!("address add {address} dev {device}\nlink set {device} up\n")
            });
            side.batch("ip", &format!("link set lo up\n{}", up.collect::<String>()))?;
            let shaped = links().map(|(i, rate)| {
                format!(
                    "qdisc add dev {end}{i} root tbf rate {rate}mbit burst {BURST_BYTES} latency 50ms\n"
                )
            });
            side.batch("tc", &shaped.collect::<String>())?;
        }
        for side in [&a, &b] {
            side.wait_for_links(megabits_per_s.len())?;
        }
        Ok(Self { a, b })
    }

    /// The paths of both namespaces, as `--netns` takes them: `a` is the prefill side's.
    pub fn netns(&self) -> String {
        format!("{}:{}", self.a.path("net"), self.b.path("net"))
    }

    /// Makes `command` run at one end of the links, as on a host of its own.
    pub fn put(&self, command: &mut Command, end: End) {
        self.adopt(command);
        let holder = if end == End::A { &self.a } else { &self.b };
        let net = File::open(holder.path("net")).expect("the holder lives");
        let enter = move || {
            setns(&net, CloneFlags::CLONE_NEWNET)?;
            show_network()
        };
        // SAFETY: these are system calls, which are allowed between fork and exec.
        unsafe { command.pre_exec(enter) };
    }

    /// The address of an end of the first link.
    pub fn address(end: End) -> &'static str {
        if end == End::A { "10.77.0.1" } else { "10.77.0.2" }
    }

    /// Makes `command` run as the user to whom the namespaces belong, and no longer than the test's
    /// thread: it keeps them too.
    pub fn adopt(&self, command: &mut Command) {
        let user = self.a.user();
        let enter = move || {
            if let Some(user) = &user {
                setns(user, CloneFlags::CLONE_NEWUSER)?;
            }
            // Last, since other credentials undo it.
            Ok(prctl::set_pdeathsig(Signal::SIGKILL)?)
        };
        // SAFETY: these are system calls, which are allowed between fork and exec.
        unsafe { command.pre_exec(enter) };
    }
}

/// A process that does nothing but keep a network namespace, as long as the test's thread lives.
struct Holder {
    child: Child,
    /// Whether its namespaces belong to the root of the machine.
    root: bool,
}

impl Holder {
    /// Starts one; where `root` is false, in the user namespace of `owner`, or in one that it makes.
    fn start(owner: Option<&Self>, root: bool) -> io::Result<Self> {
        let (user, new_user) = (owner.and_then(Self::user), owner.is_none() && !root);
        let mut command = Command::new("cat");
        command.env("PATH", PATH).stdin(Stdio::piped()).stdout(Stdio::null());
        let enter = move || {
            if let Some(user) = &user {
                setns(user, CloneFlags::CLONE_NEWUSER)?;
            }
            let both = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET;
            unshare(if new_user { both } else { CloneFlags::CLONE_NEWNET })?;
            // Last, since other credentials undo it.
            Ok(prctl::set_pdeathsig(Signal::SIGKILL)?)
        };
        // SAFETY: these are system calls, which are allowed between fork and exec.
        unsafe { command.pre_exec(enter) };
        let holder = Self { child: command.spawn()?, root };
        if new_user {
            let write = |file: &str, text: String| std::fs::write(holder.file(file), text);
            write("setgroups", "deny".to_owned())?;
            write("uid_map", format!("0 {} 1", Uid::effective()))?;
            write("gid_map", format!("0 {} 1", Gid::effective()))?;
        }
        Ok(holder)
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }

    fn path(&self, kind: &str) -> String {
        self.file(&format!("ns/{kind}"))
    }

    /// The user namespace to whom its network belongs, if that is not this process's.
    fn user(&self) -> Option<File> {
        (!self.root).then(|| File::open(self.path("user")).expect("the holder lives"))
    }

    /// Waits until the kernel counts `links` as up, which takes it a second.
    fn wait_for_links(&self, links: usize) -> Result<(), String> {
        eventually("the links to be up", UP_LIMIT, || {
            let listing = self.batch("ip", "link show type veth\n");
            let up = |listing: String| listing.matches(" state UP ").count();
            listing.map(|listing| (up(listing) == links).then_some(())).transpose()
        })
    }

    /// Gives `commands` to `ip` or `tc`, a line each; what it prints.
    fn batch(&self, program: &str, commands: &str) -> Result<String, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{program} of iproute2: {error}");
        let net = File::open(self.path("net")).map_err(|error| failed(&error))?;
        let user = self.user();
        let mut command = Command::new(program);
        command.args(["-batch", "-"]).env("PATH", PATH);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let enter = move || {
            if let Some(user) = &user {
                setns(user, CloneFlags::CLONE_NEWUSER)?;
            }
            Ok(setns(&net, CloneFlags::CLONE_NEWNET)?)
        };
        // SAFETY: setns is a system call, which is allowed between fork and exec.
        unsafe { command.pre_exec(enter) };
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(commands.as_bytes()).map_err(|error| failed(&error))?;
        drop(input);
        let output = child.wait_with_output().map_err(|error| failed(&error))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(failed(&text(output.stderr).trim())),
        }
    }
}

impl Drop for Holder {
    /// With its last process goes a namespace, and with the namespace its links.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
