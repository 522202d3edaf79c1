//! Any file in the reader: what is opened and what is refused, standard input, and what changes on disk meanwhile.
//!
//! The real program in a pseudo-terminal, as in `study_session`. Nothing here waits for a time: a save is followed by
//! a wait for what it says on the screen, and how long that took is measured.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::{Done, Home, PROGRAM};
use support::{Exit, Modes, Pty, count};
use sysdrill::memory::Moment;
use sysdrill::store::Store;

const CHILD: &str = "SYSDRILL_MARKS_CHILD";

/// A page of the learner's own.
fn page(text: &str) -> String {
    format!(
        "+++\ntitle = \"My own page\"\nsummary = \"It is mine.\"\n\n[[sources]]\ntitle = \"T\"\nauthor = \"A\"\nyear = 2026\n\
         where = \"W\"\n+++\n\n## The problem\n\n{text}\n\n## Cheat sheet\n\nNothing.\n"
    )
}

fn start_with(home: &Home, arguments: &[&str], more: &[(&str, &str)]) -> Pty {
    let own = home.environment();
    let environment: Vec<(&str, &str)> =
        own.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    Pty::spawn(PROGRAM, arguments, &environment, 110, 30)
}

fn start(home: &Home, arguments: &[&str]) -> Pty {
    start_with(home, arguments, &[])
}

/// Under a shell that reads a line before and after. Gives the line discipline from before.
fn start_under(home: &Home, script: &str, more: &[(&str, &str)]) -> (Pty, String) {
    let own = home.environment();
    let environment: Vec<(&str, &str)> =
        own.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    let script = format!("set -m; echo before; read go; {script}; read end");
    let mut pty = Pty::under_shell(&script, PROGRAM, &["read", "-"], &environment, 110, 30);
    pty.wait_for_text("before");
    let termios = pty.termios();
    pty.keys("enter");
    pty.wait_for_frame();
    assert_ne!(pty.termios(), termios, "raw mode is on");
    (pty, termios)
}

#[track_caller]
fn given_back(pty: &Pty, termios: &str) {
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
    assert_eq!(pty.termios(), termios, "raw mode is off, all else as before");
    assert!(pty.screen().contains("before"), "the old screen is back:\n{}", pty.screen());
}

#[track_caller]
fn quits(pty: &mut Pty) {
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));
    pty.wait_for_end();
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
}

/// Saves as most editors do: a new file is moved into the old one's place.
fn save(path: &Path, text: impl AsRef<[u8]>) {
    let beside = path.with_extension("swp");
    fs::write(&beside, text).expect("written");
    fs::rename(&beside, path).expect("moved");
}

/// How long it takes until the text is on the screen.
#[track_caller]
fn until(pty: &Pty, text: &str) -> Duration {
    let start = Instant::now();
    pty.wait_for_text(text);
    start.elapsed()
}

#[test]
fn a_file_opens_and_follows_what_is_saved() {
    let home = Home::new();
    let file = home.write("notes/README", "# First things\n\nOne.\n");
    let mut pty = start(&home, &["read", file.to_str().expect("text")]);
    pty.wait_for_text("First things");
    save(&file, "# Second things\n\nTwo.\n");
    pty.wait_for_text("Second things");
    fs::write(&file, "# Third things\n\nThree.\n").expect("written in place");
    pty.wait_for_text("Third things");
    fs::remove_file(&file).expect("removed");
    pty.wait_for_text("is gone from the disk");
    fs::write(&file, "# Fourth things\n\nFour.\n").expect("written again");
    pty.wait_for_text("Fourth things");
    quits(&mut pty);
}

