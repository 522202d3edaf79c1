//! The terminal's guard in a real pseudo-terminal: what a person and a shell see.
//!
//! The program under test is this test binary itself: `child` below, started again with an environment variable,
//! is a small program on `sysdrill::term`. So a panic and an editor can be tried without a hook in the product.
#![cfg(unix)]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use ratatui::style::{Color, Stylize};
use ratatui::text::Line;
use support::{Exit, Modes, Pty, count, find, kill};
use sysdrill::term::{Event, Options, Signal, Terminal, die_by, install_panic_hook};

const CHILD: &str = "SYSDRILL_TERMINAL_CHILD";
const ARGUMENTS: [&str; 5] = ["--exact", "child", "--nocapture", "--test-threads=1", "--quiet"];
const ASK: &[u8] = b"\x1b]11;?\x07";

/// The program under test: shows its events. It reacts to
/// `q` quit, `Q` say so and quit, `p` panic, `P` panic on another thread, Ctrl-Z suspend, `e` run `$EDITOR`,
/// `y` copy, `h` say so and hang, `w` a message from another thread. It says things by way of the clipboard.
#[test]
fn child() {
    let Ok(options) = std::env::var(CHILD) else { return };
    install_panic_hook();
    let options = Options { mouse: options.contains("mouse"), ask_background: options.contains("ask") };
    let end = match Terminal::open(options) {
        Ok(terminal) => run(terminal),
        Err(error) => {
            println!("{:?}: {error}", error.kind());
            std::process::exit(2);
        }
    };
    match end {
        Ok(None) => println!("bye"),
        Ok(Some(signal)) => die_by(signal),
        Err(error) => {
            println!("failed: {error}");
            std::process::exit(1);
        }
    }
    // The harness of `cargo test` would go on and print its summary.
    std::io::stdout().flush().expect("the output is open");
    std::process::exit(0);
}

fn run(mut terminal: Terminal<String>) -> std::io::Result<Option<Signal>> {
    let mut log = vec!["started".to_string()];
    for frame in 1.. {
        terminal.draw(|screen| {
            let area = screen.area();
            let head = format!("frame {frame}, {}x{}", area.width, area.height);
            screen.render_widget(Line::from(head).fg(Color::Rgb(1, 2, 3)), row(area, 0));
            screen.render_widget(Line::from("selected").bold().reversed(), row(area, 1));
            let shown = log.iter().rev().take(usize::from(area.height.saturating_sub(2))).rev();
            for (index, line) in (2..).zip(shown) {
                screen.render_widget(Line::from(line.as_str()), row(area, index));
            }
        })?;
        let mut next = terminal.next(None)?;
        while let Some(event) = next {
            log.push(format!("<{}>", name(&event)));
            match event {
                Event::Key(key) => match key.to_string().as_str() {
                    "q" => return Ok(None),
                    "Q" => return terminal.copy("quitting").map(|()| None),
                    "p" => panic!("on purpose"),
                    "P" => {
                        // Later, so that it has to wake the loop; were it earlier, the next draw would fail.
                        thread::spawn(|| {
                            thread::sleep(Duration::from_millis(50));
                            panic!("on purpose elsewhere");
                        });
                    }
                    "^Z" => terminal.suspend()?,
                    "y" => terminal.copy("snip ✂")?,
                    "h" => {
                        terminal.copy("hanging")?;
                        thread::sleep(Duration::from_secs(3600));
                    }
                    "w" => {
                        let sender = terminal.sender();
                        thread::spawn(move || sender.send("from a thread".to_string()));
                    }
                    "e" => {
                        let editor = std::env::var("EDITOR").unwrap_or_default();
                        let status =
                            terminal.away(|| Command::new("sh").args(["-c", &editor]).status())??;
                        log.push(format!("editor: {status}"));
                    }
                    _ => {}
                },
                Event::Signal(Signal::Suspend) => terminal.suspend()?,
                Event::Signal(Signal::Continue) => {}
                Event::Signal(signal) => return Ok(Some(signal)),
                _ => {}
            }
            next = terminal.ready();
        }
    }
    Ok(None)
}

fn name(event: &Event<String>) -> String {
    match event {
        Event::Key(key) => format!("key {key}"),
        event => format!("{event:?}"),
    }
}

fn row(area: ratatui::layout::Rect, y: u16) -> ratatui::layout::Rect {
    ratatui::layout::Rect { y, height: 1, ..area }.intersection(area)
}

fn this() -> String {
    std::env::current_exe().expect("a test is a file").display().to_string()
}

