//! The program as a person uses it, in a pseudo-terminal: a study session from the first start to the second, and
//! what surrounds it: windows of other sizes, shells, signals, a screen at rest, a terminal without colours.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;
mod support;

use program::{Home, PROGRAM};
use support::{Exit, Modes, Pty, kill};
use sysdrill::library::{Library, Topic};

/// A good answer is enough to have learned a card, and a study day that does not turn while a test runs.
const SETTINGS: &str = "[drill]\nfuzz = false\nsteps = []\n";
const AT: [&str; 2] = ["--at", "2026-01-05T10:00:00Z"];

/// Starts the program in a window.
fn start_with(home: &Home, arguments: &[&str], more: &[(&str, &str)], columns: u16, rows: u16) -> Pty {
    let own = home.environment();
    let environment: Vec<(&str, &str)> =
        own.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    Pty::spawn(PROGRAM, &[arguments, &AT].concat(), &environment, columns, rows)
}

fn start(home: &Home, arguments: &[&str]) -> Pty {
    start_with(home, arguments, &[], 100, 30)
}

/// The row of the screen in which a text stands, from that text on.
fn row<'s>(screen: &'s str, text: &str) -> Option<&'s str> {
    screen.lines().find_map(|line| Some(&line[line.find(text)?..]))
}

/// How far a demo's clock stands: the 1.4 of `1.40 of 10 s`.
fn clock(screen: &str) -> Option<f64> {
    let (line, length) = [" of 10 s", " of 12 s"]
        .into_iter()
        .find_map(|length| Some((screen.lines().find(|line| line.contains(length))?, length)))?;
    line.split(length).next()?.rsplit(' ').next()?.parse().ok()
}

/// How loaded the ring demo's busiest node is.
fn busiest(screen: &str) -> Option<f64> {
    row(screen, "busiest / mean")?.split_whitespace().nth(3)?.parse().ok()
}

/// How many requests the limiter demo has decided on, by its first limiter: the sum of `admitted 12  refused 3`.
fn decided(screen: &str) -> Option<u64> {
    let words: Vec<&str> = row(screen, "admitted  ")?.split_whitespace().take(4).collect();
    let [_, admitted, "refused", refused] = words[..] else { return None };
    Some(admitted.parse::<u64>().ok()? + refused.parse::<u64>().ok()?)
}

/// Which card of the session is on the screen: the 3 of `3 of 16`.
fn counter(screen: &str) -> Option<usize> {
    screen.lines().next()?.split_once(" of ")?.0.rsplit(' ').next()?.parse().ok()
}

/// Which tab is chosen, by the attribute that marks it.
fn chosen_tab(screen: &vt100::Screen) -> String {
    let cells = (0..screen.size().1.get()).filter_map(|column| screen.cell(0, column));
    let text: String = cells.filter(|cell| cell.inverse()).map(vt100::Cell::contents).collect();
    text.trim().to_string()
}

/// The page that the path begins with.
fn first_page() -> Topic {
    Library::load(&[]).written().next().expect("pages are there").clone()
}

/// What stands in the first line below its title.
fn beginning(topic: &Topic) -> &str {
    let summary = topic.page.as_ref().map_or("", |page| &page.summary);
    &summary[..30]
}

#[track_caller]
fn quits(pty: &mut Pty) {
    assert_eq!(pty.exit(), Exit::Code(0));
    pty.wait_for_end();
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
}

