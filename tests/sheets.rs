//! The Envelope as somebody uses it: keys in, screen and files out.
//!
//! The first part is the application without a terminal over real files, the second the program itself in a
//! pseudo-terminal: killed while it saves, beside another program, on a disk that refuses.
#![cfg(unix)]

#[path = "support/model.rs"]
mod model;
#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;

use program::Home;
use support::{Pty, kill};
use sysdrill::app::envelope::News;
use sysdrill::app::{Action, Effect, EnvelopeScreen, Model, Overlay, Pointer, Tab, Target};
use sysdrill::library::{self, Library};
use sysdrill::term::sheets::Sheets;
use tempfile::TempDir;

/// The application and the sheets of a learner.
struct Desk {
    model: Model,
    sheets: Sheets,
    data: TempDir,
    copied: Vec<String>,
}

impl Desk {
    fn new() -> Desk {
        let data = TempDir::new().expect("a folder");
        Desk { model: model::model(100, 30), sheets: Sheets::new(data.path()), data, copied: Vec::new() }
    }

    /// A desk with a sheet on it, the cursor at its beginning.
    fn with(text: &str) -> Desk {
        let mut desk = Desk::new();
        fs::create_dir_all(desk.data.path().join("sheets")).expect("made");
        fs::write(desk.file("scratch"), text).expect("written");
        desk.restart();
        desk.press("alt-5");
        desk
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.data.path().join(format!("sheets/{name}.sheet"))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// The program ends and starts again.
    fn restart(&mut self) {
        self.model = model::model(100, 30);
        self.sheets = Sheets::new(self.data.path());
        if let Some((opened, lines)) = self.sheets.last().expect("it can be read") {
            self.model.envelope = EnvelopeScreen::opened(&opened, lines);
        }
        self.sheets.followed(&self.model.envelope.name.clone());
    }

    fn act(&mut self, action: Action) {
        let effects = model::act(&mut self.model, action);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Sheet(wish) => {
                    if let Some(news) = self.sheets.carry_out(wish) {
                        self.act(Action::Sheet(news));
                    }
                }
                Effect::Copy(text) => self.copied.push(text),
                _ => {}
            }
        }
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.act(Action::Key(key.parse().expect("a key")));
        }
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let key = match c {
                ' ' => "space".to_string(),
                '\n' => "enter".to_string(),
                _ => c.to_string(),
            };
            self.press(&key);
        }
    }

    /// The row of the screen that holds a text.
    fn row(&self, text: &str) -> String {
        let screen = self.screen();
        let row = screen.lines().find(|row| row.contains(text));
        row.unwrap_or_else(|| panic!("'{text}' is not shown:\n{screen}")).to_string()
    }

    fn screen(&self) -> String {
        model::text(&self.model)
    }

    fn click(&mut self, column: u16, row: u16) {
        let effects = model::click(&mut self.model, column, row);
        self.carry_out(effects);
    }
}

#[test]
fn results_follow_what_is_typed_and_it_is_saved() {
    let mut desk = Desk::with("dau = 5 users\nreads = dau * 3 reads/user\n");
    assert!(desk.row("reads = dau").ends_with("15 reads"), "{}", desk.screen());
    desk.press("end ctrl-left left 0");
    assert!(desk.row("dau = 50 users").ends_with("50 users"));
    assert!(desk.row("reads = dau").ends_with("150 reads"));
    assert_eq!(desk.read("scratch"), "dau = 50 users\nreads = dau * 3 reads/user\n");
    // The number is slid, and all that uses it follows.
    desk.press("alt-up alt-up");
    assert!(desk.row("reads = dau").ends_with("156 reads"), "{}", desk.screen());
    desk.press("alt-shift-down");
    assert!(desk.row("reads = dau").ends_with("126 reads"), "{}", desk.screen());
    desk.press("alt-u");
    assert!(desk.row("reads = dau").ends_with("150 reads"));
    desk.press("alt-u");
    assert_eq!(desk.read("scratch"), "dau = 5 users\nreads = dau * 3 reads/user\n");
    desk.press("alt-e alt-e");
    assert!(desk.row("reads = dau").ends_with("126 reads"));
}

