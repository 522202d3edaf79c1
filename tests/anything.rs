//! Random people at the screen: nothing that a user does may break the program.
//!
//! A person here is a sequence of keys, pastes, clicks (also on places that are gone), resizes and frames, with
//! what the world adds: another program's answers, a disk that refuses, a terminal that tells its background. After
//! each of them the frame must be sound (no panic, nothing but printable cells, every target inside the window, a
//! way out in the footer) and the effects must make sense. Effects run against a real store as the loop runs them, so
//! what a session believes of a card and what is on disk can be compared at every answer; at the end
//! the store must agree with its own log. A reader among them opens pages and files, which change while they are open
//! (`anything/files.rs`), and whose place, focus, hits and marks must stand for what is there (`anything/laws.rs`).
//!
//! `PROPTEST_CASES=20000 cargo test --release --test anything` looks for longer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sysdrill::app::command::{COMMANDS, Context, Do};
use sysdrill::app::envelope::{News, Wish};
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::layout::Area;
use sysdrill::app::learned::Learned;
use sysdrill::app::live::LiveBlock;
use sysdrill::app::progress::Fitting;
use sysdrill::app::progress::workload::Wanted;
use sysdrill::app::reader::{Focus, Origin};
use sysdrill::app::{
    self, Action, Effect, Figures, Mark, Model, Notice, Overlay, Pointer, Saved, Start, Tab, Target,
};
use sysdrill::config::key::{Chord, Key, KeyCode};
use sysdrill::config::settings::Settings;
use sysdrill::config::theme::{Background, Colours};
use sysdrill::doc::Line;
use sysdrill::lab::{Sweep, demos};
use sysdrill::memory::{self, Fit, Moment, Review, ReviewKind, Rules, Scheduler};
use sysdrill::sim::Nanos;
use sysdrill::store::{self, Store};
use sysdrill::term::sheets::Sheets;
use sysdrill::ui;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

#[path = "anything/files.rs"]
mod files;
#[path = "anything/laws.rs"]
mod laws;

use files::Disk;