#[test]
fn a_study_session_and_the_day_after() {
    let home = Home::with_settings(SETTINGS);
    let mut pty = start(&home, &[]);

    // The first start asks three things, and one key passes them over; then it says what to do, and one key does it.
    pty.wait_for_text("When is your interview?");
    pty.keys_and_frame("esc");
    pty.wait_for_text("Press Enter");
    let first = pty.screen();
    assert!(first.contains("Welcome."), "{first}");
    let written = first_page();
    let invitation = format!("Press Enter to read {}", written.title);
    assert!(first.contains(&invitation) && first.contains("? keys"), "{first}");
    pty.keys("enter");
    pty.wait_for_text(beginning(&written));
    pty.keys("ctrl-c");
    assert_eq!(pty.exit(), Exit::Code(0));

    // Another page, with a bet of which the numbers are known.
    let mut pty = start(&home, &["read", "consistent-hashing"]);
    pty.wait_for("the page and its outline", |screen| {
        let text = screen.contents();
        text.contains("Ten cache servers") && text.contains("Cheat sheet") && text.contains("10 k reads/s")
    });

    // A bet before the run: what is no number is refused.
    pty.keys("B");
    pty.wait_for_text("Enter runs it");
    assert_eq!(clock(&pty.screen()), Some(0.0), "nothing runs before the bet:\n{}", pty.screen());
    pty.keys("enter");
    pty.wait_for_text("Commit to a number first");
    pty.keys("9 enter");
    pty.wait_for_text("you bet   9.0%");
    pty.keys("3");
    pty.wait_for_text("saved: Good");

    // The run of the bet plays, and what it shows changes.
    pty.wait_for("a clock that runs", |screen| clock(&screen.contents()).is_some_and(|now| now > 0.0));
    pty.wait_for("a reading", |screen| busiest(&screen.contents()).is_some());
    let seen = busiest(&pty.screen());
    pty.wait_for("another load", |screen| busiest(&screen.contents()) != seen);
    pty.keys("] ] ] ] ] ]");
    pty.wait_for("the change of the run", |screen| {
        row(&screen.contents(), "moved, ring").is_some_and(|row| row.contains('%'))
            && row(&screen.contents(), "you bet 9.0%").is_some_and(|row| row.contains("here now 8."))
    });
    pty.keys("space");
    pty.wait_for_text("paused");

    // The deck of the page.
    pty.keys_and_frame("esc");
    pty.keys("D");
    pty.wait_for("the first card", |screen| counter(&screen.contents()) == Some(1));
    for answered in 1..=3 {
        // A bet takes the number, all else passes it over; Enter shows the answer.
        pty.keys("9 enter");
        pty.wait_for_text("Good");
        pty.keys("3");
        pty.wait_for("the next card", |screen| counter(&screen.contents()) == Some(answered + 1));
    }
    pty.keys("q");
    pty.wait_for_text("3 answers");
    pty.keys("q");
    pty.wait_for_text("saved: Good");
    pty.keys("q q q");
    quits(&mut pty);

    let stats = home.json(&format!("stats --json {} {}", AT[0], AT[1]));
    assert_eq!((&stats["answers"], &stats["learned"]), (&4.into(), &4.into()), "{stats}");
    assert_eq!(stats["topics"]["consistent-hashing"], "begun");

    // The next start knows all that.
    let mut pty = start(&home, &[]);
    pty.wait_for_text("Read on");
    let today = pty.screen();
    let read_on = row(&today, "Read on").unwrap_or_default();
    assert!(read_on.contains("Consistent hashing") && read_on.contains("Try it"), "{today}");
    assert!(!today.contains("Welcome") && today.contains("begun"), "{today}");
    pty.keys("alt-6");
    let cards = Library::load(&[]).cards().count();
    pty.wait_for_text(&format!("4 of {cards} cards learned"));
    assert!(pty.screen().contains("4 answers today"), "{}", pty.screen());
    pty.keys("alt-1 r");
    pty.wait_for("the page where it was left", |screen| {
        row(&screen.contents(), "▸").is_some_and(|row| row.contains("Try it"))
    });
    pty.keys("q q q");
    quits(&mut pty);
}