#[test]
fn a_range_shows_where_the_value_lies_and_what_drives_it() {
    let mut desk = Desk::with("dau = 200M to 500M users\neach = 2 to 3 reads/user\nreads = dau * each\n");
    desk.press("down down");
    let row = desk.row("reads = dau");
    assert!(row.contains('…'), "the range stands behind the value: {row}");
    let screen = desk.screen();
    assert!(screen.contains("90% between") && screen.contains("5% ") && screen.contains("95% "), "{screen}");
    // Bars by name, the largest share first.
    let place = |name: &str| {
        screen.lines().position(|row| row.contains(name) && row.contains('█') && row.ends_with('%'))
    };
    assert!(place("dau") < place("each") && place("dau").is_some(), "{screen}");
    // Both ends slide.
    desk.press("up up end ctrl-left ctrl-left alt-up");
    assert!(desk.screen().contains("to 510M users"), "{}", desk.screen());
    desk.press("home alt-up");
    assert!(desk.screen().contains("210M to 510M users"), "{}", desk.screen());
    desk.press("alt-p");
    assert!(desk.row("dau = 2").contains("10^"), "{}", desk.screen());
}

#[test]
fn a_fault_waits_until_the_line_is_left_and_stands_under_its_characters() {
    let mut desk = Desk::with("a = 3 users\n");
    desk.press("down");
    desk.type_text("b = a + 2 days");
    let row = desk.row("b = a + 2 days");
    assert!(!row.contains("add"), "not while one types: {row}");
    desk.press("up");
    let row = desk.row("b = a + 2 days");
    assert!(row.contains("add"), "{row}");
    let buffer = model::draw(&desk.model, sysdrill::config::theme::Colours::None);
    let y = desk.screen().lines().position(|row| row.contains("b = a + 2 days")).expect("shown") as u16;
    let underlined: String = (0..100)
        .filter_map(|x| buffer.cell((x, y)))
        .filter(|cell| format!("{:?}", cell.modifier).contains("UNDERLINED"))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    let fault = desk.model.envelope.editor.sheet().lines[1].fault().expect("a fault").clone();
    assert_eq!(underlined, "b = a + 2 days"[fault.span], "the very characters");
    desk.press("down");
    let help = fault.help.expect("advice");
    let words: Vec<&str> = help.split(' ').take(3).collect();
    assert!(desk.screen().contains(&words.join(" ")), "{}", desk.screen());
}

#[test]
fn completions_are_offered_below_the_word() {
    let mut desk = Desk::with("dau = 5 users\n");
    desk.press("ctrl-end");
    desk.type_text("x = 2 * da");
    desk.press("tab");
    let screen = desk.screen();
    assert!(
        screen.contains("day") && screen.contains("86400 s") && screen.contains("x = 2 * dau"),
        "{screen}"
    );
    desk.press("tab esc");
    assert!(!desk.screen().contains("86400 s") && desk.read("scratch").ends_with("x = 2 * da"));
    desk.press("tab enter enter");
    assert_eq!(desk.read("scratch"), "dau = 5 users\nx = 2 * dau\n");
}

#[test]
fn text_is_selected_copied_cut_and_pasted() {
    let mut desk = Desk::with("a = 1\nb = 2\n");
    desk.press("shift-down ctrl-c");
    assert_eq!(desk.copied, ["a = 1\n"]);
    assert_eq!(desk.model.tab, Tab::Envelope, "Ctrl-C copied and did not quit");
    desk.press("ctrl-end ctrl-v");
    assert_eq!(desk.read("scratch"), "a = 1\nb = 2\na = 1\n");
    desk.press("ctrl-home ctrl-x");
    assert_eq!(desk.read("scratch"), "b = 2\na = 1\n");
    desk.press("alt-c");
    assert_eq!(desk.copied.last().map(String::as_str), Some("2"), "the result of the line");
    desk.press("alt-a backspace");
    assert_eq!(desk.read("scratch"), "");
    desk.act(Action::Paste("x = 7 * 6\r\n".into()));
    assert_eq!(desk.read("scratch"), "x = 7 * 6\n");
    let effects = model::press(&mut desk.model, "ctrl-c");
    assert!(effects.contains(&Effect::Quit), "without a selection it quits: {effects:?}");
}