fn start_with(options: &str, environment: &[(&str, &str)]) -> Pty {
    let environment = [&[(CHILD, options)], environment].concat();
    let pty = Pty::spawn(this(), &ARGUMENTS, &environment, 60, 16);
    pty.wait_for_text("started");
    pty
}

fn start() -> Pty {
    start_with("plain", &[])
}

/// Under a shell that says how the program ended and then waits, so that what is left behind can be seen. Returns
/// the line discipline from before.
fn start_under(script: &str, environment: &[(&str, &str)]) -> (Pty, String) {
    let environment = [&[(CHILD, "mouse")], environment].concat();
    let script = format!("ulimit -c 0; set -m; trap : INT; echo before; read go; {script}; read end");
    let mut pty = Pty::under_shell(&script, &this(), &ARGUMENTS, &environment, 100, 30);
    pty.wait_for_text("before");
    let termios = pty.termios();
    pty.keys("enter");
    pty.wait_for_text("started");
    assert_ne!(pty.termios(), termios, "raw mode is on");
    assert_taken(&pty);
    (pty, termios)
}

#[track_caller]
fn assert_taken(pty: &Pty) {
    let given_back = Modes::GIVEN_BACK;
    let taken = Modes { alternate_screen: true, cursor_hidden: true, mouse: true, ..given_back };
    assert_eq!(pty.modes(), Modes { bracketed_paste: true, focus: true, ..taken });
}

const SAY: &str = r#""$@"; echo "status $?""#;

#[track_caller]
fn assert_given_back(pty: &Pty, termios: &str) {
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
    assert_eq!(pty.termios(), termios, "raw mode is off, all else as before");
    assert!(pty.screen().contains("before"), "the old screen is back:\n{}", pty.screen());
}

#[test]
fn quitting_gives_the_terminal_back() {
    let (mut pty, termios) = start_under(SAY, &[]);
    pty.keys("q");
    pty.wait_for_text("status 0");
    assert_given_back(&pty, &termios);
    assert!(pty.screen().contains("bye"));
}

#[test]
fn a_panic_gives_the_terminal_back_and_its_message_is_readable() {
    for (key, message) in [("p", "on purpose"), ("P", "on purpose elsewhere")] {
        let (mut pty, termios) = start_under(SAY, &[]);
        pty.keys(key);
        // Also where another thread panicked, the loop ends, without a further key.
        pty.wait_for_text("status 1");
        assert_given_back(&pty, &termios);
        let screen = pty.screen();
        assert!(screen.contains("panicked at") && screen.contains(&format!("\n{message}\n")), "{screen}");
    }
}

#[test]
fn a_signal_gives_the_terminal_back_and_the_shell_sees_it() {
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let (pty, termios) = start_under(SAY, &[]);
        kill(signal, pty.foreground());
        pty.wait_for_text(&format!("status {}", 128 + number));
        assert_given_back(&pty, &termios);
    }
    let mut pty = start();
    pty.signal("TERM");
    assert_eq!(pty.exit(), Exit::Signal("Terminated".into()));
}

#[test]
fn a_second_signal_ends_a_program_that_hangs() {
    let (mut pty, termios) = start_under(SAY, &[]);
    pty.keys("h");
    pty.wait_for_bytes(b"\x1b]52;");
    let program = pty.foreground();
    // The first one becomes an event, which nobody takes. When it has cannot be seen from outside, and two that
    // come at once are one: so there are more of them until the program ends.
    while !pty.screen().contains("status") {
        let _ = Command::new("kill").args(["-s", "TERM", &program.to_string()]).output();
    }
    pty.wait_for_text("status 143");
    assert_given_back(&pty, &termios);
}