/// The pipe is read to its end; from there on all is as if there had never been one.
#[test]
fn standard_input_is_read_and_the_keys_come_from_the_terminal() {
    let home = Home::new();
    let script = r#"printf '# Piped \377 things\n' | "$@"; echo "status $?""#;
    let (mut pty, termios) = start_under(&home, script, &[]);
    pty.wait_for_text("1 byte is not UTF-8 and is shown as U+FFFD");
    pty.keys("?");
    pty.wait_for_text("─ Keys ─");
    pty.resize(60, 12);
    // The footer is in the last of twelve rows.
    pty.wait_for("a frame of that size", |screen| {
        screen.contents().lines().count() == 12 && screen.contents().contains("q close")
    });
    pty.keys("ctrl-c");
    pty.wait_for_text("status 0");
    given_back(&pty, &termios);

    // A signal ends it, and the shell sees by which.
    let (pty, termios) = start_under(&home, script, &[]);
    // To the job, whose first process, the one with its number, has ended.
    let job = format!("-{}", pty.foreground());
    let sent = Command::new("kill").args(["-s", "TERM", "--", &job]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    pty.wait_for_text("status 143");
    given_back(&pty, &termios);
}

#[test]
fn a_pipeline_is_a_job_of_the_shell() {
    let home = Home::new();
    let script = r#"echo '# Piped' | "$@"; echo "stopped $?"; read look; fg; echo "status $?""#;
    let (mut pty, termios) = start_under(&home, script, &[]);
    pty.keys("ctrl-z");
    pty.wait_for_text("stopped ");
    given_back(&pty, &termios);
    pty.keys("enter");
    pty.wait_for("the program's screen", vt100::Screen::alternate_screen);
    pty.keys("?");
    pty.wait_for_text("─ Keys ─");
    pty.keys("ctrl-c");
    pty.wait_for_text("status 0");
    given_back(&pty, &termios);
}

/// Where one reads is where one edits, in any file and in a copy of one of our pages.
#[test]
fn an_editor_opens_at_the_line_where_one_is() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let asked = home.path("asked");
    let script =
        format!("#!/bin/sh\necho \"$1 ${{2##*/}}\" >> {}\necho editing; read line\n", asked.display());
    let editor = home.write("bin/vi", script);
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("made a program");
    let text: String = (1..=60).map(|line| format!("Line {line}.\n\n")).collect();
    let file = home.write("long.md", text);
    let slug = "consistent-hashing";
    for (what, text) in [(file.to_str().expect("text"), "Line 6."), (slug, "Consistent hashing")] {
        let mut pty = start_with(&home, &["read", what], &[("EDITOR", &editor.display().to_string())]);
        pty.wait_for_text(text);
        // To the end: the first line in sight is not the first of the file.
        pty.keys_and_frame("G");
        pty.keys("e");
        pty.wait_for_text("editing");
        pty.send(b"\n");
        pty.wait_for_text("100%");
        quits(&mut pty);
    }
    let asked = fs::read_to_string(&asked).expect("it was started");
    let lines: Vec<(&str, &str)> = asked.lines().filter_map(|line| line.split_once(' ')).collect();
    let [(first, "long.md"), (second, "consistent-hashing.md")] = lines[..] else { panic!("{asked}") };
    // Of the page's 119 lines 26 are seen. Above them stand 93, the last of them Line 47, the 93rd of the file; the empty
    // line behind it is the first in sight.
    assert_eq!(first, "+93");
    assert!(
        second.strip_prefix('+').is_some_and(|line| line.parse::<u32>().is_ok_and(|line| line > 20)),
        "{second}"
    );
}

