//! What goes out: terminal modes, frames, the clipboard.
//!
//! A frame is composed in memory and written at once, between the marks of a synchronized update, so that no
//! terminal shows half of it. The bytes go to the file descriptor itself: standard output's lock and line
//! buffer would make the panic hook or the signal thread wait for a frame that is stuck on a slow line.
//!
//! Whether the terminal is ours is one flag of the process, since a panic hook knows nothing else. Whoever
//! turns it off first gives the terminal back; everyone after that does nothing.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::lab;

/// The terminal is in our modes.
static HELD: AtomicBool = AtomicBool::new(false);

/// Alternate screen, no cursor, bracketed paste, focus events.
#[cfg(not(windows))]
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h";
/// Windows consoles send no paste marks that crossterm could read, and focus events without being asked.
#[cfg(windows)]
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Buttons and wheel, in SGR coordinates. Not 1002 and 1003: they report every move of the hand, and a program
/// that sleeps should not be woken by it.
#[cfg(not(windows))]
const MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
/// Everything back, also what was never set: it costs nothing, and what a crash left behind goes too.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// Asks for the background (xterm, OSC 11). Ended by BEL, since urxvt ends its answer to the other form with
/// half a terminator.
pub(super) const ASK_BACKGROUND: &[u8] = b"\x1b]11;?\x07";

/// Takes the terminal: raw mode, alternate screen, no cursor, bracketed paste, and the mouse if wanted.
pub(super) fn enter(mouse: bool) -> io::Result<()> {
    // From here on something has to be given back, even if only half of this succeeds.
    HELD.store(true, Ordering::SeqCst);
    let entered = enter_modes(mouse);
    if entered.is_err() {
        restore();
    }
    entered
}

#[cfg(not(windows))]
fn enter_modes(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    write(&[ENTER, if mouse { MOUSE } else { "" }].concat().into_bytes())
}

#[cfg(windows)]
fn enter_modes(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    // Asking whether escape sequences work is what makes an old console understand them.
    if !crossterm::ansi_support::supports_ansi() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "this console knows no escape sequences"));
    }
    if mouse {
        crossterm::execute!(io::stdout(), crossterm::event::EnableMouseCapture)?;
    }
    write(ENTER.as_bytes())
}

/// Gives the terminal back: the alternate screen left, the cursor shown, mouse and paste and raw mode off. Does
/// nothing when it is not ours. Callable from any thread and from a panic hook; errors have nobody to go to.
pub fn restore() {
    if HELD.swap(false, Ordering::SeqCst) {
        #[cfg(windows)]
        let _ = crossterm::execute!(io::stdout(), crossterm::event::DisableMouseCapture);
        let _ = write(LEAVE.as_bytes());
        let _ = terminal::disable_raw_mode();
    }
}

/// Sets the modes anew after something has changed them without asking. What the terminal's own mode was
/// stays known: leaving raw mode sets it, entering reads it again.
pub(super) fn reenter(mouse: bool) -> io::Result<()> {
    terminal::disable_raw_mode()?;
    enter(mouse)
}

/// Whether the terminal is ours.
pub(super) fn held() -> bool {
    HELD.load(Ordering::SeqCst)
}

/// From now on a panic, on any thread, gives the terminal back before its message is printed. After one the
/// terminal stays given back: what the loop does next fails, and so it ends.
pub fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let next = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A demo that fails is told in its own frame.
            if lab::guarding() {
                if let Some(place) = panic.location() {
                    lab::failed_at(place.file(), place.line());
                }
                return;
            }
            let held = held();
            restore();
            next(panic);
            if held {
                super::signals::wake();
            }
        }));
    });
}

/// Writes bytes to the terminal, all of them, past standard output's lock.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let mut terminal = std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?);
        write_all(&mut terminal, bytes)
    }
    #[cfg(not(unix))]
    {
        // The console wants UTF-16, which only standard output turns bytes into.
        let mut terminal = io::stdout().lock();
        terminal.write_all(bytes)?;
        terminal.flush()
    }
}

/// As `Write::write_all`, but patient with a terminal that another program has left non-blocking.
#[cfg(unix)]
fn write_all(terminal: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes a frame as one synchronized update, and `after` behind it.
pub(super) fn write_frame(frame: &[u8], after: &[u8]) -> io::Result<()> {
    write(&[BEGIN_FRAME, frame, END_FRAME, after].concat())
}

/// The sequence that puts text into the clipboard (xterm, OSC 52). It works over ssh, where the terminal allows it.
pub(super) fn copy_sequence(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", base64(text.as_bytes()))
}

/// RFC 4648, section 4, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

/// The bytes of the frame that is being composed.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Bytes {
    /// Hands out the frame and empties the buffer; its memory is kept for the next one.
    pub(super) fn with<R>(&self, take: impl FnOnce(&[u8]) -> R) -> R {
        let mut bytes = self.0.borrow_mut();
        let result = take(&bytes);
        bytes.clear();
        result
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The size that a frame is composed for, in columns and rows.
///
/// A terminal that does not know its size says 0x0: 80x24 then. The upper limit keeps a wrong answer (65535x65535)
/// from taking gigabytes; no screen reaches it.
pub(super) fn size() -> io::Result<Size> {
    let (columns, rows) = terminal::size()?;
    Ok(sane(columns, rows))
}

/// See [`size`].
pub(super) fn sane(columns: u16, rows: u16) -> Size {
    if columns == 0 || rows == 0 { Size::new(80, 24) } else { Size::new(columns.min(2000), rows.min(1000)) }
}

/// ratatui's view of the terminal. It differs from [`CrosstermBackend`], which composes the bytes, in the size
/// (see [`size`]) and in the cursor's position: asking the terminal would wait two seconds for an answer that
/// the reader thread gets.
#[derive(Debug)]
pub(super) struct Screen {
    backend: CrosstermBackend<Bytes>,
    cursor: Position,
}

impl Screen {
    pub(super) fn new(bytes: Bytes) -> Screen {
        Screen { backend: CrosstermBackend::new(bytes), cursor: Position::ORIGIN }
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        self.backend.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.backend.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.backend.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        self.backend.set_cursor_position(self.cursor)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.backend.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.backend.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn base64_as_in_the_rfc() {
        let table = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, expected) in table {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        // From Python's base64.b64encode(bytes(range(0, 256, 5))).
        let bytes: Vec<u8> = (0..=255).step_by(5).collect();
        assert_eq!(
            base64(&bytes),
            "AAUKDxQZHiMoLTI3PEFGS1BVWl9kaW5zeH2Ch4yRlpugpaqvtLm+w8jN0tfc4ebr8PX6/w=="
        );
    }

    #[test]
    fn a_size_is_never_zero_and_never_absurd() {
        assert_eq!(sane(0, 0), Size::new(80, 24));
        assert_eq!(sane(1, 1), Size::new(1, 1));
        assert_eq!(sane(500, 200), Size::new(500, 200));
        assert_eq!(sane(u16::MAX, u16::MAX), Size::new(2000, 1000));
    }

    /// Whatever was switched on is switched off again.
    #[test]
    fn leave_undoes_enter() {
        for mode in [ENTER, MOUSE].concat().split("\x1b[?").filter_map(|mode| mode.strip_suffix('h')) {
            assert!(LEAVE.contains(&format!("\x1b[?{mode}l")), "mode {mode} stays on");
        }
        assert!(LEAVE.contains("\x1b[?25h"), "the cursor stays hidden");
    }
}