#[test]
fn the_mouse_puts_the_cursor_selects_and_copies() {
    let mut desk = Desk::with("# Title\nabc = 12 * 2\nd = abc\n\n# More\ne = 1\n");
    // Below the tabs and the rule stands the first row; the text begins in the second column.
    desk.click(1 + 4, 3);
    assert_eq!(desk.model.envelope.editor.buffer.place(), (1, 4));
    desk.act(Action::Pointer(Pointer::Release(Some(Target::Text(1, 12)))));
    assert_eq!(desk.model.envelope.editor.buffer.selected(), "= 12 * 2");
    desk.click(1 + 1, 4);
    desk.click(1 + 1, 4);
    assert_eq!(desk.model.envelope.editor.buffer.selected(), "d", "a double click takes the word");
    let column = desk.row("abc = 12").find("24").map(|at| desk.row("abc = 12")[..at].chars().count());
    let column = column.expect("the result") as u16;
    desk.click(column, 3);
    assert_eq!((desk.model.envelope.editor.buffer.place().0, desk.copied.len()), (1, 0));
    desk.click(column, 3);
    assert_eq!(desk.copied, ["24"]);
    // The mark before a heading folds.
    desk.click(0, 2);
    assert!(
        desk.row("# Title").contains("2 lines") && desk.row("# Title").ends_with("24"),
        "{}",
        desk.screen()
    );
    desk.click(0, 2);
    assert!(desk.screen().contains("abc = 12"));
}

#[test]
fn sheets_are_made_of_templates_named_deleted_and_brought_back() {
    let mut desk = Desk::with("a = 1\n");
    desk.press("ctrl-o");
    let screen = desk.screen();
    assert!(
        screen.contains("scratch") && screen.contains("template") && screen.contains("short-links"),
        "{screen}"
    );
    // A template: a copy without its assertions, which may be changed.
    let place = desk.model.library.sheets().iter().position(|file| file.stem() == "feed");
    let place = place.expect("the feed is a template");
    desk.press(&format!("{}enter", "j ".repeat(1 + place)));
    assert_eq!(desk.model.envelope.name, "feed");
    let template = desk.model.library.sheets()[place].text.to_string();
    let copy = sysdrill::envelope::without_assertions(&template);
    assert!(template.contains("#=") && !copy.contains("#="));
    assert_eq!(desk.read("feed"), copy);
    desk.type_text("x = 1\n");
    assert_eq!(desk.read("feed"), format!("x = 1\n{copy}"));
    assert_eq!(desk.model.library.sheets()[place].text, template);
    // Again: another copy.
    desk.press(&format!("ctrl-o {}enter", "j ".repeat(2 + place)));
    assert_eq!(desk.model.envelope.name, "feed-2");
    desk.press("ctrl-o n");
    desk.type_text("my sheet");
    desk.press("enter");
    assert_eq!((desk.model.envelope.name.as_str(), desk.read("my sheet").as_str()), ("my sheet", ""));
    assert!(desk.screen().lines().next().is_some_and(|tabs| tabs.ends_with("my sheet.sheet")));
    desk.type_text("y = 2");
    desk.press("ctrl-o r");
    for _ in 0..8 {
        desk.press("backspace");
    }
    desk.type_text("feed");
    desk.press("enter");
    assert!(desk.screen().contains("is called feed already"), "{}", desk.screen());
    desk.type_text("s/");
    desk.press("enter");
    assert!(desk.screen().contains("A name has no /"), "{}", desk.screen());
    desk.press("backspace enter esc");
    assert_eq!((desk.model.envelope.name.as_str(), desk.read("feeds").as_str()), ("feeds", "y = 2"));
    // The open sheet is deleted: the scratch sheet is there. It comes back with all that it held.
    desk.press("ctrl-o d");
    assert_eq!((desk.model.envelope.name.as_str(), desk.file("feeds").exists()), ("scratch", false));
    desk.press("ctrl-o u");
    assert_eq!(desk.read("feeds"), "y = 2");
    assert!(matches!(desk.model.overlay, Some(Overlay::Sheets(_))) && desk.screen().contains("feeds"));
    // A template stays.
    desk.press("G d");
    assert!(desk.screen().contains("template: it stays"), "{}", desk.screen());
}