/// An editor inherits standard input. The pipe that was there before would tell it that its input has ended.
#[test]
fn an_editor_that_is_started_behind_a_pipe_has_the_keys() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let editor = home.write(
        "editor",
        "#!/bin/sh\ntest -t 0 && echo editing && read line && echo \"$line\" >\"$HOME/typed\"\n",
    );
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("made a program");
    let editor = editor.display().to_string();
    let (mut pty, _) =
        start_under(&home, r#"echo '# Piped' | "$@"; echo "status $?""#, &[("EDITOR", &editor)]);
    pty.keys(":");
    pty.wait_for_text("Go to");
    pty.keys("'consistent-hashing'");
    pty.wait_for_text("topic     Consistent hashing");
    pty.keys("enter");
    pty.wait_for_text("Ten cache servers");
    pty.keys("e");
    pty.wait_for_text("editing");
    pty.send(b"hello\n");
    pty.wait_for_text("Ten cache servers");
    assert_eq!(fs::read_to_string(home.path("typed")).expect("the editor read a line"), "hello\n");
    pty.keys("ctrl-c");
    pty.wait_for_text("status 0");
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    let home = Home::new();
    home.write("docs/guide.md", "# Guide\n");
    home.write("large.md", "");
    let large = fs::OpenOptions::new().write(true).open(home.path("large.md")).expect("opened");
    large.set_len(2 << 30).expect("two gigabytes, none of them on the disk");
    let made = Command::new("mkfifo").arg(home.path("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()));
    let check = |name: &str, code: i32, words: &[&str]| {
        let path = home.path(name).display().to_string();
        let name = if name.contains('/') || home.path(name).exists() { path.as_str() } else { name };
        let done = home.run(&format!("read {name}"));
        assert_eq!((done.code, done.out.as_str()), (code, ""), "{name}: {}", done.err);
        for word in words {
            assert!(done.err.contains(word), "{word:?} is missing in {:?}", done.err);
        }
    };
    check("docs", 1, &["is a folder", "docs/guide.md"]);
    check("docs/none.md", 1, &["docs/none.md: there is no such file"]);
    check("pipe", 1, &["a pipe", "sysdrill read - <"]);
    check("/dev/zero", 1, &["/dev/zero is a device"]);
    check("large.md", 1, &["64 MB", "head -c 64M"]);
    check(
        "hashing",
        2,
        &["no topic and no file is called 'hashing'", "'consistent-hashing'", "sysdrill read"],
    );
    check("rate-limting", 2, &["'rate-limiting'"]);
    // What never ends is not read for ever.
    let mut command = home.command("read -");
    let endless = fs::File::open("/dev/zero").expect("opened");
    let done = Done::of(&command.stdin(Stdio::from(endless)).output().expect("the program starts"));
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("standard input has more than 64 MB"), "{}", done.err);
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn any_name_and_any_bytes_are_read() {
    let home = Home::new();
    let read = |name: &str, bytes: &[u8]| {
        let path = home.write(name, bytes);
        let done = home.run(&format!("read {}", path.display()));
        assert_eq!(done.code, 0, "{}", done.err);
        (done.out.trim_end().to_string(), done.err)
    };
    for name in ["README", "notes.txt", "a/b.md", "päge.md"] {
        assert_eq!(read(name, b"# A\n"), ("A".into(), String::new()), "{name}");
    }
    assert_eq!(read("bom.md", b"\xef\xbb\xbf# A\n"), ("A".into(), String::new()));
    assert_eq!(read("wide.md", b"\xff\xfe#\0 \0\xe4\0\n\0"), ("ä".into(), String::new()));
    let (out, err) = read("broken.md", b"# A\n\nb \xff\xfe c\n");
    assert!(out.contains("b \u{fffd}\u{fffd} c"), "{out}");
    assert_eq!(err.matches("2 bytes are not UTF-8 and are shown as U+FFFD").count(), 1, "{err}");
    // A page of one's own, from an editor that marks its bytes; and one with a byte that is no text.
    home.write("own/topics/own/marked.md", format!("\u{feff}{}", page("Marked.")));
    let own = home.path("own").display().to_string();
    assert!(home.good(&format!("check {own}")).ends_with("all well\n"));
    home.write("own/topics/own/marked.md", [page("Not ").as_bytes(), b"\xff\n"].concat());
    let found = home.run(&format!("check {own}"));
    assert!(found.err.contains("marked.md:1:1: 1 byte is not UTF-8"), "{found:?}");
    // A topic's name is the topic's, and a path is the file's.
    home.write("rate-limiting", "# Mine\n");
    let here = |name: &str| {
        let done = Done::of(
            &home.command(&format!("read {name}")).current_dir(home.path("")).output().expect("starts"),
        );
        done.out.lines().next().unwrap_or_default().to_string()
    };
    assert_eq!((here("rate-limiting"), here("./rate-limiting")), ("Rate limiting".into(), "Mine".into()));
    // What the shell hands over is a pipe with a name.
    let script = format!("{PROGRAM} read <(printf '# Handed over\\n')");
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).envs(home.environment()).stdin(Stdio::null());
    if let Ok(output) = shell.output() {
        assert_eq!(Done::of(&output).out.trim(), "Handed over");
    }
}

#[test]
fn a_page_is_shown_anew_when_it_is_saved() {
    let home = Home::new();
    let file = home.write("mine/topics/own/my-page.md", page("The first words."));
    let folder = home.path("mine").display().to_string();
    let mut pty = start(&home, &["read", "my-page", "--library", &folder]);
    pty.wait_for_text("The first words.");
    let mut quickest = Duration::MAX;
    for number in 1..=5 {
        let words = format!("Words of save number {number}.");
        match number % 3 {
            0 => fs::write(&file, page(&words)).expect("written in place"),
            1 => save(&file, page(&words)),
            _ => {
                fs::remove_file(&file).expect("removed");
                fs::write(&file, page(&words)).expect("written anew");
            }
        }
        quickest = quickest.min(until(&pty, &words));
    }
    println!("the quickest of five saves was seen after {quickest:?}");
    // A busy machine may be late once, but not five times.
    assert!(quickest < Duration::from_secs(1), "the quickest of five saves took {quickest:?} to be seen");

    // A folder that was not there, in the data directory, over the page of the same name.
    let other = |text: &str| page(text).replace("My own page", "Zebra crossings");
    home.write("data/topics/own/other.md", other("Another page."));
    home.write("data/topics/own/my-page.md", page("Hidden by the folder that was named last."));
    save(&file, page("And again."));
    pty.wait_for_text("And again.");
    pty.keys(":");
    pty.wait_for_text("Go to");
    pty.keys("'zebra'");
    pty.wait_for_text("Zebra crossings");
    pty.keys("enter");
    pty.wait_for_text("Another page.");
    fs::remove_dir_all(home.path("data/topics")).expect("removed");
    fs::create_dir_all(home.path("data/topics/own")).expect("made again");
    home.write("data/topics/own/other.md", other("A folder of the same name."));
    pty.wait_for_text("A folder of the same name.");
    save(&home.path("data/topics/own/other.md"), other("It is watched too."));
    pty.wait_for_text("It is watched too.");
    quits(&mut pty);
}

/// Over the page of a reader a new problem is told, and it goes when it is mended. Somebody who does something else
/// gets one line, once.
#[test]
fn problems_in_a_saved_file_are_told_once_and_quietly() {
    let home = Home::new();
    let file = home.write("mine/topics/own/my-page.md", page("The first words."));
    let folder = home.path("mine").display().to_string();
    let mut pty = start(&home, &["read", "my-page", "--library", &folder]);
    pty.wait_for_text("The first words.");
    let broken = |words: &str| page(words).replace("summary", "sumary");
    save(&file, broken("Broken."));
    pty.wait_for_text("sumary");
    save(&file, page("Mended."));
    pty.wait_for("the page without the panel", |screen| {
        screen.contents().contains("Mended.") && !screen.contents().contains("sumary")
    });
    save(&file, broken("Broken again."));
    pty.wait_for_text("sumary");
    pty.keys_and_frame("esc");
    pty.wait_for_no_text("sumary");
    save(&file, broken("Broken still."));
    pty.wait_for_text("Broken still.");
    assert!(!pty.screen().contains("sumary"), "it is known by now:\n{}", pty.screen());
    save(&file, page("Mended again."));
    pty.wait_for_text("Mended again.");

    // In the calculator nothing may come between the learner and what is typed.
    pty.keys("alt-5");
    pty.wait_for_text("scratch.sheet");
    pty.keys("'2*21'");
    pty.wait_for_text("42");
    let from = pty.bytes().len();
    save(&file, broken("Broken elsewhere."));
    pty.wait_for("one line", |screen| {
        screen.contents().contains("my-page.md:2: 'summary' is missing (and 1 more: sysdrill check)")
    });
    assert!(pty.screen().contains("42"), "the sheet is still there:\n{}", pty.screen());
    pty.keys("'+1'");
    pty.wait_for_text("43");
    let said = count(&pty.bytes()[from..], b"is missing");
    assert_eq!(said, 1);
    quits(&mut pty);
}

/// The sheet in one pane and an editor in the other: what is saved is worked out without a key.
#[test]
fn a_sheet_that_another_program_saves_is_worked_out_at_once() {
    let home = Home::new();
    let mut pty = start(&home, &[]);
    pty.keys("alt-5");
    pty.wait_for_text("scratch.sheet");
    pty.keys("'2*21'");
    pty.wait_for_text("42");
    let sheet = home.data().join("sheets/scratch.sheet");
    let saved = || fs::read_to_string(&sheet).is_ok_and(|text| text.contains("2*21"));
    let start = Instant::now();
    while !saved() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(saved(), "it is saved as one types");
    // Written in place it may be seen empty for a moment; what takes its place is seen whole.
    fs::write(&sheet, "seven = 7\nseven * 9\n").expect("written in place");
    pty.wait_for_text("63");
    save(&sheet, "seven = 7\nseven * 11\n");
    pty.wait_for_text("77");
    // And one goes on from there.
    pty.keys("alt-u");
    pty.wait_for_text("63");
    quits(&mut pty);
}

/// A file that is not the open page any more does not come back because it is saved. When one goes back to it, it is as
/// it was saved.
#[test]
fn a_file_that_one_has_left_is_read_again_when_one_returns() {
    let home = Home::new();
    let file = home.write("notes/first.md", "# First\n\nOn to the [second](second.md).\n");
    home.write("notes/second.md", "# Second\n\nHere.\n");
    let mut pty = start(&home, &["read", file.to_str().expect("text")]);
    pty.wait_for_text("On to the second");
    pty.keys("tab enter");
    pty.wait_for_text("Here.");
    save(&file, "# First\n\nChanged meanwhile.\n");
    save(&home.path("notes/second.md"), "# Second\n\nHere and now.\n");
    pty.wait_for_text("Here and now.");
    pty.keys("backspace");
    pty.wait_for_text("Changed meanwhile.");
    save(&home.path("notes/second.md"), "# Second\n\nUnseen.\n");
    save(&file, "# First\n\nStill here.\n");
    pty.wait_for_text("Still here.");
    quits(&mut pty);
}

#[test]
fn what_happened_to_an_open_file_is_said() {
    let home = Home::new();
    let file = home.write("notes.md", "# All well\n");
    let mut pty = start(&home, &["read", file.to_str().expect("text")]);
    pty.wait_for_frame();
    save(&file, b"# Not \xff well\n");
    pty.wait_for_text("1 byte is not UTF-8 and is shown as U+FFFD");
    fs::remove_file(&file).expect("removed");
    pty.wait_for_text("is gone from the disk");
    quits(&mut pty);
}

/// The watch over folders and file costs nothing while nothing happens, and answers at once when something does.
#[test]
#[cfg(target_os = "linux")]
fn an_idle_screen_with_the_watch_on_takes_no_processor() {
    fn switches(process: u32) -> Vec<String> {
        let mut found = Vec::new();
        for thread in fs::read_dir(format!("/proc/{process}/task")).expect("the program runs").flatten() {
            let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            found.extend(
                status
                    .lines()
                    .filter(|line| line.starts_with("Name") || line.contains("ctxt_"))
                    .map(str::to_string),
            );
        }
        found
    }
    let home = Home::new();
    home.write("mine/topics/own/my-page.md", page("The first words."));
    let file = home.write("notes/notes.md", "# Notes\n");
    let folder = home.path("mine").display().to_string();
    let mut pty = start(&home, &["read", file.to_str().expect("text"), "--library", &folder]);
    pty.wait_for_frame();
    // After the first frame the watch is set up; that has an end, and then nothing wakes any more.
    let still = (0..5).any(|_| {
        let before = switches(pty.pid());
        std::thread::sleep(Duration::from_secs(2));
        let after = switches(pty.pid());
        before == after
            && after.iter().any(|line| line.ends_with("watch"))
            && after.iter().any(|line| line.contains("notify"))
    });
    assert!(still, "the program wakes: {:#?}", switches(pty.pid()));
    // The file that is open is read by others, and the database is written: neither is news.
    fs::read(&file).expect("read");
    save(&file, b"# Notes \xff\n");
    pty.wait_for_text("1 byte is not UTF-8");
    quits(&mut pty);
}

/// What `a_kill_loses_no_mark_that_was_reported` kills: marks sections as read and sets bookmarks, and says of each
/// pair when it is kept.
#[test]
fn child() {
    let Ok(data) = std::env::var(CHILD) else { return };
    let mut store = Store::open(Path::new(&data)).expect("opened");
    let at: Moment = "2026-01-05T10:00:00Z".parse().expect("a time");
    let begin = store.read_marks().expect("marks").len();
    for number in begin.. {
        store.mark_read("topic", &format!("section-{number:05}"), at).expect("kept");
        store.set_bookmark("topic", &format!("section-{number:05}"), at).expect("kept");
        println!("kept {number}");
    }
}

/// Each state of the file shows in its text; were it told again, the notice would be in the bytes.
#[test]
fn bytes_that_are_no_text_are_said_once_of_a_file() {
    let home = Home::new();
    let file = home.write("notes.md", b"# First \xff\n");
    let mut pty = start(&home, &["read", file.to_str().expect("text")]);
    pty.wait_for_text("1 byte is not UTF-8");
    save(&file, b"# Second \xff\xff\n");
    pty.wait_for_text("Second");
    save(&file, b"# Third, all well\n");
    pty.wait_for_text("Third");
    assert_eq!(count(&pty.bytes(), b"2 bytes are not"), 0);
    save(&file, b"# Fourth \xff\xff\xff\n");
    pty.wait_for_text("3 bytes are not UTF-8");
    quits(&mut pty);
}

#[test]
fn a_kill_loses_no_mark_that_was_reported() {
    let home = Home::new();
    let this = std::env::current_exe().expect("a test is a file");
    let mut before = 0;
    for round in 0..12 {
        let mut child = Command::new(&this)
            .args(["--exact", "child", "--nocapture", "--test-threads=1", "--quiet"])
            .env(CHILD, home.data())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test starts again");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut kept = None;
        for line in lines.by_ref() {
            kept = line.strip_prefix("kept ").and_then(|number| number.parse::<usize>().ok()).or(kept);
            if kept.is_some_and(|number| number >= before + round % 5) {
                break;
            }
        }
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // What stood in the pipe was reported too.
        let rest = lines.filter_map(|line| line.strip_prefix("kept ").and_then(|number| number.parse().ok()));
        let reported = rest.last().or(kept).map_or(0, |number: usize| number + 1);
        let store = Store::open(&home.data()).expect("opens after a kill");
        let (read, set) =
            (store.read_marks().expect("marks").len(), store.bookmarks().expect("bookmarks").len());
        assert!(read >= reported && read <= reported + 1, "{read} marks, {reported} reported");
        assert!(set >= reported && set <= read, "{set} bookmarks, {reported} reported");
        assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
        before = read;
        // A mark without its bookmark is the one that the kill came between: the next round goes on behind it.
        drop(store);
        let mut store = Store::open(&home.data()).expect("opens");
        let at: Moment = "2026-01-05T10:00:00Z".parse().expect("a time");
        for number in set..read {
            store.set_bookmark("topic", &format!("section-{number:05}"), at).expect("kept");
        }
    }
    assert!(before > 12, "marks were made: {before}");
}
