//! A program in a real pseudo-terminal, for tests that must see what a person sees.
//!
//! [`Pty`] starts a program, types keys, and shows the screen as a terminal would show it (`vt100`). There are no
//! fixed sleeps: every wait ends as soon as its condition holds, and a wait that fails prints what was awaited
//! and the screen as it is. The environment is empty but for PATH, HOME, TERM and what the test gives.
//!
//! ```ignore
//! let mut pty = Pty::spawn(env!("CARGO_BIN_EXE_sysdrill"), &[], &[("SYSDRILL_DATA", dir)], 80, 24);
//! pty.wait_for_text("Today");
//! pty.keys("g t j j enter");
//! pty.wait_for("a page", |screen| screen.contents().contains("Cheat sheet"));
//! pty.keys("q");
//! assert_eq!(pty.exit(), Exit::Code(0));
//! ```
//!
//! Termios cannot be checked after the session's first process is gone, since the system resets it then. A
//! test of what a program leaves behind runs it under a shell: [`Pty::under_shell`]. For Unix only; a test file
//! that uses this begins with `#![cfg(unix)]`.
#![allow(dead_code, reason = "every test binary uses its own part of the harness")]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a wait may take. Generous, since it only matters when a test fails.
const LIMIT: Duration = Duration::from_secs(20);

/// The end of a synchronized update, with which a frame ends.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(u32),
    /// By this signal, in the system's words: `Terminated`.
    Signal(String),
}

/// The modes that a program can leave a terminal in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// The alternate screen is shown.
    pub alternate_screen: bool,
    /// The cursor is hidden.
    pub cursor_hidden: bool,
    /// The mouse is reported.
    pub mouse: bool,
    /// Pastes are bracketed.
    pub bracketed_paste: bool,
    /// Focus changes are reported.
    pub focus: bool,
    /// A synchronized update is open.
    pub synchronized: bool,
}

impl Modes {
    /// As a shell wants them.
    pub const GIVEN_BACK: Modes = Modes {
        alternate_screen: false,
        cursor_hidden: false,
        mouse: false,
        bracketed_paste: false,
        focus: false,
        synchronized: false,
    };
}

/// A program in a pseudo-terminal. Dropping it kills the program.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<(Mutex<Output>, Condvar)>,
}