#[test]
fn changes_are_taken_back_after_a_restart_and_the_same_sheet_is_open() {
    let mut desk = Desk::with("a = 1\n");
    desk.press("ctrl-o n");
    desk.type_text("plan");
    desk.press("enter");
    desk.type_text("x = 5 users\ny = x * 2");
    desk.restart();
    desk.press("alt-5");
    assert_eq!(desk.model.envelope.name, "plan");
    desk.press("alt-u");
    assert_eq!(desk.read("plan"), "x = 5 users\ny = x * ");
    desk.press("alt-u alt-u alt-u alt-u alt-u alt-u alt-u");
    assert_eq!(desk.read("plan"), "");
    desk.restart();
    desk.press("alt-5 alt-e alt-e alt-e alt-e alt-e alt-e alt-e alt-e");
    assert_eq!(desk.read("plan"), "x = 5 users\ny = x * 2");
}

#[test]
fn what_another_program_writes_is_taken_over_and_can_be_taken_back() {
    let mut desk = Desk::with("a = 1\nb = a\n");
    desk.press("ctrl-end");
    desk.type_text("c = 3");
    fs::write(desk.file("scratch"), "a = 9\nb = a\nc = 3").expect("written");
    let text = desk.sheets.changed("scratch").expect("noticed");
    desk.act(Action::Sheet(News::Changed(text)));
    assert!(
        desk.row("b = a").ends_with('9') && desk.screen().contains("Another program"),
        "{}",
        desk.screen()
    );
    desk.press("0");
    assert_eq!(desk.read("scratch"), "a = 9\nb = a\nc = 30", "what was typed goes where the cursor stood");
    desk.press("alt-u alt-u");
    assert_eq!(desk.read("scratch"), "a = 1\nb = a\nc = 3");
}

#[test]
fn a_disk_that_refuses_is_said_and_the_text_stays() {
    let mut desk = Desk::with("");
    fs::remove_dir_all(desk.data.path().join("sheets")).expect("removed");
    fs::write(desk.data.path().join("sheets"), "no folder").expect("written");
    desk.type_text("a = 12");
    assert!(desk.screen().contains("The sheet is not saved"), "{}", desk.screen());
    assert!(
        desk.screen().lines().next().is_some_and(|tabs| tabs.ends_with("not saved")),
        "{}",
        desk.screen()
    );
    desk.press("ctrl-o j enter");
    assert_eq!(desk.model.envelope.name, "scratch", "no other sheet takes its place");
    desk.press("esc");
    let quits = |effects: &[Effect]| effects.contains(&Effect::Quit);
    let effects = model::press(&mut desk.model, "ctrl-c");
    assert!(!quits(&effects) && desk.screen().contains("Quit once more"), "{}", desk.screen());
    desk.carry_out(effects);
    let effects = model::press(&mut desk.model, "ctrl-c");
    assert!(quits(&effects), "it is the learner's to decide");
    // The disk is mended: the next key saves all of it.
    fs::remove_file(desk.data.path().join("sheets")).expect("removed");
    desk.type_text("3");
    assert_eq!(desk.read("scratch"), "a = 123");
    assert!(!desk.screen().contains("not saved"), "{}", desk.screen());
}