#[test]
fn a_page_a_demo_and_a_drill_open_by_name() {
    let home = Home::with_settings(SETTINGS);
    let mut pty = start(&home, &["read", "consistent-hashing"]);
    pty.wait_for_text("The problem");
    assert_eq!(pty.look(chosen_tab), "Library");
    pty.keys("c");
    pty.wait_for("the cheat sheet", |screen| !screen.contents().contains("Ten cache servers"));
    pty.keys("q");
    pty.wait_for_text("Ten cache servers");
    pty.keys("q q q");
    quits(&mut pty);

    let mut pty = start(&home, &["demo", "limiter", "--seed", "9", "--set", "burst=7"]);
    pty.wait_for("a demo", |screen| {
        screen.contents().contains("seed 9") && screen.contents().contains("burst 7")
    });
    let playing = |pty: &Pty| clock(&pty.screen()).unwrap_or(f64::NAN);
    if pty.screen().contains("paused") {
        pty.keys("space");
    }
    pty.wait_for("a clock that runs", |screen| clock(&screen.contents()).is_some_and(|now| now > 0.1));
    pty.keys("space");
    pty.wait_for_text("paused");
    let stopped = playing(&pty);
    // A paused demo stands still, and one event is one event.
    let then = decided(&pty.screen()).unwrap_or_else(|| panic!("no reading:\n{}", pty.screen()));
    pty.keys(".");
    pty.wait_for("one more request", |screen| decided(&screen.contents()) == Some(then + 1));
    assert!(playing(&pty) - stopped < 1.0, "{stopped} and then {}", playing(&pty));
    pty.keys("l");
    pty.wait_for_text("pattern bursts");
    pty.keys("R");
    pty.wait_for("the start", |screen| clock(&screen.contents()) == Some(0.0));
    pty.keys("s");
    pty.wait_for_text("token_bucket.rs");
    pty.keys("q q q q");
    quits(&mut pty);

    let mut pty = start(&home, &["drill", "--topic", "rate-limiting", "--limit", "1"]);
    pty.wait_for("the first card", |screen| counter(&screen.contents()) == Some(1));
    pty.keys("9 enter");
    pty.wait_for_text("Good");
    pty.keys("3");
    pty.wait_for_text("1 answer");
    // Taken back, the card is on the table again and the log has nothing left of it.
    pty.keys("u");
    pty.wait_for("the card again", |screen| counter(&screen.contents()) == Some(1));
    pty.keys_and_frame("esc");
    pty.keys("q q");
    quits(&mut pty);
    assert_eq!(home.json("stats --json")["answers"], 0);
}

#[test]
fn the_palette_finds_and_the_help_lists() {
    let home = Home::new();
    let mut pty = start(&home, &[]);
    pty.wait_for_text("Welcome.");
    pty.keys(": 'rate'");
    pty.wait_for_text("Rate limiting");
    pty.keys("enter");
    pty.wait_for("the page", |screen| screen.contents().contains("The problem"));
    assert_eq!(pty.look(chosen_tab), "Library");
    pty.keys("?");
    pty.wait_for("all keys", |screen| {
        screen.contents().contains("Library: a page") || screen.contents().contains("In the")
    });
    pty.keys_and_frame("esc");
    pty.wait_for_text("The problem");
    // In a text field letters are text: no q quits, no digit grades.
    pty.keys("ctrl-p 'qqq'");
    pty.wait_for_text("qqq");
    pty.keys_and_frame("esc");
    pty.wait_for_no_text("qqq");
    // A paste is text, wherever it goes, and never a key.
    pty.paste("q\nq\nq\n");
    pty.keys("ctrl-p");
    pty.paste("ring");
    pty.wait_for_text("Hash ring and its rivals");
    pty.keys_and_frame("esc");
    // A click in the same read as the Esc would be taken for its rest.
    pty.wait_for_no_text("Go to");
    // Tabs by mouse and by key.
    let lab = pty.screen().lines().next().and_then(|line| line.find("Lab")).expect("the tab is there");
    pty.click(u16::try_from(lab).expect("it fits"), 0);
    pty.wait_for("the Lab", |screen| chosen_tab(screen) == "Lab");
    pty.keys("g t");
    pty.wait_for("the Drill", |screen| chosen_tab(screen) == "Drill");
    pty.keys("g T g T");
    pty.wait_for("the Library", |screen| chosen_tab(screen) == "Library");
    pty.keys("ctrl-c");
    quits(&mut pty);
}