const COLOURS: [Colours; 4] = [Colours::None, Colours::Sixteen, Colours::Cube, Colours::True];

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    /// The keys of a command.
    Command(&'static str),
    /// Keys one after the other, as the settings write them.
    Flow(&'static str),
    /// Keys, and in their middle something that the world does.
    Amid(&'static str, Box<Step>),
    /// Any key.
    Key(Key),
    /// A text typed key by key: what a random letter never becomes.
    Type(&'static str),
    Paste(String),
    /// A click on a target of the last frame.
    Click(Index),
    /// A click on a target of an earlier frame, as where the screen changed under the mouse.
    Stale(Index),
    ClickNothing,
    Wheel(bool),
    Resize(u16, u16),
    Background(Background),
    /// A frame, after that many milliseconds.
    Frame(u32),
    /// The clock goes on, in milliseconds.
    Later(u32),
    /// The next effect that writes fails, as on a full disk.
    DiskFull,
    /// The store is read again, as after another program's writes.
    Reload,
    /// The library is read again, as after an editor run: which of them.
    Reloaded(usize),
    /// A file beside the library is opened, at a heading or where reading stopped.
    Open(usize, Option<&'static str>),
    /// A file is written anew, which the program notices where it is open.
    Written(usize, usize),
    /// What is open is read again and is the same.
    Touched,
    /// What other threads were asked for arrives: an index, a file, so many blocks in colours.
    Arrives(usize),
    /// Colours arrive that nobody asked for any more.
    Stray(usize),
    /// Back, and forward again.
    BackAndForth,
    /// The next theme.
    Theme,
    /// Problems with files are shown.
    Problems,
}

fn a_key() -> impl Strategy<Value = Key> {
    let plain = select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
    ]);
    let code = prop_oneof![
        6 => plain,
        3 => select("abcdefghijklmnopqrstuvwxyz0123456789".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let held = || prop::bool::weighted(0.06);
    (code, held(), held(), held()).prop_map(|(code, ctrl, alt, shift)| Key { code, ctrl, alt, shift })
}

fn a_size() -> impl Strategy<Value = Step> {
    let usual = select(vec![(80, 24), (100, 30), (60, 10), (120, 40)]);
    let size = prop_oneof![4 => usual, 2 => (1..=14u16, 1..=14u16), 2 => (1..=90u16, 1..=30u16), 1 => (1..=250u16, 1..=70u16)];
    size.prop_map(|(width, height)| Step::Resize(width, height))
}

fn a_paste() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["20", "20 %", " 12.5\n", "3 ms", "ring", "1e400", "-5", "0x10"]).prop_map(str::to_string),
        2 => "(?s).{0,40}",
        1 => select(vec![
            "a\u{1b}[31m\u{7}\u{9b}2J\r\n\tb\0",
            "\u{202e}evil\u{2066}\u{feff}\u{200b}\u{301}",
            "👩‍👩‍👧‍👦 🇪🇺 漢字 e\u{301} ﷽",
            "x = 5 GB/s * 3 days\ny = x in\n= =\n",
        ]).prop_map(str::to_string),
        1 => ("(?s).{1,12}", 1..900usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

/// What somebody does who uses all of the program.
fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![9 => a_users_step(), 1 => a_readers_step(), 1 => an_estimators_step()]
}

/// What somebody does who reads.
fn a_readers_step() -> impl Strategy<Value = Step> {
    use Context as C;
    let of_reading =
        [C::Page, C::Shelf, C::Outline, C::Find, C::Pick, C::Zoom, C::Walk, C::List, C::Sheet, C::Search];
    let reads = |contexts: &[C]| contexts.iter().any(|context| of_reading.contains(context));
    let keys = COMMANDS.iter().filter(|command| reads(command.contexts));
    let keys: Vec<_> = keys.flat_map(|command| command.keys.iter().copied()).collect();
    let often =
        vec!["tab", "tab", "enter", "backspace", "L", "/", "n", "N", "o", "m", "x", "z", "y", "a", "b", "c"];
    let typed = select(vec!["e", "hidden", "fold", "the", "ß日", "x = 3 km", "ab", "g/", "g/ring", "modulo"]);
    let flows = vec![
        "alt-2 enter",
        "alt-2 j enter",
        "alt-2 G enter",
        "alt-2 G k enter a",
        "alt-2 c enter",
        "z a",
        "z b",
        "z z",
        "y b",
        "z l j",
        "B 5 enter 3",
        "B 5 enter enter",
        "/ t h e enter n",
        "o j j enter",
        "tab enter",
        "tab tab enter l",
        "backtab enter",
        "backtab enter j",
        "g / r i n g enter",
        "/ h i d tab",
        "] ] m",
        "] x",
        "h",
        "l l",
        "G H L",
        "tab enter a b",
        "tab enter t t",
        "tab enter x a",
    ];
    prop_oneof![
        24 => select(keys).prop_map(Step::Command),
        16 => select(often).prop_map(Step::Command),
        24 => select(flows).prop_map(Step::Flow),
        6 => typed.prop_map(Step::Type),
        10 => any::<Index>().prop_map(Step::Click),
        2 => any::<Index>().prop_map(Step::Stale),
        3 => any::<bool>().prop_map(Step::Wheel),
        4 => a_size(),
        2 => Just(Step::Frame(33)),
        1 => (0..90_000u32).prop_map(Step::Later),
        3 => Just(Step::DiskFull),
        2 => (0..files::LIBRARIES).prop_map(Step::Reloaded),
        6 => an_opening(),
        4 => (0..files::NAMES.len(), 0..files::VERSIONS).prop_map(|(file, version)| Step::Written(file, version)),
        4 => Just(Step::Touched),
        8 => (select(vec!["z", "y", "d z", "/ h", "o j", "tab enter", "B 4", "g / t h"]), something()).prop_map(|(keys, step)| Step::Amid(keys, Box::new(step))),
        4 => (0..6usize).prop_map(Step::Arrives),
        1 => (0..9usize).prop_map(Step::Stray),
        5 => Just(Step::BackAndForth),
        1 => Just(Step::Theme),
    ]
}

/// What somebody does who estimates.
fn an_estimators_step() -> impl Strategy<Value = Step> {
    use Context as C;
    let here = [C::Sheet, C::Envelope, C::Completions, C::Selected, C::Sheets, C::SheetName];
    let keys =
        COMMANDS.iter().filter(|command| command.contexts.iter().any(|context| here.contains(context)));
    let keys: Vec<_> = keys.flat_map(|command| command.keys.iter().copied()).collect();
    let moves = vec![
        "shift-left",
        "shift-down",
        "ctrl-home",
        "ctrl-end",
        "ctrl-left",
        "shift-end",
        "pageup",
        "enter",
    ];
    let flows = vec![
        "alt-5",
        "alt-5 ctrl-o enter",
        "alt-5 ctrl-o j j enter",
        "alt-5 ctrl-o n a b enter",
        "alt-5 ctrl-o n a b enter enter",
        "alt-5 ctrl-o r x enter",
        "alt-5 ctrl-o d u",
        "alt-5 ctrl-o d enter",
        "alt-5 alt-a ctrl-x ctrl-v ctrl-v",
        "alt-5 alt-Z down down enter alt-Z",
        "ctrl-p 2 * 3 enter",
        "ctrl-p = enter",
        "alt-5 ctrl-end d tab tab esc",
        "alt-5 alt-u alt-u alt-e",
    ];
    let typed =
        select(vec!["x = 3 GB * 2", "# Heading", "peak", "dau = 5M to 9M users", "= 2*3 days", "日 = 5"]);
    prop_oneof![
        20 => select(keys).prop_map(Step::Command),
        10 => select(moves).prop_map(Step::Flow),
        12 => select(flows).prop_map(Step::Flow),
        8 => typed.prop_map(Step::Type),
        4 => a_paste().prop_map(Step::Paste),
        8 => any::<Index>().prop_map(Step::Click),
        2 => any::<bool>().prop_map(Step::Wheel),
        2 => a_size(),
        2 => Just(Step::DiskFull),
        2 => (0..9_000u32).prop_map(Step::Later),
    ]
}

/// What the world does while somebody is about to do something.
fn something() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => a_size(),
        1 => Just(Step::Touched),
        2 => (0..files::NAMES.len(), 0..files::VERSIONS).prop_map(|(file, version)| Step::Written(file, version)),
        1 => (0..files::LIBRARIES).prop_map(Step::Reloaded),
        1 => (0..6usize).prop_map(Step::Arrives),
        1 => any::<bool>().prop_map(Step::Wheel),
    ]
}

fn a_users_step() -> impl Strategy<Value = Step> {
    let typed = select(vec![
        "gt",
        "gT",
        "gg",
        "ring",
        "cons",
        "0.2",
        "20%",
        "1,000",
        "dau = 5M users",
        "abcd",
        "zzzz",
    ]);
    let commands: Vec<_> = COMMANDS.iter().flat_map(|command| command.keys.iter().copied()).collect();
    let background = select(vec![Background::Dark, Background::Light]);
    prop_oneof![
        30 => select(commands).prop_map(Step::Command),
        18 => a_key().prop_map(Step::Key),
        6 => typed.prop_map(Step::Type),
        3 => a_paste().prop_map(Step::Paste),
        12 => any::<Index>().prop_map(Step::Click),
        3 => any::<Index>().prop_map(Step::Stale),
        1 => Just(Step::ClickNothing),
        3 => any::<bool>().prop_map(Step::Wheel),
        6 => a_size(),
        1 => background.prop_map(Step::Background),
        8 => prop_oneof![Just(33), 0..250u32, Just(100_000_000)].prop_map(Step::Frame),
        4 => prop_oneof![4 => 0..90_000u32, 1 => 0..200_000_000u32].prop_map(Step::Later),
        2 => Just(Step::DiskFull),
        2 => Just(Step::Reload),
        1 => (0..files::LIBRARIES).prop_map(Step::Reloaded),
        1 => Just(Step::Problems),
    ]
}

/// A person with the program before them.
struct Person {
    model: Model,
    store: Store,
    data: TempDir,
    now: Moment,
    /// What the last frame could be clicked for.
    targets: Vec<(Area, Target)>,
    /// What earlier frames could.
    gone: Vec<Target>,
    /// The next effect that writes fails.
    disk_full: bool,
    /// Whether one did, and nothing happened since.
    refused: bool,
    /// The learner's sheets.
    sheets: Sheets,
    /// The files beside the library.
    disk: Disk,
    /// The file that is watched: the one that was open at the last frame.
    followed: Option<PathBuf>,
    /// A large file that another thread reads, and where to go in it.
    reading: Option<(PathBuf, Option<String>)>,
    /// Whether the next file that is asked for is a large one.
    large: bool,
    /// Whether an index was asked for.
    indexing: bool,
    /// The blocks whose colours are on their way.
    colouring: VecDeque<(String, usize, String)>,
    /// The sweep that goes on.
    sweep: Option<(u64, Sweep)>,
    /// What had the focus at the last frame.
    focused: laws::Focused,
    /// Whether an answer was given outside the session that runs, which then does not know of it.
    answered_elsewhere: bool,
    frames: usize,
}

impl Person {
    fn new() -> Person {
        let data = TempDir::new().expect("a directory for the test");
        let store = Store::open(data.path()).expect("a new store");
        let now: Moment = "2026-11-21T18:30:00+01:00".parse().expect("a time in a test");
        let model = Person::program(&store, now, false);
        Person {
            model,
            store,
            sheets: Sheets::new(data.path()),
            data,
            now,
            targets: Vec::new(),
            gone: Vec::new(),
            disk_full: false,
            refused: false,
            disk: Disk::default(),
            followed: None,
            reading: None,
            large: false,
            indexing: false,
            colouring: VecDeque::new(),
            sweep: None,
            focused: None,
            answered_elsewhere: false,
            frames: 0,
        }
    }

    /// The program as it starts on a store.
    fn program(store: &Store, now: Moment, ascii: bool) -> Model {
        let mut settings = Settings::default();
        settings.screen.ascii = ascii;
        let (keys, problems) = KeyMap::new(&[], "config.toml");
        assert_eq!(problems, []);
        let learned = Learned::read(store, now).expect("the store can be read");
        let scheduler = Scheduler::new(Rules::default()).expect("the default rules");
        let mut model = Model::new(settings, keys, files::library(0), learned, scheduler, now);
        model.seed = 7;
        model
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Command(keys) => {
                let chord: Chord = keys.parse().expect("the command table's test checks them");
                chord.0.iter().for_each(|key| self.act(Action::Key(*key)));
            }
            Step::Flow(keys) => press(self, keys),
            Step::Amid(keys, step) => {
                press(self, keys);
                self.step(step);
            }
            Step::Key(key) => self.act(Action::Key(*key)),
            Step::Type(text) => text.chars().for_each(|c| self.act(Action::Key(Key::char(c)))),
            Step::Paste(text) => self.act(Action::Paste(text.clone())),
            Step::Click(which) if !self.targets.is_empty() => {
                let (area, _) = *which.get(&self.targets);
                // What lies on top there is what is clicked.
                let found = app::target_at(&self.targets, area.x, area.y);
                assert!(found.is_some(), "nothing at the corner of {area:?}");
                self.act(Action::Pointer(Pointer::Click(found)));
            }
            Step::Stale(which) if !self.gone.is_empty() => {
                let target = *which.get(&self.gone);
                self.act(Action::Pointer(Pointer::Click(Some(target))));
            }
            Step::Click(_) | Step::Stale(_) | Step::ClickNothing => {
                self.act(Action::Pointer(Pointer::Click(None)));
            }
            Step::Wheel(down) => self.act(Action::Pointer(Pointer::Wheel { down: *down })),
            Step::Resize(width, height) => self.act(Action::Resize(*width, *height)),
            Step::Background(background) => self.act(Action::Background(*background)),
            Step::Frame(millis) => self.act(Action::Frame(Nanos::from_millis(u64::from(*millis)))),
            Step::Later(millis) => self.now.utc_millis += i64::from(*millis),
            Step::DiskFull => self.disk_full = true,
            Step::Reload => self.reload(),
            Step::Reloaded(library) => self.act(Action::Reloaded(files::library(*library))),
            Step::Open(file, heading) => self.open(*file, *heading),
            Step::Written(file, version) => self.written(*file, *version),
            Step::Touched => self.touched(),
            Step::Arrives(count) => self.arrives(*count),
            Step::Stray(code) => self.stray(*code),
            Step::BackAndForth => self.back_and_forth(),
            Step::Theme => {
                self.act(Action::Pointer(Pointer::Click(Some(Target::Command(Do::NextTheme)))));
            }
            Step::Problems => {
                let problem =
                    "config.toml:3:1: no command is called 'lab.plai'\n  lab.plai = \"x\"\n  ^".to_string();
                self.model.report([problem.clone(), problem].into_iter());
                self.look();
            }
        }
    }

    /// One action as the loop runs it: the effects first, then a frame, then a look at the files.
    fn act(&mut self, action: Action) {
        self.refused = false;
        self.update(action);
        if self.refused {
            let told = self.model.notice.as_ref().is_some_and(|notice| notice.bad);
            assert!(told, "the disk was full and nobody said so: {:?}", self.model.notice);
        }
        self.look();
        self.follow();
    }

    fn open(&mut self, file: usize, heading: Option<&str>) {
        let name = files::NAMES[file % files::NAMES.len()];
        let file = self.disk.read(&PathBuf::from(files::FOLDER).join(name)).expect("one of the files");
        self.act(Action::FileRead(Box::new(file), heading.map(str::to_string)));
    }

    /// The file that the open page is.
    fn open_file(&self) -> Option<PathBuf> {
        match &self.model.reader.open.as_ref()?.origin {
            Origin::File(file) => file.path.clone(),
            Origin::Topic(_) | Origin::Tree(_) => None,
        }
    }

    fn written(&mut self, file: usize, version: usize) {
        let path = self.disk.write(files::NAMES[file % files::NAMES.len()], version);
        if self.open_file().as_ref() == Some(&path) {
            let file = self.disk.read(&path).expect("it was written");
            self.act(Action::FileRead(Box::new(file), None));
        }
    }

    /// The open page's file is watched. One that changed while another was open is read again now.
    fn follow(&mut self) {
        let open = self.open_file();
        if open == self.followed {
            return;
        }
        self.followed.clone_from(&open);
        let Some(path) = open else { return };
        if self.disk.version(&path) != self.disk.read.get(&path).copied() {
            let file = self.disk.read(&path).expect("it was read before");
            self.act(Action::FileRead(Box::new(file), None));
        }
    }

    /// A file or the library is read again and is the same: nothing that is seen may change.
    fn touched(&mut self) {
        self.model.now = self.now;
        let before = self.picture();
        let was = self.reader_stands();
        match self.open_file() {
            Some(path) => {
                let version = self.disk.read[&path];
                self.act(Action::FileRead(Box::new(files::file(&path, version)), None));
            }
            None => {
                let complete = self.model.search.complete;
                let same = if Arc::ptr_eq(&self.model.library, &files::library(0)) { 1 } else { 0 };
                if Arc::ptr_eq(&self.model.library, &files::library(2)) {
                    return;
                }
                self.act(Action::Reloaded(files::library(same)));
                if self.model.search.complete != complete {
                    return;
                }
            }
        }
        assert_eq!(self.reader_stands(), was);
        let after = self.picture();
        for y in 0..before.area.height {
            assert_eq!(text(&before, y), text(&after, y), "line {y} changed, and nothing else had");
        }
        assert!(before == after, "colours changed, and nothing else had");
    }

    fn reader_stands(&self) -> String {
        let Some(reading) = &self.model.reader.open else { return String::new() };
        let hits = (reading.find.at, reading.find.hits.len(), reading.find.from);
        let zoom = reading.zoom.as_ref().map(|zoom| (zoom.top, zoom.left));
        format!(
            "{} {:?} {} {:?} {hits:?} {zoom:?} {:?}",
            reading.top, reading.focus, reading.entered, reading.cursor, reading.pick
        )
    }

    /// What other threads had to do is done.
    fn arrives(&mut self, count: usize) {
        if std::mem::take(&mut self.indexing) {
            let index = files::index(&self.model.library);
            self.act(Action::Indexed(index));
        }
        for _ in 0..count {
            let Some((page, code, text)) = self.colouring.pop_front() else { break };
            self.act(Action::Coloured(page, code, Arc::new(files::colouring(&text))));
        }
        if let Some((ticket, mut sweep)) = self.sweep.take() {
            // A run of it, as far as it comes: a demo at the end of its ranges takes long here.
            let mut asked = 0;
            sweep.next(&mut || {
                asked += 1;
                asked < 200
            });
            let ended = count > 3;
            let spreads =
                if count == 2 { Err("it failed".to_string()) } else { Ok(Arc::new(sweep.spreads())) };
            self.act(Action::Swept(ticket, sweep.progress().0, ended, spreads));
            if !ended {
                self.sweep = Some((ticket, sweep));
            }
        }
        if let Some((path, heading)) = self.reading.take() {
            self.file_read(&path, heading);
            self.look();
            self.follow();
        }
        self.large = true;
    }

    /// Colours of another text, for the open page or one that is gone.
    fn stray(&mut self, code: usize) {
        let open = self.model.reader.open.as_ref().map(|reading| reading.slug.clone());
        let page = open.filter(|_| code < 6).unwrap_or_else(|| "gone".into());
        self.act(Action::Coloured(page, code, Arc::new(files::colouring("日本 a b\n\nc\n"))));
    }

    fn back_and_forth(&mut self) {
        if !laws::page_has_keys(&self.model) || self.model.reader.back.is_empty() {
            return;
        }
        let reading = |person: &Person| {
            let reading = person.model.reader.open.as_deref().expect("a page is open");
            (reading.slug.clone(), person.open_file(), reading.cheat, person.model.reader.back.len())
        };
        let place = |person: &Person| {
            let reading = person.model.reader.open.as_deref().expect("a page is open");
            let at_end =
                reading.page.is_complete() && reading.top + reading.height() >= reading.page.lines.len();
            (Arc::clone(&reading.document), reading.top, reading.place().source, at_end)
        };
        let (before, (document, top, source, _)) = (reading(self), place(self));
        self.act(Action::Key(Key { alt: true, ..Key::plain(KeyCode::Left) }));
        if self.model.reader.open.is_none() || self.model.reader.back.len() + 1 != before.3 {
            return;
        }
        self.act(Action::Key(Key { alt: true, ..Key::plain(KeyCode::Right) }));
        assert_eq!(reading(self), before, "back and forward again");
        let (same, same_top, same_source, at_end) = place(self);
        if Arc::ptr_eq(&document, &same) {
            assert_eq!(same_top, top, "back and forward again on one page");
        } else {
            // Opened again, parts are folded that stood open; so the place may lie nearer to the end.
            assert!(
                same_source == source || at_end,
                "back and forward again: from {source} to {same_source}"
            );
        }
    }

    fn update(&mut self, action: Action) {
        self.model.now = self.now;
        // A budget of simulation that a count ends, so that a run is the same on every machine.
        let left = std::cell::Cell::new(200);
        let more = || left.replace(left.get() - 1) > 0;
        let effects = app::update(&mut self.model, action, &more);
        effects.into_iter().for_each(|effect| self.effect(effect));
    }

    fn effect(&mut self, effect: Effect) {
        let library = Arc::clone(&self.model.library);
        let known = |topic: &str| library.topic(topic).is_some_and(|topic| topic.page.is_some());
        let now = self.now;
        match effect {
            Effect::Save(review) => self.save(&review),
            Effect::Undo(saved) => {
                if self.disk_is_full() {
                    return self.tell("Not taken back: the disk is full");
                }
                let undone = match saved {
                    Saved::Review(id) => self.store.undo_review(&id, now).map(|undone| undone.is_some()),
                    Saved::SetAside(card) => {
                        self.store.undo_set_aside(&card, now).map(|undone| undone.is_some())
                    }
                    Saved::Flag(card, on) => self.store.flag(&card, !on, now).map(|_| true),
                    Saved::Edit(id) => self.store.undo_edit(&id, now).map(|undone| undone.is_some()),
                };
                assert!(undone.expect("the store works"), "what a session takes back was saved");
                self.read_again();
                self.update(Action::Undone);
            }
            Effect::Mark(card, mark) => {
                // What no deck has any more can still be brought back.
                let back = matches!(mark, Mark::Unsuspend | Mark::Unbury | Mark::Flag(false));
                assert!(back || library.card(&card).is_some(), "{card}");
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                let done = match mark {
                    Mark::Flag(on) => self.store.flag(&card, on, now),
                    Mark::Bury => self.store.bury(&card, now.study_day() + 1, now),
                    Mark::Suspend => self.store.suspend(&card, now),
                    Mark::Unsuspend => self.store.unsuspend(&card, now),
                    Mark::Unbury => self.store.bury(&card, now.study_day(), now),
                };
                done.expect("the store works");
                self.read_again();
                self.update(Action::Marked(mark));
            }
            Effect::UndoLast => {
                if self.disk_is_full() {
                    return self.tell("Not taken back: the disk is full");
                }
                self.store.undo_last(now).expect("the store works");
                self.read_again();
                self.tell("Taken back.");
            }
            Effect::Note(key, value) => {
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                self.store.set_shared_note(key, &value, self.now).expect("the store works");
                self.read_again();
            }
            Effect::Place(reviews) => {
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                self.store.save_first_reviews(&reviews).expect("the store works");
                self.read_again();
                self.tell("Marked as known.");
            }
            Effect::NewCard(card) => assert!(!card.topic.is_empty() && !card.question.is_empty(), "{card:?}"),
            Effect::Sync(folder) => {
                assert!(!folder.is_empty() && self.model.syncing);
                self.update(Action::Synced(Err("there is no such folder".to_string())));
            }
            Effect::EditCard(card) => assert!(!card.is_empty(), "no card to edit"),
            Effect::Position(topic, position) => {
                assert!((0.0..=1.0).contains(&position.share), "{position:?}");
                match store::path_of(&topic) {
                    Some(path) => assert!(self.disk.read.contains_key(path), "{topic}"),
                    None => {
                        assert!(known(&topic), "{topic}");
                        let page = (0..files::LIBRARIES)
                            .filter_map(|n| files::library(n).topic(&topic)?.page.clone());
                        let lines = page.map(|page| page.text.lines().count()).max().unwrap_or(0);
                        assert!(position.source <= lines, "{position:?} of {lines} lines");
                    }
                }
                let before =
                    self.store.position(&topic).expect("the store works").map_or(0.0, |before| before.share);
                assert!(position.share >= before, "what was read stays read: {before}, then {position:?}");
                if self.disk_is_full() {
                    self.read_again();
                    return self.tell("The place in this page was not saved: the disk is full");
                }
                let line = u32::try_from(position.source).expect("less than the lines of the page");
                let kept = store::Position {
                    topic: topic.clone(),
                    section: position.heading.clone(),
                    line,
                    share: position.share,
                    at: position.at,
                };
                self.store.set_position(&kept).expect("the store works");
                self.model.learned.stopped(topic, position);
            }
            Effect::ReadMark(topic, section, read) => {
                assert!(known(&topic) && !section.is_empty(), "{topic} {section}");
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                let done = match read {
                    true => self.store.mark_read(&topic, &section, now),
                    false => self.store.unmark_read(&topic, &section, now),
                };
                done.expect("the store works");
                self.model.learned.section_read(topic, section, read);
            }
            Effect::Bookmark(mark, set) => {
                assert!(known(&mark.topic) || store::is_file(&mark.topic), "{mark:?}");
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                let done = match set {
                    true => self.store.set_bookmark(&mark.topic, &mark.section, now),
                    false => self.store.remove_bookmark(&mark.topic, &mark.section, now),
                };
                done.expect("the store works");
                self.model.learned.bookmarked(mark, set);
            }
            Effect::DemoRun(name, goals) => {
                let spec = demos().iter().find(|spec| spec.name == name).expect("a demo of the registry");
                assert!(goals.len() <= 64, "{}: a goal is a bit", spec.name);
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                self.store.record_demo(name, 0, now).expect("the store works");
                self.model.learned.demos.entry(name.to_string()).or_default().0 += 1;
            }
            Effect::WriteFile(name, text) => {
                let inside = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
                assert!(inside && !name.contains(['\\', '\0']), "outside the data directory: {name}");
                assert!(!text.is_empty(), "{name} would be empty");
                self.tell("Written.");
            }
            Effect::Sheet(wish) => {
                if let Wish::Save { name, text, .. } = &wish {
                    let screen = &self.model.envelope;
                    assert_eq!((name, text.as_str()), (&screen.name, screen.editor.text()));
                    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
                }
                let news = match &wish {
                    Wish::Save { .. } if self.disk_is_full() => {
                        Some(News::NotSaved("the disk is full".into()))
                    }
                    Wish::List => self.sheets.carry_out(wish),
                    _ if self.disk_is_full() => Some(News::Refused("the disk is full".into())),
                    _ => self.sheets.carry_out(wish),
                };
                if let Some(news) = news {
                    self.update(Action::Sheet(news));
                }
            }
            Effect::Figures => {
                let (library, scheduler) = (&self.model.library, self.model.schedulers.usual());
                let figures =
                    Figures::read(&self.store, library, scheduler, now).expect("the store can be read");
                self.update(Action::Figures(Box::new(figures)));
            }
            Effect::Workload => {
                let rules = self.model.schedulers.usual().rules().clone();
                let wanted = Wanted { rules, new_per_day: 10, now, days: 5 };
                let found = wanted.simulate(&self.store, &library).expect("the store can be read");
                self.update(Action::Workload(found));
            }
            // Every fit predicts better here: what is used then is the usual, a little moved.
            Effect::Fit => {
                let figures = |log_loss| memory::Figures { log_loss, rmse: 0.1 };
                let mut parameters = Rules::default().parameters;
                parameters[0] *= 1.1;
                self.update(Action::Fitting(Fitting::Running(0.5)));
                self.update(Action::Fitting(Fitting::Done(Box::new(Fit {
                    parameters,
                    reviews: 100,
                    held_out: 20,
                    present: figures(0.4),
                    fitted: figures(0.3),
                }))));
            }
            Effect::Parameters(parameters) => {
                if self.disk_is_full() {
                    return self.tell("Not saved: the disk is full");
                }
                self.store.set_own_parameters(parameters.as_deref(), self.now).expect("the store works");
                self.model.learned.own_parameters = parameters;
                self.update(Action::Parameters);
            }
            Effect::Index => self.indexing = true,
            Effect::Copy(text) => assert!(!text.is_empty(), "nothing to copy"),
            Effect::Edit(path, name, page) => {
                // The file itself; or one of ours, which is copied under its name first.
                match path {
                    Some(path) => assert!(path.is_absolute(), "{path:?}"),
                    None => assert!(name.starts_with("topics/") || name.starts_with("decisions/"), "{name}"),
                }
                assert!(page.is_empty() || store::is_file(&page) || known(&page), "{page}");
            }
            Effect::ReadFile(path, heading) => {
                let folder = self.open_file().and_then(|open| Some(open.parent()?.to_path_buf()));
                let path = folder.map_or_else(|| path.clone(), |folder| folder.join(&path));
                self.reading = None;
                if std::mem::take(&mut self.large) {
                    self.reading = Some((path, heading));
                } else {
                    self.file_read(&path, heading);
                }
            }
            Effect::Colour(page, blocks) => {
                assert!(!blocks.is_empty(), "nothing to colour");
                self.colouring.extend(blocks.into_iter().map(|(code, _, text)| (page.clone(), code, text)));
                let many = self.colouring.len().saturating_sub(60);
                self.colouring.drain(..many);
            }
            Effect::Sweep(ticket, sweep) => self.sweep = Some((ticket, *sweep)),
            Effect::StopSweep => self.sweep = None,
            Effect::Suspend => {
                let effects = app::leave(&mut self.model);
                effects.into_iter().for_each(|effect| self.effect(effect));
            }
            Effect::Quit => {
                // Started again on what was kept, now and then with the other characters.
                self.store = Store::open(self.data.path()).expect("the store opens again");
                self.refused = false;
                self.disk.read.clear();
                (self.followed, self.reading, self.indexing) = (None, None, false);
                self.colouring.clear();
                self.sweep = None;
                let (size, ascii) = (self.model.size, !self.model.settings.screen.ascii);
                self.model = Person::program(&self.store, self.now, ascii);
                self.answered_elsewhere = false;
                let effects = app::start(&mut self.model, Start::Today);
                effects.into_iter().for_each(|effect| self.effect(effect));
                self.update(Action::Resize(size.0, size.1));
            }
        }
    }

    /// A file that was asked for is read, or is not there.
    fn file_read(&mut self, path: &std::path::Path, heading: Option<String>) {
        match self.disk.read(path) {
            Some(file) => self.update(Action::FileRead(Box::new(file), heading)),
            None => self.tell("There is no such file"),
        }
    }

    fn save(&mut self, review: &Review) {
        assert!(self.model.library.card(&review.card).is_some(), "{}", review.card);
        assert_eq!(review.at, self.now);
        match review.kind {
            ReviewKind::Practice => assert_eq!(review.after, review.before, "practice moves no card"),
            ReviewKind::Scheduled => {
                assert_eq!(review.after.reps, review.before.reps + 1);
                assert!(review.after.lapses >= review.before.lapses);
                assert_eq!(review.after.last_review, Some(review.at));
                let due = review.after.due().expect("an answered card is due again");
                assert!(
                    due.moment(review.at.offset_minutes) >= review.at || due.day() >= review.at.study_day(),
                    "{due:?}"
                );
                assert!(
                    review.after.memory.is_some_and(|m| m.stability.is_finite() && m.stability > 0.0),
                    "{review:?}"
                );
            }
        }
        if self.disk_is_full() {
            return self.update(Action::NotSaved(review.id.clone(), "Not saved: the disk is full".into()));
        }
        let state = self.store.save_review(review).expect("the store works");
        if self.model.tab == Tab::Drill && !self.answered_elsewhere {
            assert_eq!(
                state, review.after,
                "the session and the store disagree on where {} stood",
                review.card
            );
        }
        self.answered_elsewhere |= self.model.tab != Tab::Drill;
        self.model.learned.answered(review, state);
    }

    fn disk_is_full(&mut self) -> bool {
        self.refused |= self.disk_full;
        std::mem::take(&mut self.disk_full)
    }

    fn tell(&mut self, text: &str) {
        self.update(Action::Told(Notice { text: text.into(), bad: true }));
    }

    fn read_again(&mut self) {
        let learned = Learned::read(&self.store, self.now).expect("the store can be read");
        self.update(Action::Learned(Box::new(learned)));
    }

    fn reload(&mut self) {
        self.read_again();
        self.look();
    }

    /// Draws a frame, each time for another kind of terminal.
    fn look(&mut self) {
        let colours = COLOURS[self.frames % COLOURS.len()];
        self.frames += 1;
        let targets = self.frame(colours);
        laws::page(&self.model, self.frames.is_multiple_of(5));
        laws::file_is_new(&self.model, &self.disk);
        if self.frames.is_multiple_of(4) {
            laws::learned(&self.model, &self.store);
        }
        let focused = laws::focused(&self.model);
        laws::focus_stays(&self.focused, &focused);
        self.focused = focused;
        if self.frames.is_multiple_of(7) {
            self.frame_of_another_size(colours);
        }
        self.gone.extend(self.targets.iter().rev().take(8).map(|(_, target)| *target));
        self.gone.drain(..self.gone.len().saturating_sub(400));
        self.targets = targets;
    }

    /// Draws a frame for every kind of terminal.
    fn look_everywhere(&mut self) {
        let own = self.model.settings.screen.ascii;
        for ascii in [false, true] {
            self.model.settings.screen.ascii = ascii;
            for colours in COLOURS {
                self.frame(colours);
            }
        }
        self.model.settings.screen.ascii = own;
    }

    /// The window as it is drawn.
    fn picture(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.model.size.0, self.model.size.1));
        ui::draw(&self.model, Colours::True, &mut buffer);
        buffer
    }

    /// Draws into a window that has another size already, of which the program will hear next.
    fn frame_of_another_size(&self, colours: Colours) {
        let (width, height) = ((self.frames * 31 % 250) as u16 + 1, (self.frames * 17 % 70) as u16 + 1);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        for (area, target) in ui::draw(&self.model, colours, &mut buffer) {
            let inside = area.x + area.width <= width && area.y + area.height <= height;
            assert!(inside, "{target:?} at {area:?} of {width}x{height}, laid out for {:?}", self.model.size);
        }
    }

    /// Draws a frame and looks at it.
    fn frame(&self, colours: Colours) -> Vec<(Area, Target)> {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let targets = ui::draw(&self.model, colours, &mut buffer);
        let ascii = self.model.settings.screen.ascii;
        for y in 0..height {
            for x in 0..width {
                let symbol = buffer[(x, y)].symbol();
                let at = || format!("{symbol:?} at {x},{y} of {width}x{height}:\n{}", text(&buffer, y));
                assert!(!symbol.contains(char::is_control), "a control character: {}", at());
                assert!((1..=2).contains(&symbol.width()), "a cell of no width or too wide: {}", at());
                assert!(usize::from(x) + symbol.width() <= usize::from(width), "past the edge: {}", at());
                assert!(!ascii || symbol.is_ascii(), "not ASCII: {}", at());
            }
        }
        for (area, target) in &targets {
            let inside = area.x + area.width <= width && area.y + area.height <= height;
            assert!(
                inside && area.width > 0 && area.height > 0,
                "{target:?} at {area:?} of {width}x{height}"
            );
        }
        // A sentence stands in the footer's place until the next key, as the rest of a chord does.
        if width >= 60 && height >= 10 && self.model.notice.is_none() && self.model.pending.is_empty() {
            let footer = text(&buffer, height - 1);
            let out = ["quit", "back", "close", "leave", "stop", "done"];
            assert!(out.iter().any(|way| footer.contains(way)), "no way out: {footer}");
        }
        targets
    }

    /// What must hold when the person is gone.
    fn settle(mut self) {
        self.look_everywhere();
        let effects = app::leave(&mut self.model);
        effects.into_iter().for_each(|effect| self.effect(effect));
        assert_eq!(self.store.verify().expect("the store can be read"), Vec::<String>::new());
        assert_eq!(self.store.rebuild().expect("the store works"), []);
        // What the screens go by is what is on disk.
        let kept = Learned::read(&self.store, self.now).expect("the store can be read");
        assert_eq!(self.model.learned.states, kept.states);
        assert_eq!(self.model.learned.days, kept.days);
        laws::learned(&self.model, &self.store);
        self.find_the_way_out();
    }

    /// Esc often enough leads to the list and on to Today, and q then leaves.
    fn find_the_way_out(&mut self) {
        let reads = self.model.tab == Tab::Library && self.model.reader.open.is_some();
        let most = 20 + self.model.reader.back.len();
        let mut listed = !reads;
        for _ in 0..most {
            self.act(Action::Key(Key::plain(KeyCode::Esc)));
            listed |= self.model.reader.open.is_none();
            if self.model.tab == Tab::Today && self.model.overlay.is_none() {
                break;
            }
        }
        assert!(listed, "{most} times Esc lead to no list");
        assert!(
            self.model.tab == Tab::Today && self.model.overlay.is_none(),
            "{most} times Esc lead nowhere"
        );
        let mut quits = false;
        for _ in 0..2 {
            let effects = app::update(&mut self.model, Action::Key(Key::char('q')), &|| true);
            quits |= effects.contains(&Effect::Quit);
        }
        assert!(quits, "q does not leave");
    }
}