#[test]
fn a_line_is_calculated_in_the_palette_and_remembered() {
    let mut desk = Desk::with("a = 1");
    desk.press("alt-1 ctrl-p");
    desk.type_text("500M users / 1 day");
    assert!(desk.row("500M users / 1 day =").contains("users/s"), "{}", desk.screen());
    desk.press("enter");
    assert_eq!((desk.model.tab, desk.read("scratch").as_str()), (Tab::Envelope, "a = 1\n500M users / 1 day"));
    // From another sheet it goes to the scratch sheet as well.
    desk.press("ctrl-o n x enter ctrl-p");
    desk.type_text("2 * 3 GB");
    desk.press("enter");
    assert_eq!((desk.model.envelope.name.as_str(), desk.read("x").as_str()), ("scratch", ""));
    assert!(desk.read("scratch").ends_with("\n2 * 3 GB"));
    desk.restart();
    desk.press("ctrl-p =");
    let screen = desk.screen();
    let rows: Vec<usize> = ["2 * 3 GB = 6 GB", "500M users / 1 day ="]
        .iter()
        .map(|line| screen.lines().position(|row| row.contains(line)).unwrap_or_else(|| panic!("{screen}")))
        .collect();
    assert!(rows[0] < rows[1], "the last one first:\n{screen}");
    // A name of something is looked for as before.
    desk.press("backspace r i n g");
    assert!(desk.screen().contains("Hash ring"), "{}", desk.screen());
}

#[test]
fn a_sheet_is_copied_as_markdown() {
    let mut desk = Desk::with("# A feed\ndau = 5 users\n");
    desk.press("alt-m");
    assert!(desk.copied[0].starts_with("## A feed\n\n| | calculation | result |"), "{}", desk.copied[0]);
}

#[test]
fn every_size_and_mode_shows_the_line_that_is_edited() {
    let long = format!("a_long_name = {} in reads/s", vec!["5 reads/s"; 20].join(" + "));
    for (width, height) in [(40, 12), (80, 24), (100, 30), (120, 40), (200, 60), (30, 8), (12, 5), (5, 3)] {
        for ascii in [false, true] {
            let mut desk = Desk::with(&format!("# Title\nx = 5 to 9 users\n{long}\n"));
            desk.model.settings.screen.ascii = ascii;
            desk.act(Action::Resize(width, height));
            desk.press("down down end tab esc alt-z alt-Z alt-Z ctrl-end");
            desk.type_text("q");
            let screen = desk.screen();
            assert!(screen.contains('q'), "{width}x{height}:\n{screen}");
            assert!(!ascii || screen.is_ascii(), "{screen}");
        }
    }
}

#[test]
fn own_templates_take_the_place_of_ours_and_what_is_wrong_in_one_is_told() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("templates")).expect("made");
    fs::write(folder.path().join("templates/feed.sheet"), "# My feed\nx = 1 +\n").expect("written");
    fs::write(folder.path().join("templates/own.sheet"), "# Own\n").expect("written");
    // The sheets of a data directory are no templates.
    fs::create_dir(folder.path().join("sheets")).expect("made");
    fs::write(folder.path().join("sheets/mine.sheet"), "x = 1").expect("written");
    let library = Library::load(&[folder.path().to_path_buf()]);
    let slugs: Vec<&str> = library.sheets().iter().map(library::File::stem).collect();
    assert!(slugs.is_sorted() && slugs.contains(&"own") && !slugs.contains(&"mine"), "{slugs:?}");
    let feed = library.sheets().iter().find(|file| file.stem() == "feed").expect("one");
    assert_eq!(feed.text, "# My feed\nx = 1 +\n");
    let problems = library::check(&library).problems;
    let told = problems.iter().find(|problem| problem.file.ends_with("feed.sheet")).expect("told");
    assert_eq!((told.line, told.source.as_str()), (2, "x = 1 +"));
    assert!(!problems.iter().any(|problem| problem.file.ends_with("own.sheet")), "{problems:?}");
}