/// Everywhere a few `q` lead out; from a text field Esc does first.
#[test]
fn q_leads_out_from_everywhere() {
    let home = Home::new();
    let check = |arguments: &[&str], way: &str, there: &str, out: &str| {
        let mut pty = start(&home, arguments);
        pty.wait_for_text("sysdrill");
        pty.keys(way);
        pty.wait_for_text(there);
        if let Some(rest) = out.strip_prefix("esc") {
            pty.keys_and_frame("esc");
            pty.keys(rest);
        } else {
            pty.keys(out);
        }
        quits(&mut pty);
    };
    check(&[], "", "Enter", "q");
    check(&[], "alt-2", "weeks 1 to", "q q");
    check(&[], "alt-3", "Waiting lines", "q q");
    check(&[], "alt-3 enter", " of 60 s", "q q q");
    check(&[], "alt-4", "All that is due", "q q");
    check(&[], "alt-5", "scratch.sheet", "esc q q");
    check(&[], "alt-6", "cards learned", "q q");
    check(&[], "?", "Everywhere", "q q");
    check(&[], ": 'lab'", "> lab", "esc q");
    check(&["read", "rate-limiting"], "", "The problem", "q q q");
    check(&["read", "rate-limiting"], "/ 'bucket'", "> bucket", "esc q q q");
    check(&["demo", "breaker"], "", "seed 7", "q q q q");
    check(&["drill", "--topic", "rate-limiting"], "", "1 of ", "esc q q q");
}

#[test]
fn the_window_may_have_any_size_at_any_time() {
    let home = Home::new();
    let mut pty = start(&home, &["read", "consistent-hashing"]);
    pty.wait_for_text("Ten cache servers");
    for (columns, rows) in [(80, 24), (200, 60), (20, 5), (1, 1), (3, 2), (7, 40), (120, 40)] {
        // Not in the same moment: where a signal and a key come together, crossterm's reader may leave one of them
        // lying until the next comes.
        pty.resize_and_frame(columns, rows);
        pty.keys_and_frame("alt-1 alt-3 enter alt-2 tab j");
    }
    pty.wait_for("the page at its last size", |screen| {
        screen.size().1.get() == 120
            && screen.contents().lines().next().is_some_and(|line| line.contains("Library"))
    });
    pty.keys("ctrl-c");
    quits(&mut pty);

    for arguments in
        [&[][..], &["read", "rate-limiting"], &["demo", "ring"], &["drill", "--topic", "rate-limiting"]]
    {
        for (columns, rows) in [(20, 5), (1, 1), (40, 3)] {
            let mut pty = start_with(&home, arguments, &[], columns, rows);
            pty.wait_for_frame();
            pty.keys("tab enter space ? j esc j enter 1");
            pty.keys("ctrl-c");
            quits(&mut pty);
        }
    }
}

/// Under a shell with job control, which stays and can be looked at.
fn under_shell(home: &Home, script: &str) -> (Pty, String) {
    let own = home.environment();
    let environment: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let script = format!("ulimit -c 0; set -m; trap : INT; echo before; read go; {script}; read end");
    let mut pty = Pty::under_shell(&script, PROGRAM, &AT, &environment, 100, 30);
    pty.wait_for_text("before");
    let termios = pty.termios();
    pty.keys("enter");
    pty.wait_for_text("Welcome.");
    (pty, termios)
}

#[track_caller]
fn given_back(pty: &Pty, termios: &str) {
    assert_eq!(pty.modes(), Modes::GIVEN_BACK);
    assert_eq!(pty.termios(), termios);
    assert!(pty.screen().contains("before"), "the old screen is back:\n{}", pty.screen());
}