fn text(buffer: &Buffer, y: u16) -> String {
    (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 1500, failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn nothing_a_person_does_breaks_the_program(steps in prop::collection::vec(a_step(), 1..80)) {
        let mut person = Person::new();
        steps.iter().for_each(|step| person.step(step));
        person.settle();
    }

    #[test]
    fn nothing_a_reader_does_breaks_a_page(first in a_beginning(), steps in prop::collection::vec(a_readers_step(), 1..80)) {
        let mut person = Person::new();
        person.step(&first);
        steps.iter().for_each(|step| person.step(step));
        person.settle();
    }
}

/// How somebody begins to read.
fn a_beginning() -> impl Strategy<Value = Step> {
    prop_oneof![2 => an_opening(), 1 => select(vec!["alt-2", "alt-2 enter", "alt-2 j j enter", "alt-2 G enter"]).prop_map(Step::Flow)]
}

/// A file is opened somewhere.
fn an_opening() -> impl Strategy<Value = Step> {
    let of_everything = select(vec![
        "folds-details-nested",
        "links-inline-by-reference-in-angle-brackets-bare",
        "code-in-seven-languages-one-with-long-lines",
        "live-blocks-a-bet-a-demo-a-decision",
        "distance-a-calculation-that-runs",
        "a-day-of-traffic-a-table-with-many-columns",
        "footnotes-and-where-they-stand",
    ]);
    let heading = select(vec![None, None, Some("second"), Some("heading-300"), Some("none"), Some("")]);
    prop_oneof![
        1 => (0..files::NAMES.len(), heading).prop_map(|(file, heading)| Step::Open(file, heading)),
        1 => of_everything.prop_map(|heading| Step::Open(files::EVERYTHING_FILE, Some(heading))),
    ]
}

/// The keys of a flow, as the settings write them.
fn press(person: &mut Person, keys: &str) {
    for key in keys.split_whitespace() {
        person.act(Action::Key(key.parse().expect("a key in a test")));
    }
}

/// A person in a session of the first deck, the answer of the first card shown.
fn in_a_session() -> Person {
    let mut person = Person::new();
    press(&mut person, "alt-4 j enter");
    assert!(person.model.drill.session.is_some());
    person
}

/// Shows the answer, whatever kind of card is on the table.
fn show_the_answer(person: &mut Person) {
    if person.model.types_text() {
        press(person, "5");
    }
    press(person, "enter");
    assert!(person.model.drill.proposed().is_some(), "no answer is shown");
}

/// The card on the table.
fn card(person: &Person) -> String {
    let asking = person.model.drill.session.as_ref().and_then(|running| running.asking.as_ref());
    asking.map(|asking| asking.asked.card.id.0.clone()).expect("a card is on the table")
}

#[test]
fn an_undo_that_the_disk_refuses_takes_nothing_back() {
    let mut person = in_a_session();
    for _ in 0..3 {
        show_the_answer(&mut person);
        press(&mut person, "4");
    }
    let answered =
        |person: &Person| person.model.drill.session.as_ref().map(|running| running.session.answered());
    assert_eq!(answered(&person), Some(3));
    person.disk_full = true;
    press(&mut person, "alt-u");
    assert_eq!(answered(&person), Some(3), "the store holds three answers, and so must the session");
    person.settle();
}

#[test]
fn undo_takes_the_answer_back_and_not_the_mark_that_came_after_it() {
    let mut person = in_a_session();
    let first = card(&person);
    show_the_answer(&mut person);
    press(&mut person, "4");
    // Another program marks the card that was just answered.
    person.store.flag(&first, true, person.now).expect("the store works");
    press(&mut person, "alt-u");
    assert_eq!(card(&person), first);
    let kept = person.store.state(&first).expect("the store can be read");
    assert!(kept.state.is_new(), "the answer still counts: {kept:?}");
    assert!(kept.flagged, "the mark went instead: {kept:?}");
}

#[test]
fn a_card_that_could_not_be_set_aside_loses_no_older_answer() {
    let mut person = in_a_session();
    let first = card(&person);
    show_the_answer(&mut person);
    press(&mut person, "4");
    let before = person.store.state(&first).expect("the store can be read");
    assert_eq!(before.state.reps, 1);
    // The next day it is asked again as it falls due; setting it aside fails, and u takes "that" back.
    person.now.utc_millis += 400 * 24 * 3_600_000;
    press(&mut person, "esc esc alt-4 j g enter");
    while card(&person) != first {
        press(&mut person, "alt--");
    }
    person.disk_full = true;
    press(&mut person, "alt--");
    press(&mut person, "alt-u");
    let after = person.store.state(&first).expect("the store can be read");
    assert_eq!(after.state, before.state, "an answer of an earlier day was taken back");
}

#[test]
fn every_screen_of_every_size_can_be_drawn() {
    let screens = [
        "alt-1",
        "alt-2",
        "alt-2 enter",
        "alt-2 enter c",
        "alt-3",
        "alt-3 enter",
        "alt-4",
        "alt-4 j enter",
        "alt-5",
        "alt-6",
        "alt-6 v",
        "alt-6 ]",
        "alt-6 ] ]",
        "alt-6 ] ] ] v",
        "alt-6 [ [",
        "alt-6 [",
    ];
    for keys in screens {
        for over in ["", "?", ":", "/"] {
            let mut person = Person::new();
            press(&mut person, keys);
            if !(over == "?" || over == ":") || !person.model.types_text() {
                press(&mut person, over);
            }
            for (width, height) in
                [(1, 1), (1, 70), (250, 1), (2, 2), (7, 3), (20, 6), (40, 12), (80, 24), (250, 70)]
            {
                person.update(Action::Resize(width, height));
                person.look_everywhere();
            }
            // Where text is typed, the question mark is text.
            let asked = over == "?" && !matches!(keys, "alt-5" | "alt-4 j enter");
            assert_eq!(asked, matches!(person.model.overlay, Some(Overlay::Help { .. })));
        }
    }
}

#[test]
fn an_answer_in_a_page_that_the_disk_refuses_is_not_shown_as_saved() {
    let mut person = in_a_session();
    show_the_answer(&mut person);
    press(&mut person, "4");
    press(&mut person, "alt-2 enter B 9 enter");
    person.disk_full = true;
    press(&mut person, "3");
    let reading = person.model.reader.open.as_ref().expect("a page is open");
    let graded = |block: &LiveBlock| matches!(block, LiveBlock::Card(asking) if asking.graded.is_some());
    assert!(!reading.live.values().any(graded), "it says that it was saved");
    let answered = person.model.drill.session.as_ref().map(|running| running.session.answered());
    assert_eq!(answered, Some(1), "the session that waits has lost an answer that is on disk");
    person.settle();
}

/// A person who reads a file.
fn who_reads(name: usize) -> Person {
    let mut person = Person::new();
    person.open(name, None);
    person
}

/// The address that has the focus on the open page.
fn focused_link(person: &Person) -> Option<String> {
    let reading = person.model.reader.open.as_deref()?;
    match reading.focus? {
        Focus::Link(link) => reading.page.links.get(link).map(|link| link.url.clone()),
        _ => None,
    }
}

#[test]
fn a_place_that_the_disk_refuses_is_saved_later() {
    let mut person = who_reads(0);
    let saved = |person: &Person| person.store.positions().expect("the store can be read")[0].line;
    let before = saved(&person);
    person.disk_full = true;
    press(&mut person, "]");
    assert!(person.refused && saved(&person) == before);
    laws::learned(&person.model, &person.store);
    press(&mut person, "j k esc esc");
    assert!(saved(&person) > before, "the place was not tried again");
}

#[test]
fn what_is_typed_stays_text_when_the_file_changes() {
    let mut person = who_reads(0);
    press(&mut person, "/ h i");
    person.written(0, 1);
    press(&mut person, "q");
    let reading = person.model.reader.open.as_deref().expect("the page is open");
    assert_eq!(reading.find.field.as_ref().map(app::Field::text), Some("hiq"));
    // A sheet in the page keeps the keys as well.
    press(&mut person, "esc");
    while !person.model.types_text() {
        press(&mut person, "tab enter");
    }
    person.written(0, 0);
    assert!(person.model.types_text(), "the sheet lost the keys");
}

#[test]
fn the_focus_stays_on_its_link_when_a_part_above_it_opens() {
    let mut person = who_reads(0);
    while focused_link(&person).as_deref() != Some("d.md") {
        press(&mut person, "tab");
    }
    let number = person.model.reader.open.as_deref().and_then(|reading| reading.focus);
    press(&mut person, "/ h i d d e n enter");
    assert_eq!(focused_link(&person).as_deref(), Some("d.md"));
    let now = person.model.reader.open.as_deref().and_then(|reading| reading.focus);
    assert_ne!(now, number, "no link came before it: nothing was tested");
}

#[test]
fn the_way_back_leads_to_the_file_as_it_is_now() {
    let mut person = who_reads(0);
    press(&mut person, "G");
    person.written(0, 4);
    press(&mut person, "backspace");
    let reading = person.model.reader.open.as_deref().expect("the page is open");
    assert_eq!(reading.page.lines.iter().map(Line::text).collect::<Vec<_>>(), ["word"]);
}

#[test]
fn a_click_on_a_link_is_followed_while_the_outline_has_the_keys() {
    let mut person = who_reads(0);
    person.act(Action::Resize(140, 40));
    press(&mut person, "o");
    let is_link = |target: &&(Area, Target)| target.1 == Target::Link(1);
    let (area, _) = *person.targets.iter().find(is_link).expect("the second link is in sight");
    person.act(Action::Pointer(Pointer::Click(app::target_at(&person.targets, area.x, area.y))));
    assert_eq!(person.open_file(), Some(PathBuf::from("/notes/b.md")));
}

#[test]
fn a_demo_goes_back_to_the_page_that_it_came_from_and_to_no_other() {
    let mut person = Person::new();
    person.open(files::EVERYTHING_FILE, Some("live-blocks-a-bet-a-demo-a-decision"));
    press(&mut person, "z");
    assert_eq!(person.model.tab, Tab::Lab);
    let kinds = |person: &Person| -> Vec<bool> {
        let reading = person.model.reader.open.as_deref().expect("a page is open");
        let demo = |live| matches!(reading.live.get(&live), Some(LiveBlock::Demo(_)));
        (0..9).map(demo).collect()
    };
    person.written(files::EVERYTHING_FILE, 8);
    let before = kinds(&person);
    press(&mut person, "alt-3 f");
    assert_eq!(kinds(&person), before, "the demo took the place of another block");
}

#[test]
fn a_decision_in_a_file_is_the_one_that_the_library_has_now() {
    let mut person = Person::new();
    person.written(0, 8);
    person.open(0, None);
    let mine = |person: &Person| {
        let reading = person.model.reader.open.as_deref().expect("a page is open");
        reading.live.values().any(|block| match block {
            LiveBlock::Decide(walking) => walking.tree.questions.iter().any(|q| q.ask.starts_with("Mine: ")),
            _ => false,
        })
    };
    for (library, expected) in [(0, false), (2, true), (1, false)] {
        person.step(&Step::Reloaded(library));
        assert_eq!(mine(&person), expected, "library {library}");
    }
}
