//! The terminal while a dashboard has it: taken over once, and given back whatever happens.
//!
//! There is one terminal, so who has it is state of the process. It is given back when the [`Screen`] goes, and
//! before that by a panic or a signal that ends the process. What is said meanwhile is kept, shown among the
//! notices, and said again on standard error when the screen is gone.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::{cursor, execute, queue, style, terminal};
use ratatui::prelude::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, raise};

use super::render::{STOPPING, render};
use super::view::View;

/// The lowest priority that there is.
const LEAST_PRIORITY: i32 = 19;

/// How long a signal waits for a picture on its way to the terminal, which may take no more bytes.
const PATIENCE: Duration = Duration::from_millis(500);

/// Who has the terminal, and what was said while a screen had it.
static TERMINAL: Mutex<Holder> = Mutex::new(Holder { is_taken: false, said: Vec::new() });

/// How often somebody asked for an end.
static STOPS: AtomicU32 = AtomicU32::new(0);

struct Holder {
    is_taken: bool,
    said: Vec<String>,
}

fn holder() -> MutexGuard<'static, Holder> {
    TERMINAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says something on standard error that shall stay; while a screen is open, among its notices first.
///
/// That nobody listens is no failure.
pub fn tell(text: &str) {
    let mut holder = holder();
    if holder.is_taken {
        holder.said.push(text.to_owned());
    } else {
        say(text);
    }
}

fn say(text: &str) {
    let _ = writeln!(io::stderr(), "kvbench: {text}");
}

/// What `q` or Ctrl-C does the first time; the second time the process ends at once, by `SIGINT`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnStop {
    /// [`Screen::is_stopped`] says so. A signal ends the process at once.
    TellTheRun,
    /// The process gets a `SIGINT`, which it has a handler for, as for other signals that end it.
    Interrupt,
}

/// A terminal that belongs to a dashboard.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Picture>>,
}

impl Screen {
    /// Takes the terminal over: standard error shows the dashboard, and keys come from the controlling
    /// terminal.
    ///
    /// # Errors
    /// Standard error is no terminal, or the process has no controlling one.
    pub fn open(on_stop: OnStop) -> io::Result<Self> {
        // From here on, whatever fails gives back what was taken.
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(Picture::default()))? };
        STOPS.store(0, SeqCst);
        give_back_on_panic();
        give_back_on_signals(match on_stop {
            OnStop::TellTheRun => &[SIGHUP, SIGINT, SIGTERM],
            OnStop::Interrupt => &[SIGHUP],
        })?;
        {
            let mut holder = holder();
            terminal::enable_raw_mode()?;
            holder.is_taken = true;
            execute!(io::stderr(), terminal::EnterAlternateScreen, cursor::Hide)?;
        }
        std::thread::Builder::new().name("keys".to_owned()).spawn(move || heed_keys(on_stop))?;
        Ok(screen)
    }

    /// Shows a picture. That the terminal does not take it is no failure.
    pub fn draw(&mut self, view: &View) {
        let notices = holder().said.clone();
        let is_stopped = self.is_stopped();
        let _ = self.terminal.draw(|frame| render(frame, view, &notices, is_stopped));
    }

    /// Whether somebody asked for an end.
    pub fn is_stopped(&self) -> bool {
        STOPS.load(SeqCst) > 0
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back(&mut holder());
    }
}

/// Gives the terminal back, if a screen has it, and says what was kept.
fn give_back(holder: &mut Holder) {
    if !std::mem::take(&mut holder.is_taken) {
        return;
    }
    let _ = execute!(io::stderr(), terminal::LeaveAlternateScreen, cursor::Show);
    let _ = terminal::disable_raw_mode();
    holder.said.drain(..).for_each(|text| say(&text));
}

fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back(&mut holder());
            usual(panic);
        }));
    });
}

/// Has signals that end the process wait until the terminal is given back.
fn give_back_on_signals(ending: &[i32]) -> io::Result<()> {
    let mut signals = Signals::new(ending)?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            end_by(signal);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Ends the process by a signal, as it would without a screen.
fn end_by(signal: i32) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Ok(mut holder) = TERMINAL.try_lock() {
            give_back(&mut holder);
            break;
        }
        std::thread::sleep(PATIENCE / 50);
    }
    let _ = emulate_default_handler(signal);
}

/// Waits for keys, as long as there are any.
fn heed_keys(on_stop: OnStop) {
    while let Ok(event) = event::read() {
        if !is_stop(&event) {
            continue;
        }
        if STOPS.fetch_add(1, SeqCst) > 0 {
            end_by(SIGINT);
        }
        // The next drawing may be seconds away.
        Picture::put_at_the_bottom(STOPPING);
        if on_stop == OnStop::Interrupt {
            let _ = raise(SIGINT);
        }
    }
}

/// Whether it is `q` or Ctrl-C, which a terminal in raw mode takes for any other key.
fn is_stop(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind == KeyEventKind::Press
        && matches!((key.code, control), (KeyCode::Char('q'), false) | (KeyCode::Char('c'), true))
}

/// Bytes for the terminal, which go out together, and only while a screen has it.
#[derive(Default)]
struct Picture(Vec<u8>);

impl Picture {
    /// Overwrites the last line.
    fn put_at_the_bottom(text: &str) {
        let mut picture = Self::default();
        let Ok((_, lines)) = terminal::size() else { return };
        let place = cursor::MoveTo(0, lines.saturating_sub(1));
        let clear = terminal::Clear(terminal::ClearType::CurrentLine);
        let _ = queue!(picture, place, clear, style::Print(text)).and_then(|()| picture.flush());
    }
}

impl Write for Picture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.0);
        let holder = holder();
        if holder.is_taken { io::stderr().write_all(&bytes) } else { Ok(()) }
    }
}

/// Gives this thread the least claim to a processor, so that what it draws waits for what is measured.
///
/// # Errors
/// The system refused.
pub fn yield_processor() -> io::Result<()> {
    // On Linux, "no process" is the calling thread alone.
    Ok(rustix::process::setpriority_process(None, LEAST_PRIORITY)?)
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyEvent;

    use super::*;

    #[test]
    fn q_and_control_c_end_it_and_nothing_else_does() {
        let key = |code, modifiers| Event::Key(KeyEvent::new(KeyCode::Char(code), modifiers));
        assert!(is_stop(&key('q', KeyModifiers::NONE)));
        assert!(is_stop(&key('c', KeyModifiers::CONTROL)));
        assert!(!is_stop(&key('c', KeyModifiers::NONE)));
        assert!(!is_stop(&key('q', KeyModifiers::CONTROL)));
        assert!(!is_stop(&Event::Resize(80, 24)));
    }

    #[test]
    fn without_a_screen_nothing_is_drawn_and_nothing_kept() {
        let mut picture = Picture::default();
        picture.write_all(b"\x1b[H").unwrap();
        picture.flush().unwrap();
        assert!(picture.0.is_empty());
        tell("a test says this on standard error");
        assert!(holder().said.is_empty());
    }
}