#[test]
fn ctrl_z_and_fg() {
    let home = Home::new();
    let (mut pty, termios) =
        under_shell(&home, r#""$@"; echo "stopped $?"; read look; fg; echo "status $?""#);
    pty.keys("alt-6 ctrl-z");
    pty.wait_for_text("stopped ");
    given_back(&pty, &termios);
    pty.keys("enter");
    pty.wait_for_text("No card was answered yet");
    assert_eq!(pty.look(chosen_tab), "Progress");
    pty.keys("alt-1 q");
    pty.wait_for_text("status 0");
    given_back(&pty, &termios);
}

#[test]
fn a_signal_gives_the_terminal_back_and_keeps_the_place() {
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let home = Home::new();
        let (mut pty, termios) = under_shell(&home, r#""$@"; echo "status $?""#);
        let written = first_page();
        pty.keys("n");
        pty.wait_for_text(beginning(&written));
        pty.keys("] ]");
        pty.wait_for_no_text(beginning(&written));
        kill(signal, pty.foreground());
        pty.wait_for_text(&format!("status {status}"));
        given_back(&pty, &termios);
        let mut pty = start(&home, &[]);
        pty.wait_for_text("Read on");
        assert!(
            row(&pty.screen(), "Read on").is_some_and(|row| row.contains("How it works")),
            "{signal}: {}",
            pty.screen()
        );
        pty.keys("q");
        quits(&mut pty);
    }
}

/// A selection must be seen without colours too: it is drawn reversed, and nothing has a colour.
#[test]
fn without_colours_the_chosen_tab_is_reversed() {
    let home = Home::new();
    let mut pty = start_with(&home, &[], &[("NO_COLOR", "1")], 100, 30);
    pty.wait_for_text("Welcome.");
    assert_eq!(pty.look(chosen_tab), "Today");
    pty.keys("alt-3");
    pty.wait_for("the Lab", |screen| chosen_tab(screen) == "Lab");
    pty.keys("enter");
    pty.wait_for_text(" of 60 s");
    let coloured = pty.look(|screen| {
        let (rows, columns) = screen.size();
        let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        cells
            .filter(|&(row, column)| {
                let plain = vt100::Color::Default;
                screen
                    .cell(row, column)
                    .is_some_and(|cell| cell.fgcolor() != plain || cell.bgcolor() != plain)
            })
            .count()
    });
    assert_eq!(coloured, 0, "cells with a colour");
    pty.keys("ctrl-c");
    quits(&mut pty);
}

/// Nothing is drawn and no timer runs while nothing changes: no thread is ever given the processor.
#[cfg(target_os = "linux")]
#[test]
fn an_idle_screen_takes_no_processor() {
    use std::thread;
    use std::time::Duration;

    /// The context switches of all threads so far.
    fn switches(process: u32) -> Vec<String> {
        let mut found = Vec::new();
        for thread in std::fs::read_dir(format!("/proc/{process}/task")).expect("the program runs") {
            let status = thread.and_then(|thread| std::fs::read_to_string(thread.path().join("status")));
            let status = status.expect("its threads stay");
            found.extend(status.lines().filter(|line| line.contains("ctxt_switches")).map(str::to_string));
        }
        assert!(found.len() >= 2, "each thread has two counts");
        found
    }

    let check = |arguments: &[&str], way: &str, there: &str| {
        // Of its own: what another copy does in the data directory is seen by the watch over it.
        let home = Home::new();
        let mut pty = start(&home, arguments);
        pty.wait_for_text("sysdrill");
        pty.keys(way);
        pty.wait_for_text(there);
        // What follows the last frame (a position is saved, a reply of the terminal is not waited for any more) has
        // an end. It is reached when two seconds pass in which nothing happens; more than one such wait is a timer.
        let rests = (0..3).any(|_| {
            let before = switches(pty.pid());
            thread::sleep(Duration::from_secs(2));
            switches(pty.pid()) == before
        });
        assert!(rests, "{arguments:?} {way}: {:?}\n{}", switches(pty.pid()), pty.screen());
        pty.keys("ctrl-c");
        quits(&mut pty);
    };
    thread::scope(|scope| {
        scope.spawn(|| check(&[], "", "Welcome."));
        scope.spawn(|| check(&["read", "rate-limiting"], "tab", "The problem"));
        scope.spawn(|| check(&["demo", "ring"], "", "paused"));
        scope.spawn(|| check(&["drill", "--topic", "rate-limiting"], "", "1 of "));
        scope.spawn(|| check(&[], "alt-5 '2+2'", "2+2"));
    });
}
