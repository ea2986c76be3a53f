//! A run on a terminal of 80 columns and 24 lines, whose screen is read as a user would.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{Termios, tcgetattr};

use super::wait::eventually;
use super::{Finished, Process, Running};

/// Far more than any run of the tests takes until it shows something.
const LIMIT: Duration = Duration::from_secs(120);

const LINES: NonZeroU16 = NonZeroU16::new(24).expect("it is not 0");
const COLUMNS: NonZeroU16 = NonZeroU16::new(80).expect("it is not 0");

/// A run whose standard input and standard error are a terminal; standard output is none.
pub struct Terminal {
    run: Running,
    keyboard: File,
    settings: Termios,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that it has written.
    shown: Vec<u8>,
}

impl Terminal {
    pub(super) fn start(mut command: Command) -> Self {
        let size =
            Winsize { ws_row: LINES.get(), ws_col: COLUMNS.get(), ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).expect("there are terminals");
        let settings = tcgetattr(&pty.slave).expect("it has settings");
        let slave = || pty.slave.try_clone().expect("there are descriptors");
        command.stdin(slave()).stderr(slave()).env("TERM", "xterm-256color");
        let take = || {
            nix::unistd::setsid()?;
            // SAFETY: this takes numbers; standard input is the terminal.
            match unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) } {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        };
        // SAFETY: `take` makes system calls only, which are allowed between fork and exec.
        unsafe { command.pre_exec(take) };
        let run = Running::spawn(command);
        drop(pty.slave);

        let keyboard = File::from(pty.master);
        let mut screen = keyboard.try_clone().expect("there are descriptors");
        let (each, bytes) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            // It ends when nobody has the terminal any more.
            while let Ok(len @ 1..) = screen.read(&mut chunk) {
                if each.send(chunk[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        let screen = vt100::Parser::new(LINES, COLUMNS, 0);
        Self { run, keyboard, settings, bytes, screen, shown: Vec::new() }
    }

    /// Waits until a line of the screen has `wanted`, and returns the line.
    #[track_caller]
    pub fn wait_for(&mut self, wanted: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let contents = self.screen.screen().contents();
            if let Some(line) = contents.lines().find(|line| line.contains(wanted)) {
                return line.to_owned();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.bytes.recv_timeout(left) else {
                panic!("it never showed {wanted:?}, but:\n{contents}");
            };
            self.take(&bytes);
        }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// A process of its own, once it is there.
    pub fn process(&self, is_wanted: impl Fn(&Process) -> bool) -> Process {
        eventually("a process", LIMIT, || self.run.processes().into_iter().find(&is_wanted))
    }

    /// The process that was started.
    pub fn coordinator(&self) -> Process {
        self.run.coordinator()
    }

    /// Waits for its end; fails the test unless it gave the terminal back as it was.
    #[track_caller]
    pub fn finish(mut self) -> OnTerminal {
        // The thread reads along, so that the terminal never takes no more.
        let run = self.run.finish();
        while let Ok(bytes) = self.bytes.recv_timeout(LIMIT) {
            self.screen.process(&bytes);
            self.shown.extend(&bytes);
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "it kept the screen");
        assert!(!screen.hide_cursor(), "it kept the cursor");
        let settings = tcgetattr(self.keyboard.as_fd()).expect("it has settings");
        assert_eq!(settings, self.settings, "it kept the settings of the terminal");
        let shown = String::from_utf8(self.shown).expect("it is UTF-8");
        OnTerminal { run, left: screen.contents(), shown }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.shown.extend(bytes);
    }
}

/// A run on a terminal that has ended.
pub struct OnTerminal {
    pub run: Finished,
    /// What its screen shows after it.
    pub left: String,
    /// Everything that it has written to the terminal.
    pub shown: String,
}