/// The program in a terminal of 100 by 30, on the Envelope.
fn start(home: &Home) -> Pty {
    let own = home.environment();
    let environment: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut pty = Pty::spawn(env!("CARGO_BIN_EXE_sysdrill"), &[], &environment, 100, 30);
    pty.wait_for_text("Today");
    pty.keys("alt-5");
    pty.wait_for_text(".sheet");
    pty
}

#[test]
fn a_kill_while_one_types_loses_nothing_that_was_shown() {
    let home = Home::new();
    let file = home.data().join("sheets/scratch.sheet");
    // A sum that grows by a digit: what is shown and what is saved are told by its length.
    let sum = |length: usize| "1+".repeat(length / 2 + 1)[..length].to_string();
    fs::create_dir_all(home.data().join("sheets")).expect("made");
    fs::write(&file, "").expect("written");
    for round in 0..12 {
        let before = fs::read_to_string(&file).expect("it is whole");
        assert_eq!(before, sum(before.len()));
        let mut pty = start(&home);
        pty.keys("ctrl-end");
        // Some are waited for; the others are on their way when the kill comes.
        let shown = (before.len() + 2 + round % 3).min(55);
        pty.send(&sum(shown).as_bytes()[before.len().min(shown)..]);
        pty.wait_for("what was typed", |screen| screen.contents().contains(&sum(shown)));
        pty.send(&sum(shown + 9).as_bytes()[shown..]);
        kill("KILL", pty.pid());
        pty.exit();
        let after = fs::read_to_string(&file).expect("it is whole");
        assert!(
            after.len() >= shown.max(before.len()) && after == sum(after.len()),
            "{shown} shown: {after}"
        );
        if after.len() > 40 {
            fs::write(&file, "").expect("written");
        }
    }
    // What was typed before the kills is taken back after them.
    let before = fs::read_to_string(&file).expect("it is whole");
    let mut pty = start(&home);
    pty.keys("alt-u");
    pty.keys("ctrl-c");
    pty.exit();
    assert_ne!(fs::read_to_string(&file).expect("it is whole"), before);
}

#[test]
fn beside_another_program_both_keep_what_the_other_wrote() {
    let home = Home::new();
    let file = home.data().join("sheets/scratch.sheet");
    fs::create_dir_all(home.data().join("sheets")).expect("made");
    fs::write(&file, "a = 1\nb = a * 2\n").expect("written");
    let (mut one, mut other) = (start(&home), start(&home));
    one.keys("end '7'");
    one.wait_for_text("34");
    // The other one looks before it writes.
    other.keys("ctrl-end 'c'");
    other.wait_for_text("34");
    assert_eq!(fs::read_to_string(&file).expect("read"), "a = 17\nb = a * 2\nc");
    for pty in [&mut one, &mut other] {
        pty.keys("ctrl-c");
        pty.exit();
    }
}

#[test]
fn a_disk_that_refuses_is_said_on_the_screen() {
    let home = Home::new();
    fs::create_dir_all(home.data()).expect("made");
    let mut pty = start(&home);
    fs::write(home.data().join("sheets"), "no folder").expect("written");
    pty.keys("'7'");
    pty.wait_for_text("The sheet is not saved");
    pty.keys("ctrl-c");
    pty.wait_for_text("Quit once more");
    fs::remove_file(home.data().join("sheets")).expect("removed");
    pty.keys("'8'");
    pty.wait_for_no_text("not saved");
    pty.keys("ctrl-c");
    pty.exit();
    let saved = fs::read_to_string(home.data().join("sheets/scratch.sheet")).expect("saved");
    assert!(saved.starts_with("78# How many"), "{saved}");
}
