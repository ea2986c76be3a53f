//! Downloads one wheel by running `python3 -m pip download` under deadlines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::child::TiedChild;
use crate::error::io_error;
use crate::fetch_error::{FetchCause, FetchError, Remedy};
use crate::progress::during;
use crate::{Error, Pin, Progress};

const POLL: Duration = Duration::from_millis(100);
const LAST_LINES: usize = 12;

/// What every download is asked for; nothing of it is about the network. pip checks hashes too.
#[rustfmt::skip]
const OPTIONS: [&str; 10] = [
    "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir", "--progress-bar=off",
    "--no-deps", "--only-binary=:all:", "--require-hashes",
];

/// How to run pip.
#[derive(Debug, Clone)]
pub struct Pip {
    /// The Python to run it with: an absolute path, or a name that is looked for in PATH.
    pub python: PathBuf,
    /// When to end it.
    pub deadlines: Deadlines,
}

/// When a pip that does not finish is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Time for one wheel in all.
    pub total: Duration,
    /// Time without a byte arriving.
    pub idle: Duration,
}

impl Default for Pip {
    fn default() -> Self {
        let deadlines =
            Deadlines { total: Duration::from_secs(15 * 60), idle: Duration::from_secs(120) };
        Self { python: "python3".into(), deadlines }
    }
}

/// One download, and the folder it works in.
struct Download<'a> {
    pip: &'a Pip,
    pin: &'a Pin,
    work: &'a Path,
    remedy: Remedy,
}

impl Pip {
    /// Downloads the wheel into a folder below `work` and returns its path there; the hash is still
    /// to be checked.
    pub(crate) fn download(
        &self,
        pin: &Pin,
        work: &Path,
        remedy: Remedy,
        progress: &mut dyn Progress,
    ) -> Result<PathBuf, Error> {
        let download = Download { pip: self, pin, work, remedy };
        let item = format!("downloading {}", pin.label());
        let status = during(progress, &item, pin.size_bytes, |progress| download.run(progress))?;
        match status.success() {
            true => Ok(download.out().join(&pin.file)),
            false => Err(download.failed(download.cause(status))),
        }
    }
}

impl Download<'_> {
    /// Where pip leaves the finished file.
    fn out(&self) -> PathBuf {
        self.work.join("out")
    }

    /// Where pip lets the file grow.
    fn growing(&self) -> PathBuf {
        self.work.join("growing")
    }

    /// A file and not a pipe: nobody has to read it while pip runs, and it is there after pip was
    /// killed.
    fn log(&self) -> PathBuf {
        self.work.join("pip.log")
    }

    fn run(&self, progress: &mut dyn Progress) -> Result<ExitStatus, Error> {
        let mut command = self.command()?;
        let mut child = TiedChild::spawn(&mut command).map_err(|reason| {
            self.failed(FetchCause::PythonMissing { python: self.pip.python.clone(), reason })
        })?;
        let begun = Instant::now();
        let (mut arrived_bytes, mut arrived_at) = (0, begun);
        loop {
            let ended = child.try_wait().map_err(io_error("wait for", &self.pip.python))?;
            let now_bytes = self.arrived_bytes();
            if now_bytes > arrived_bytes {
                (arrived_bytes, arrived_at) = (now_bytes, Instant::now());
                progress.advance(arrived_bytes);
            }
            if let Some(status) = ended {
                return Ok(status);
            }
            let Deadlines { total, idle } = self.pip.deadlines;
            if begun.elapsed() > total {
                return Err(self.failed(FetchCause::PipTooSlow { limit: total }));
            }
            if arrived_at.elapsed() > idle {
                return Err(self.failed(FetchCause::PipStalled { limit: idle }));
            }
            sleep(POLL);
        }
    }

    /// Everything about the network comes through the environment and pip's own settings.
    fn command(&self) -> Result<Command, Error> {
        for folder in [self.out(), self.growing()] {
            fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        }
        let requirements = self.work.join("requirements.txt");
        let line =
            format!("{}=={} --hash=sha256:{}\n", self.pin.name, self.pin.version, self.pin.sha256);
        fs::write(&requirements, line).map_err(io_error("write", &requirements))?;
        let log = fs::File::create(self.log()).map_err(io_error("create", &self.log()))?;

        let tags = &self.pin.tags;
        let mut command = Command::new(&self.pip.python);
        command.args(OPTIONS);
        command.args(["--python-version", &tags.python, "--implementation", &tags.implementation]);
        command.args(["--abi", &tags.abi]);
        command.args(tags.platforms.iter().flat_map(|platform| ["--platform", platform.as_str()]));
        command.arg("--dest").arg(self.out()).arg("--requirement").arg(&requirements);
        // Python's -m looks into the current folder first, so that must not be the user's.
        command.current_dir(self.work).env("TMPDIR", self.growing());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }

    /// The wheel grows in pip's temporary folder and is then copied to its destination.
    fn arrived_bytes(&self) -> u64 {
        let largest = largest_file_bytes(&self.growing()).max(largest_file_bytes(&self.out()));
        largest.min(self.pin.size_bytes)
    }

    /// Finds the reason of a failure in what pip wrote; its exit status is 1 for nearly all of
    /// them.
    fn cause(&self, status: ExitStatus) -> FetchCause {
        /// Names of the exceptions that pip shows while it retries.
        const UNREACHABLE: [&str; 5] = [
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
        ];
        let log = self.log_text();
        if log.contains("No module named pip") {
            FetchCause::PipMissing { python: self.pip.python.clone() }
        } else if UNREACHABLE.iter().any(|name| log.contains(name)) {
            FetchCause::Unreachable
        } else {
            FetchCause::PipFailed { status }
        }
    }

    fn failed(&self, cause: FetchCause) -> Error {
        let log = self.log_text();
        let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
        let (wheel, said, remedy) = (self.pin.label(), last.join("\n"), self.remedy.clone());
        Box::new(FetchError { wheel, cause, said, remedy }).into()
    }

    fn log_text(&self) -> String {
        let bytes = fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The size of the largest file below `folder`. Files come and go meanwhile, so one that cannot be
/// looked at counts as nothing.
fn largest_file_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size_bytes = |path: PathBuf| match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_dir() => largest_file_bytes(&path),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(|entry| size_bytes(entry.path())).max().unwrap_or(0)
}
