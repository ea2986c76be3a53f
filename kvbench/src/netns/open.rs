//! A way into a namespace.

use std::ffi::CStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};

use super::NetNamespace;
use crate::error::{Error, Result};

/// The namespace of this process.
const OWN: &str = "/proc/self/ns/net";

/// A namespace that stays as long as this is kept, whatever becomes of its name.
#[derive(Debug)]
pub struct OpenNamespace {
    name: NetNamespace,
    file: File,
}

impl OpenNamespace {
    /// Finds it.
    ///
    /// # Errors
    /// There is none, or it is another user's.
    pub fn open(name: &NetNamespace) -> Result<Self> {
        let path = name.path();
        // Whatever else the path leads to, opening it does not wait.
        let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(&path);
        match file {
            Ok(file) => Ok(Self { name: name.clone(), file }),
            Err(why) => Err(Error::Environment {
                what: format!("the network namespace {name} cannot be opened"),
                why: format!("{}: {why}", path.display()),
                remedy: "`ip netns list` shows the names that there are; or give a path such as \
                         /proc/PID/ns/net"
                    .to_owned(),
            }),
        }
    }

    /// What `look` finds inside, on a thread of its own.
    ///
    /// # Errors
    /// The kernel refuses to let this process in.
    pub fn look_inside<T: Send>(&self, look: impl FnOnce() -> T + Send) -> Result<T> {
        let inside = || enter(self.file.as_fd()).map(|()| look());
        let looked = std::thread::scope(|scope| scope.spawn(inside).join());
        let looked = looked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        looked.map_err(|refusal| self.refused(refusal))
    }

    /// Whether it is the same as `other`; `None` is this process's.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub fn is(&self, other: Option<&Self>) -> Result<bool> {
        let other = match other {
            Some(other) => other.file.metadata(),
            None => std::fs::metadata(OWN),
        };
        let identity = |file: io::Result<Metadata>| -> Result<(u64, u64)> {
            let file = file.map_err(Error::system("look at a network namespace"))?;
            Ok((file.dev(), file.ino()))
        };
        Ok(identity(self.file.metadata())? == identity(other)?)
    }

    fn refused(&self, Refusal { step, errno }: Refusal) -> Error {
        let remedy = match errno {
            Errno::EINVAL => "give the file of a network namespace, or its name",
            _ => {
                "run kvbench as root (CAP_SYS_ADMIN); as an ordinary user, make the namespaces \
                 inside of `unshare --user --map-root-user --net`, and run kvbench there"
            }
        };
        Error::Environment {
            what: format!("the network namespace {} cannot be entered", self.name),
            why: format!("failed to {step}: {}", errno.desc()),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for OpenNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl AsFd for OpenNamespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// What the kernel refused on the way into a namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    step: &'static str,
    errno: Errno,
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        refusal.errno.into()
    }
}

/// Takes this thread into a network namespace, with a `/sys` that shows it. It allocates nothing and
/// only makes system calls, as is needed between fork and exec.
pub(crate) fn enter(namespace: BorrowedFd<'_>) -> std::result::Result<(), Refusal> {
    const NOTHING: Option<&CStr> = None;
    let at = |step| move |errno| Refusal { step, errno };
    setns(namespace, CloneFlags::CLONE_NEWNET).map_err(at("enter it"))?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(at("get mounts of its own"))?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(NOTHING, c"/", NOTHING, private, NOTHING).map_err(at("keep its mounts to itself"))?;
    let sysfs = Some(c"sysfs");
    let mounted = mount(sysfs, c"/sys", sysfs, MsFlags::MS_RDONLY, NOTHING);
    mounted.map_err(at("mount a /sys that shows it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netns::Namespaces;

    fn named(name: &str) -> NetNamespace {
        name.parse::<Namespaces>().unwrap().prefill.unwrap()
    }

    #[test]
    fn the_own_one_is_known_by_identity() {
        let own = OpenNamespace::open(&named(OWN)).unwrap();
        assert!(own.is(None).unwrap() && own.is(Some(&own)).unwrap());
    }

    #[test]
    fn what_is_missing_or_no_namespace_is_told_with_a_remedy() {
        let missing = OpenNamespace::open(&named("no-such-namespace")).unwrap_err();
        assert_eq!(missing.exit_code(), 3);
        let message = missing.to_string();
        assert!(message.contains("/run/netns/no-such-namespace"), "{message}");
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = OpenNamespace::open(&named(file.path().to_str().unwrap())).unwrap();
        let refused = other.look_inside(|| ()).unwrap_err();
        assert_eq!(refused.exit_code(), 3);
        assert!(refused.to_string().contains("cannot be entered"), "{refused}");
    }
}