struct Output {
    terminal: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

impl Pty {
    /// Starts a program in a terminal of this size.
    pub fn spawn(
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        environment: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Pty {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("the system has pseudo-terminals");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for name in ["PATH", "HOME", "CARGO_MANIFEST_DIR", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        if let Ok(directory) = std::env::current_dir() {
            command.cwd(directory);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let writer = pair.master.take_writer().expect("nobody else writes");
        let mut reader = pair.master.try_clone_reader().expect("the terminal can be read");
        let terminal = vt100::Parser::new(cells(rows), cells(columns), 0);
        let output =
            Arc::new((Mutex::new(Output { terminal, bytes: Vec::new(), closed: false }), Condvar::new()));
        let shared = Arc::clone(&output);
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let (output, changed) = &*shared;
                let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
                let bytes = buffer.get(..count).unwrap_or_default();
                output.terminal.process(bytes);
                output.bytes.extend_from_slice(bytes);
                output.closed = count == 0;
                changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Pty { master: pair.master, writer, child, output }
    }

    /// Starts a program under `/bin/sh`, which stays when the program ends, so that what it leaves behind can be
    /// checked. The script has the program and its arguments in `"$@"`.
    pub fn under_shell(
        script: &str,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Pty {
        let arguments = [&["-c", script, "sh", program], arguments].concat();
        Pty::spawn("/bin/sh", &arguments, environment, columns, rows)
    }

    /// Types keys, named as in the settings: `j`, `G`, `space`, `enter`, `ctrl-p`, `alt-1`, `backtab`, `up`, `f5`.
    /// A word in quotes without spaces is typed as it is: `'hello'`.
    pub fn keys(&mut self, keys: &str) {
        let bytes: Vec<u8> = keys.split_whitespace().flat_map(key_bytes).collect();
        self.send(&bytes);
    }

    /// Types keys and waits until the program has drawn again. So Esc is told from the beginning of another key,
    /// which no terminal can do by the bytes alone.
    #[track_caller]
    pub fn keys_and_frame(&mut self, keys: &str) {
        let from = self.settled();
        self.keys(keys);
        let drawn =
            |output: &Output| output.bytes.get(from..).is_some_and(|new| find(new, FRAME_END).is_some());
        self.wait(&format!("a frame after {keys}"), drawn);
    }

    /// Waits until nothing was drawn for a moment, so that the next frame is no answer to something earlier. Returns how
    /// much was written so far.
    fn settled(&self) -> usize {
        let mut written = self.output().bytes.len();
        for _ in 0..50 {
            thread::sleep(Duration::from_millis(40));
            let now = self.output().bytes.len();
            if now == written {
                break;
            }
            written = now;
        }
        written
    }

    /// Gives the window another size and waits until the program has drawn for it.
    #[track_caller]
    pub fn resize_and_frame(&mut self, columns: u16, rows: u16) {
        let from = self.output().bytes.len();
        self.resize(columns, rows);
        let drawn =
            |output: &Output| output.bytes.get(from..).is_some_and(|new| find(new, FRAME_END).is_some());
        self.wait(&format!("a frame of {columns}x{rows}"), drawn);
    }

    /// Waits until the first frame is drawn whole.
    #[track_caller]
    pub fn wait_for_frame(&self) {
        self.wait_for_bytes(FRAME_END);
    }

    /// Sends bytes as they are, in one write.
    pub fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).and_then(|()| self.writer.flush()).expect("the terminal takes input");
    }

    /// Pastes text, between the marks of a bracketed paste.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Clicks the left button at a column and row, both from 0.
    pub fn click(&mut self, column: u16, row: u16) {
        let (x, y) = (column + 1, row + 1);
        self.send(format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m").as_bytes());
    }

    /// Turns the wheel at a column and row, both from 0.
    pub fn scroll(&mut self, down: bool, column: u16, row: u16) {
        let (x, y, button) = (column + 1, row + 1, if down { 65 } else { 64 });
        self.send(format!("\x1b[<{button};{x};{y}M").as_bytes());
    }

    /// Waits until the screen is as wanted; panics with the screen when it does not become so.
    #[track_caller]
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.wait(what, |output| output.is_whole() && wanted(output.terminal.screen()));
    }

    /// Waits until the text stands on the screen.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        self.wait_for(&format!("the text {text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until the text does not stand on the screen.
    #[track_caller]
    pub fn wait_for_no_text(&self, text: &str) {
        self.wait_for(&format!("no text {text:?}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the program has sent these bytes.
    #[track_caller]
    pub fn wait_for_bytes(&self, bytes: &[u8]) {
        self.wait(&format!("the bytes {:?}", String::from_utf8_lossy(bytes)), |output| {
            find(&output.bytes, bytes).is_some()
        });
    }

    /// Waits until all that was sent up to the end of the program has been read.
    #[track_caller]
    pub fn wait_for_end(&self) {
        self.wait("the end of the output", |output| output.closed);
    }

    /// The screen's text, a line a row, without spaces at the ends.
    pub fn screen(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    /// Reads something from the screen: a cell's colours, the cursor.
    pub fn look<R>(&self, look: impl FnOnce(&vt100::Screen) -> R) -> R {
        look(self.whole().terminal.screen())
    }

    /// All bytes that the program has sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.output().bytes.clone()
    }

    /// The terminal's modes.
    pub fn modes(&self) -> Modes {
        let output = self.output();
        let screen = output.terminal.screen();
        Modes {
            alternate_screen: screen.alternate_screen(),
            cursor_hidden: screen.hide_cursor(),
            mouse: screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
            bracketed_paste: screen.bracketed_paste(),
            focus: is_set(&output.bytes, 1004),
            synchronized: is_set(&output.bytes, 2026),
        }
    }

    /// The line discipline (raw mode, echo and so on), to be compared with another moment's.
    pub fn termios(&self) -> String {
        format!("{:?}", self.master.get_termios().expect("the terminal has a line discipline"))
    }

    /// Gives the terminal another size; the program gets SIGWINCH.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        // The emulator first: the program may redraw before this returns.
        self.output().terminal.set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the terminal can be resized");
    }

    /// Sends the started process a signal by its name: `TERM`.
    pub fn signal(&self, signal: &str) {
        kill(signal, self.pid());
    }

    /// The id of the process that was started.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("the process was started")
    }

    /// The id of the process group in the foreground: of the program that a shell with job control runs.
    pub fn foreground(&self) -> u32 {
        let group = self.master.process_group_leader().and_then(|group| u32::try_from(group).ok());
        group.expect("a session with a terminal has a foreground group")
    }

    /// Waits for the program's end.
    #[track_caller]
    pub fn exit(&mut self) -> Exit {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status
                    .signal()
                    .map_or(Exit::Code(status.exit_code()), |signal| Exit::Signal(signal.to_string()));
            }
            assert!(start.elapsed() < LIMIT, "the program does not end; its screen:\n{}", self.framed());
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    fn wait(&self, what: &str, wanted: impl Fn(&Output) -> bool) {
        let (_, changed) = &*self.output;
        let start = Instant::now();
        let mut output = self.output();
        while !wanted(&output) {
            let left = LIMIT.saturating_sub(start.elapsed());
            // What is closed does not change any more.
            if left.is_zero() || output.closed {
                drop(output);
                panic!("waited for {what}; the screen:\n{}", self.framed());
            }
            output = changed.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The output at the end of a frame: the emulator knows no synchronized updates and shows half of one.
    fn whole(&self) -> MutexGuard<'_, Output> {
        let (_, changed) = &*self.output;
        let start = Instant::now();
        let mut output = self.output();
        while !output.is_whole() && start.elapsed() < LIMIT {
            output = changed.wait_timeout(output, LIMIT).unwrap_or_else(PoisonError::into_inner).0;
        }
        output
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The screen in a frame, for failure messages.
    fn framed(&self) -> String {
        let output = self.output();
        let screen = output.terminal.screen();
        let columns = screen.size().1.get();
        let rule = "─".repeat(usize::from(columns));
        let mut text = format!("┌{rule}┐\n");
        for row in screen.rows(0, columns) {
            text.push_str(&format!("│{row}\n"));
        }
        let ended = if output.closed { "; the program has ended" } else { "" };
        text + &format!("└{rule}┘ {} bytes{ended}", output.bytes.len())
    }
}

impl Output {
    /// Whether no frame is half drawn.
    fn is_whole(&self) -> bool {
        self.closed || !is_set(&self.bytes, 2026)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // SIGKILL, and to the whole session's foreground: `Child::kill` would begin with SIGHUP.
            if let Some(group) = self.master.process_group_leader() {
                let _ = Command::new("kill").args(["-s", "KILL", "--", &format!("-{group}")]).output();
            }
            let _ = Command::new("kill").args(["-s", "KILL", &self.pid().to_string()]).output();
            let _ = self.child.wait();
        }
    }
}

/// Sends a process a signal by its name.
pub fn kill(signal: &str, pid: u32) {
    let sent = Command::new("kill").args(["-s", signal, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no process {pid} for {signal}");
}

/// Where `wanted` begins in `bytes`.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// How often `wanted` stands in `bytes`.
pub fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).filter(|window| *window == wanted).count()
}

/// Whether a private mode that `vt100` does not know was last set.
fn is_set(bytes: &[u8], mode: u16) -> bool {
    let last = |end: char| {
        let sequence = format!("\x1b[?{mode}{end}").into_bytes();
        bytes.windows(sequence.len()).rposition(|window| window == sequence)
    };
    last('h') > last('l')
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a screen has at least one cell")
}

/// What a key sends (xterm's defaults).
fn key_bytes(key: &str) -> Vec<u8> {
    if let Some(text) = key.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return text.as_bytes().to_vec();
    }
    if let Some(rest) = key.strip_prefix("alt-").filter(|rest| !rest.is_empty()) {
        // Cursor keys carry their modifiers as a number, all others get an ESC before them.
        return match cursor_key(rest) {
            Some(end) => format!("\x1b[1;3{end}").into_bytes(),
            None => [b"\x1b", key_bytes(rest).as_slice()].concat(),
        };
    }
    if let Some(rest) = key.strip_prefix("ctrl-").filter(|rest| !rest.is_empty()) {
        return match (rest, cursor_key(rest)) {
            (_, Some(end)) => format!("\x1b[1;5{end}").into_bytes(),
            ("space", _) => vec![0],
            _ => vec![rest.as_bytes()[0].to_ascii_uppercase() & 0x1f],
        };
    }
    let sequence = match key {
        "space" => " ",
        "enter" => "\r",
        "esc" => "\x1b",
        "tab" => "\t",
        "backtab" => "\x1b[Z",
        "backspace" => "\x7f",
        "delete" => "\x1b[3~",
        "pageup" => "\x1b[5~",
        "pagedown" => "\x1b[6~",
        "f1" => "\x1bOP",
        "f2" => "\x1bOQ",
        "f3" => "\x1bOR",
        "f4" => "\x1bOS",
        "f5" => "\x1b[15~",
        _ => match cursor_key(key) {
            Some(end) => return format!("\x1b[{end}").into_bytes(),
            None => {
                assert_eq!(key.chars().count(), 1, "no key is called {key:?}");
                key
            }
        },
    };
    sequence.as_bytes().to_vec()
}

fn cursor_key(name: &str) -> Option<char> {
    Some(match name {
        "up" => 'A',
        "down" => 'B',
        "right" => 'C',
        "left" => 'D',
        "end" => 'F',
        "home" => 'H',
        _ => return None,
    })
}