/// A job that is stopped, looked at, and continued. `stop` makes it stop.
fn stop_and_continue(job: &str, stop: impl Fn(&mut Pty)) {
    let script = format!(r#"{job}; echo "stopped $?"; read look; fg; echo "status $?""#);
    let (mut pty, termios) = start_under(&script, &[]);
    stop(&mut pty);
    pty.wait_for_text("stopped ");
    assert_given_back(&pty, &termios);
    pty.keys("enter");
    // Everything is drawn again, not only what changed.
    pty.wait_for("the program's screen", |screen| {
        screen.alternate_screen()
            && screen.contents().contains("selected")
            && screen.contents().contains("started")
    });
    assert_taken(&pty);
    assert_ne!(pty.termios(), termios, "raw mode is on again");
    pty.keys("j");
    pty.wait_for_text("<key j>");
    pty.keys("q");
    pty.wait_for_text("status 0");
    assert_given_back(&pty, &termios);
}

#[test]
fn ctrl_z_stops_the_job_and_fg_continues_it() {
    stop_and_continue(r#""$@""#, |pty| pty.keys("ctrl-z"));
}

#[test]
fn ctrl_z_stops_the_whole_process_group() {
    // As under `cargo run`: the shell's job is not the program but what started it.
    stop_and_continue(r#"/bin/sh -c '"$@"; exit $?' sh "$@""#, |pty| pty.keys("ctrl-z"));
}

#[test]
fn a_stop_signal_from_outside_gives_the_terminal_back_too() {
    stop_and_continue(r#""$@""#, |pty| kill("TSTP", pty.foreground()));
}

/// Without a shell that could continue it, a program must not stop: it would never come back. The first
/// process of a session is such a one (POSIX: an orphaned process group).
#[test]
fn ctrl_z_without_a_shell_does_nothing() {
    let mut pty = start();
    pty.keys("ctrl-z j");
    pty.wait_for_text("<key j>");
    pty.keys("q");
    assert_eq!(pty.exit(), Exit::Code(0));
}

/// SIGSTOP asks nobody. The shell sets the terminal as it likes it; when the job goes on, it is taken again.
#[test]
fn after_a_stop_that_could_not_be_seen_the_terminal_is_taken_again() {
    let script = r#""$@"; stty sane; printf '\033[?1049l\033[?25h\033[?2004l'; echo "stopped $?"; read look; fg; echo "status $?""#;
    let (mut pty, _) = start_under(script, &[]);
    kill("STOP", pty.foreground());
    pty.wait_for_text("stopped ");
    pty.keys("enter");
    pty.wait_for_text("<Signal(Continue)>");
    assert_taken(&pty);
    assert!(pty.screen().contains("started"), "a full frame:\n{}", pty.screen());
    pty.keys("q");
    pty.wait_for_text("status 0");
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
}

/// A key that is typed while the window changes its size, as in a pane that a multiplexer lays out anew.
#[test]
fn a_key_and_a_new_size_that_come_together_are_both_taken() {
    let mut pty = start();
    for (round, key) in ('a'..='z').filter(|key| !"qpehwy".contains(*key)).cycle().take(100).enumerate() {
        let columns = 61 + u16::try_from(round % 20).expect("small");
        // A stopped program finds both when it goes on.
        pty.signal("STOP");
        if round % 2 == 0 {
            pty.resize(columns, 16);
            pty.send(key.to_string().as_bytes());
        } else {
            pty.send(key.to_string().as_bytes());
            pty.resize(columns, 16);
        }
        pty.signal("CONT");
        pty.wait_for("the key and the size", |screen| {
            let screen = screen.contents();
            screen.contains(&format!("<key {key}>")) && screen.contains(&format!("<Resize({columns}, 16)>"))
        });
    }
    pty.keys("q");
    assert_eq!(pty.exit(), Exit::Code(0));
}

#[test]
fn an_editor_has_the_terminal_for_itself() {
    let editor = r#"trap 'echo caught' INT; echo editing; while [ -z "$a" ]; do read a; done; echo "read $a"
                    read b; printf '\033]11;?\007'"#;
    let (mut pty, termios) = start_under(SAY, &[("EDITOR", editor)]);
    pty.keys("e");
    pty.wait_for_text("editing");
    assert_given_back(&pty, &termios);
    // Its Ctrl-C is its own.
    pty.send(b"\x03");
    pty.wait_for_text("caught");
    pty.send(b"\rqqq\r");
    pty.wait_for_text("read qqq");
    // The rest was typed for the editor, and so was the answer to its question.
    pty.send(b"\rqq\x1b]11;rgb:0/0/0\x07\r");
    pty.wait_for_text("editor: exit status: 0");
    assert_taken(&pty);
    assert!(pty.screen().contains("started"), "a full frame:\n{}", pty.screen());
    pty.keys("k");
    pty.wait_for_text("<key k>");
    let screen = pty.screen();
    assert!(!screen.contains("<key q>") && !screen.contains("Signal"), "{screen}");
    pty.keys("q");
    pty.wait_for_text("status 0");
    assert_given_back(&pty, &termios);
}

#[test]
fn ctrl_z_in_the_editor_stops_the_whole_job() {
    let editor = "echo editing; kill -s TSTP 0; echo edited";
    let script = r#""$@"; echo "stopped $?"; read look; fg; echo "status $?""#;
    let (mut pty, _) = start_under(script, &[("EDITOR", editor)]);
    pty.keys("e");
    pty.wait_for_text("stopped ");
    pty.keys("enter");
    pty.wait_for_text("editor: exit status: 0");
    pty.keys("q");
    pty.wait_for_text("status 0");
}

#[test]
fn keys_are_what_was_typed() {
    let keys = "j G ? 1 space tab backtab backspace delete enter up down left right home end pageup pagedown f1 f5 \
                alt-1 alt-up ctrl-p ctrl-c ctrl-h ctrl-space";
    let names = "j G ? 1 Space Tab Shift-Tab Backspace Del Enter Up Down Left Right Home End PgUp PgDn F1 F5 \
                 Alt-1 Alt-Up ^P ^C Backspace ^Space";
    let mut pty = Pty::spawn(this(), &ARGUMENTS, &[(CHILD, "plain")], 60, 60);
    pty.wait_for_text("started");
    pty.keys(keys);
    pty.keys("ä");
    pty.keys("esc");
    let expected: String =
        names.split_whitespace().chain(["ä", "Esc"]).map(|name| format!("<key {name}>\n")).collect();
    pty.wait_for(&expected, |screen| screen.contents().contains(expected.trim()));
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut pty = start();
    pty.paste("q\r1\x03");
    pty.wait_for_text(r#"<Paste("q\n1")>"#);
    pty.keys("q");
    assert_eq!(pty.exit(), Exit::Code(0));
}

#[test]
fn the_mouse_clicks_and_scrolls() {
    let mut pty = start_with("mouse", &[]);
    assert!(pty.modes().mouse);
    pty.click(7, 300);
    pty.scroll(false, 0, 1);
    pty.scroll(true, 2, 3);
    pty.wait_for_text("<Mouse(Mouse { kind: Click, column: 7, row: 300 })>");
    pty.wait_for_text("<Mouse(Mouse { kind: ScrollUp, column: 0, row: 1 })>");
    pty.wait_for_text("<Mouse(Mouse { kind: ScrollDown, column: 2, row: 3 })>");
    assert!(!start().modes().mouse, "without the option the terminal keeps it");
}

#[test]
fn any_size_from_one_cell() {
    let mut pty = start();
    for (columns, rows) in [(1, 1), (3, 2), (500, 200), (40, 8)] {
        pty.resize(columns, rows);
        let head = format!("{columns}x{rows}");
        if columns > 20 {
            pty.wait_for_text(&head);
            pty.wait_for_text(&format!("<Resize({columns}, {rows})>"));
        } else {
            pty.wait_for(&head, |screen| screen.contents().starts_with(&"frame"[..usize::from(columns)]));
        }
    }
    pty.keys("q");
    assert_eq!(pty.exit(), Exit::Code(0));
}

/// The first frame does not wait for the answer, and an answer cut anywhere is swallowed whole, with the keys
/// around it in their places.
#[test]
fn the_background_is_asked_for_and_never_a_key() {
    let mut pty = start_with("ask", &[]);
    pty.wait_for_bytes(ASK);
    let bytes = pty.bytes();
    assert!(find(&bytes, b"started") < find(&bytes, ASK), "asked after the first frame");
    pty.send(b"j\x1b]11;rgb:ffff/ffff/ffff\x1b\\k");
    pty.wait_for_text("<key j>\n<Background(Light)>\n<key k>");

    // Cut anywhere. Where the cut makes it a key that a person could have pressed, that key is waited for, so
    // that the rest comes long after. Elsewhere there is nothing to be seen, and nothing to wait for.
    check_answer(&[(b"\x1b", Some("<key Esc>")), (b"]11;rgb:1e1e/1e1e/2e2e\x1b\\", None)]);
    check_answer(&[(b"\x1b]", Some("<key Alt-]>")), (b"11;rgba:1e1e/1e1e/2e2e/ffff\x07", None)]);
    check_answer(&[(b"\x1b]1", None), (b"1;rgb:1e1e/1e1e/2e2e\x07", None)]);
    check_answer(&[(b"\x1b]11;rgb:1e1e/", None), (b"1e1e/2e2e\x1b", None), (b"\\", None)]);

    let pty = start_with("ask", &[("TERM", "linux")]);
    assert_eq!(find(&pty.bytes(), ASK), None, "a text console is not asked");
}

#[track_caller]
fn check_answer(pieces: &[(&[u8], Option<&str>)]) {
    let mut pty = start_with("ask", &[]);
    pty.wait_for_bytes(ASK);
    let mut expected = "started\n".to_string();
    for (piece, key) in pieces {
        pty.send(piece);
        if let Some(key) = key {
            pty.wait_for_text(key);
            expected += &format!("{key}\n");
        }
    }
    pty.send(b"k");
    expected += "<Background(Dark)>\n<key k>";
    pty.wait_for_text(&expected);
}

/// An answer that is on its way when the program ends does not become the shell's input.
#[test]
fn quitting_at_once_leaves_no_answer_behind() {
    let script = r#""$@"; echo "status $?"; read next; echo "read ${#next} bytes""#;
    // The program waits for 100 ms. A busy machine can take longer to answer, but not every time.
    let clean = (0..8).any(|_| {
        let mut pty = Pty::under_shell(script, &this(), &ARGUMENTS, &[(CHILD, "ask")], 60, 30);
        pty.wait_for_bytes(ASK);
        pty.keys("Q");
        pty.wait_for_bytes(b"\x1b]52;");
        pty.send(b"\x1b]11;rgb:0/0/0\x07");
        pty.wait_for_text("status 0");
        pty.keys("enter");
        pty.wait_for_text(" bytes");
        pty.screen().contains("read 0 bytes")
    });
    assert!(clean, "the shell reads the terminal's answer");
}

/// crossterm 0.29 prints `ESC [ m` for every colour under NO_COLOR, which resets bold and reverse.
#[test]
fn no_color_keeps_the_selection() {
    let check = |environment: &[(&str, &str)]| {
        let pty = start_with("plain", environment);
        pty.look(|screen| {
            let cell = screen.cell(1, 0).expect("the second row");
            assert_eq!((cell.contents(), cell.bold(), cell.inverse()), ("s", true, true));
            // The child draws a colour whatever is set: `term::colours` chooses, not the library.
            let head = screen.cell(0, 0).expect("the first row");
            assert_eq!(head.fgcolor(), vt100::Color::Rgb(1, 2, 3));
        });
    };
    check(&[]);
    check(&[("NO_COLOR", "1")]);
}

#[test]
fn a_frame_is_one_synchronized_update() {
    let mut pty = start();
    pty.keys("j");
    pty.wait_for_text("<key j>");
    let bytes = pty.bytes();
    let entered = find(&bytes, b"\x1b[?2026h").expect("a frame");
    let mut rest = &bytes[entered..];
    let mut frames = 0;
    while !rest.is_empty() {
        assert!(rest.starts_with(b"\x1b[?2026h"), "nothing stands between two frames");
        let end = find(rest, b"\x1b[?2026l").expect("every frame ends") + 8;
        assert_eq!(count(&rest[..end], b"\x1b[?2026h"), 1);
        (rest, frames) = (&rest[end..], frames + 1);
    }
    assert_eq!(frames, 2);
}

#[test]
fn other_threads_wake_the_loop() {
    let mut pty = start();
    pty.keys("w");
    pty.wait_for_text(r#"<Woken("from a thread")>"#);
}

/// `snip ✂` in UTF-8 is 73 6e 69 70 20 e2 9c 82.
#[test]
fn copying_reaches_the_clipboard() {
    let mut pty = start();
    pty.keys("y");
    pty.wait_for_bytes(b"\x1b]52;c;c25pcCDinII=\x07");
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = Command::new(this())
        .args(ARGUMENTS)
        .env(CHILD, "plain")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Unsupported: standard input is not a terminal"), "{text}");
    assert!(!text.contains('\x1b'), "nothing is written: {text}");
    assert_eq!(output.status.code(), Some(2));
    // Standard output alone.
    let pty = Pty::under_shell(r#""$@" | cat; read end"#, &this(), &ARGUMENTS, &[(CHILD, "plain")], 80, 24);
    pty.wait_for_text("Unsupported: standard output is not a terminal");
}

/// An idle screen takes no CPU: no thread is scheduled even once.
#[test]
#[cfg(target_os = "linux")]
fn an_idle_program_sleeps() {
    let mut pty = start_with("ask mouse", &[]);
    pty.keys("j");
    pty.wait_for_text("<key j>");
    let switches = || -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", pty.pid())).expect("the program runs");
        let mut lines: Vec<String> = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("status")).ok())
            .map(|status| {
                let kept = |line: &&str| line.starts_with("Name") || line.contains("ctxt_switches");
                status.lines().filter(kept).collect::<Vec<_>>().join(" ")
            })
            .collect();
        lines.sort();
        lines
    };
    // The frame is on the screen before the program sleeps; on a busy machine it may be a little late. An idle
    // second is a second without a switch, not the first one.
    let still = (0..10).any(|_| {
        let before = switches();
        thread::sleep(Duration::from_secs(1));
        before == switches()
    });
    assert!(still, "the program wakes every second: {:#?}", switches());
}
