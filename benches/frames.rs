//! What a frame costs, screen by screen, and what stands between a key and its frame.
//!
//! `draw` is the drawing alone: the model into a buffer of cells. The promise is 1 ms at 200x60 for every screen.
//! `key` adds what the key changes, `output` the comparison with the last frame and its bytes. The rest is what a
//! start and the opening of a page are made of. `docs/performance.md` has the figures; run it with
//! `cargo bench --bench frames`.

mod shared;

use std::fmt;
use std::sync::LazyLock;

use divan::{Bencher, black_box};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use shared::{Learner, TOPIC, act, key, press, start, tab_to_demo};
use sysdrill::app::command::Context;
use sysdrill::app::learned::Learned;
use sysdrill::app::player::Player;
use sysdrill::app::reader::{Origin, Reading};
use sysdrill::app::{Action, Mark, Model, SheetEditor, Start};
use sysdrill::config::theme::{Background, Choice, Colours};
use sysdrill::doc::{self, Layout};
use sysdrill::lab::scene::{self, *};
use sysdrill::lab::{self, Settings};
use sysdrill::library::Library;
use sysdrill::memory::Moment;
use sysdrill::sim::{Nanos, Seed};
use sysdrill::store::Store;
use sysdrill::ui::theme::Theme;
use sysdrill::{deck, ui};

const DECK: &str = include_str!("../decks/distributed/consistent-hashing.toml");

/// An Envelope sheet of the usual length.
const SHEET: &str = "\
users = 200 million users
active = 30 %
daily = users * active
writes = daily * 2 /user/day in writes/s
reads = writes * 100
peak = reads * 3
object = 1.5 KB
ingress = writes * object in MB/s
egress = peak * object in MB/s
a_day = ingress * 1 day in TB
five_years = a_day * 365 * 5 in PB
replicas = 3
stored = five_years * replicas in PB
disk = 16 TB
disks = stored / disk
";

static LEARNER: LazyLock<Learner> = LazyLock::new(|| {
    let now: Moment = "2026-03-02T18:30:00+01:00".parse().expect("it is a time");
    Learner::studied_until(now)
});

fn main() {
    divan::main();
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Today,
    Topics,
    Page,
    PageWithDemo,
    CheatSheet,
    Demos,
    Ring,
    Limiter,
    Breaker,
    Source,
    Decks,
    Question,
    Verdict,
    Bet,
    Summary,
    Envelope,
    Progress,
    Help,
    Palette,
    PaletteTyped,
}

const VIEWS: [View; 20] = [
    View::Today,
    View::Topics,
    View::Page,
    View::PageWithDemo,
    View::CheatSheet,
    View::Demos,
    View::Ring,
    View::Limiter,
    View::Breaker,
    View::Source,
    View::Decks,
    View::Question,
    View::Verdict,
    View::Bet,
    View::Summary,
    View::Envelope,
    View::Progress,
    View::Help,
    View::Palette,
    View::PaletteTyped,
];

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl View {
    /// A text that is seen on this screen and tells it from the others: what is measured is what the name says.
    fn shows(self) -> &'static str {
        match self {
            View::Today => "start",
            View::Topics => LEARNER.library.phases[0].name.as_str(),
            View::Page => "The problem",
            View::PageWithDemo | View::Ring | View::Limiter | View::Breaker => "pause",
            View::CheatSheet => "Cheat sheet",
            View::Demos => lab::demos()[0].title,
            View::Source => "hash_ring.rs",
            View::Decks => "All that is due",
            View::Question => "show the answer",
            View::Bet => "your bet",
            View::Verdict => "grade",
            View::Summary => "5 answers",
            View::Envelope => "five_years",
            View::Progress => "cards learned",
            View::Help => "Keys",
            View::Palette | View::PaletteTyped => "choose",
        }
    }

    /// The application with this on the screen.
    fn model(self, size: (u16, u16)) -> Model {
        let mut model = LEARNER.model(size);
        let m = &mut model;
        match self {
            View::Today => {}
            View::Topics => press(m, "alt-2"),
            View::Page => page(m),
            View::PageWithDemo => {
                page(m);
                tab_to_demo(m);
                press(m, "enter");
                play(m, 60);
            }
            View::CheatSheet => {
                page(m);
                press(m, "c");
            }
            View::Demos => press(m, "alt-3"),
            View::Ring => demo(m, "ring"),
            View::Limiter => demo(m, "limiter"),
            View::Breaker => demo(m, "breaker"),
            View::Source => {
                demo(m, "ring");
                press(m, "s");
            }
            View::Decks => press(m, "alt-4"),
            View::Question => question(m, "choice"),
            View::Verdict => {
                question(m, "choice");
                press(m, "a");
                // Where several options are right, Enter ends the choosing.
                if m.contexts().first() != Some(&Context::Verdict) {
                    press(m, "enter");
                }
            }
            View::Bet => question(m, "predict"),
            View::Summary => summary(m),
            View::Envelope => {
                press(m, "alt-5");
                m.envelope.editor = SheetEditor::with_text(SHEET);
            }
            View::Progress => {
                press(m, "alt-6");
                act(m, Action::Figures(Box::new(LEARNER.figures())));
            }
            View::Help => press(m, "?"),
            View::Palette => press(m, "ctrl-p"),
            View::PaletteTyped => press(m, "ctrl-p c o n s"),
        }
        let seen = drawn(&model, &mut buffer(size));
        assert!(seen.contains(self.shows()), "{self} does not show '{}':\n{seen}", self.shows());
        model
    }
}

fn page(model: &mut Model) {
    start(model, Start::Topic(TOPIC.into()));
}

/// Lets what is playing play so many frames of 33 ms.
fn play(model: &mut Model, frames: usize) {
    for _ in 0..frames {
        act(model, Action::Frame(Nanos(33_000_000)));
    }
}

/// A demo in the middle of its run.
fn demo(model: &mut Model, name: &str) {
    let spec = lab::find(name).unwrap_or_else(|| panic!("there is no demo {name}"));
    let mut player = Player::new(spec, Seed(7), Settings::defaults(spec));
    player.run.advance_to(Nanos(spec.length.0 / 2), || true);
    player.playing = true;
    start(model, Start::Demo(Box::new(player)));
}

/// The first question of a kind in the practice of all decks.
fn question(model: &mut Model, kind: &str) {
    let topics = LEARNER.library.decks.iter().map(|deck| deck.topic.clone()).collect();
    start(model, Start::Drill { topics, limit: None, cram: true });
    next_question(model, kind);
}

/// Puts off cards until one of that kind is asked.
fn next_question(model: &mut Model, kind: &str) {
    for _ in 0..200 {
        let running = model.drill.session.as_ref().expect("a session runs");
        let asking = running.asking.as_ref().expect("there is a question of that kind");
        if asking.asked.card.kind.name() == kind {
            return;
        }
        // Not today: the next one.
        act(model, Action::Marked(Mark::Bury));
        model.notice = None;
    }
    panic!("no card is of the kind {kind}");
}

/// The end of a session of five cards.
fn summary(model: &mut Model) {
    let topics = LEARNER.library.decks.iter().map(|deck| deck.topic.clone()).collect();
    start(model, Start::Drill { topics, limit: None, cram: true });
    for _ in 0..5 {
        next_question(model, "choice");
        press(model, "a");
        if model.contexts().first() != Some(&Context::Verdict) {
            press(model, "enter");
        }
        press(model, "3");
    }
    press(model, "q");
    assert_eq!(model.contexts().first(), Some(&Context::Summary), "the session does not end");
}

fn buffer((width, height): (u16, u16)) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

/// The text of a drawn screen.
fn drawn(model: &Model, buffer: &mut Buffer) -> String {
    ui::draw(model, Colours::True, buffer);
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width).map(|row| row.iter().map(Cell::symbol).collect::<String>());
    rows.collect::<Vec<_>>().join("\n")
}

/// A frame as the loop makes one: into an empty buffer. Emptying it is part of the frame.
fn draw(bencher: Bencher<'_, '_>, view: View, size: (u16, u16)) {
    let model = view.model(size);
    let mut buffer = buffer(size);
    bencher.bench_local(|| {
        buffer.reset();
        ui::draw(black_box(&model), Colours::True, &mut buffer)
    });
}

#[divan::bench(args = VIEWS)]
fn draw_200x60(bencher: Bencher<'_, '_>, view: View) {
    draw(bencher, view, (200, 60));
}

#[divan::bench(args = VIEWS)]
fn draw_80x24(bencher: Bencher<'_, '_>, view: View) {
    draw(bencher, view, (80, 24));
}

/// The largest scenes of the Lab, drawn alone: hundreds of everything that a picture can hold.
#[divan::bench(args = ["lanes", "chart", "timeline", "bars", "table"])]
fn picture_200x60(bencher: Bencher<'_, '_>, name: &str) {
    let scene = crowded(name);
    let theme = Theme::new(Choice::Auto, Background::Dark, Colours::True, false);
    let mut buffer = buffer((200, 60));
    let area = buffer.area;
    bencher.bench_local(|| {
        buffer.reset();
        ui::stage::draw(black_box(&scene), area, &mut buffer, &theme);
    });
}

/// A scene of one picture with more in it than a screen shows.
fn crowded(name: &str) -> Scene {
    let text = |index: usize| format!("{name} {index}");
    let lane = |index: usize| Lane {
        name: text(index),
        stations: vec![Station::new(0.8, "server").tone(Tone::Good)],
        dots: (0..50).map(|dot| (f64::from(dot) / 50.0, Tone::Plain)).collect(),
        lines: vec![Waiting { at: 0.8, tones: vec![Tone::Plain; 100], count: index * 9, room: None }],
        label: text(index),
    };
    let curve = |index: u8| {
        let points = (1..1_000).map(|x| (f64::from(x), f64::from(x % (40 + i32::from(index))))).collect();
        let kind = [CurveKind::Line, CurveKind::Steps, CurveKind::Band, CurveKind::Points];
        let curve = Curve::new(kind[usize::from(index % 4)], text(index.into()), Series(index), points);
        Curve { low: vec![1.0; 999], ..curve }
    };
    let moment = |index: usize| scene::Moment {
        at: Nanos(index as u64 * 1_234_567),
        from: index % 5,
        to: index * 3 % 5,
        text: text(index),
        passage: Passage::Direct,
        tone: Tone::Plain,
    };
    let bar = |index: usize| Bar {
        name: text(index),
        value: index as f64,
        label: index.to_string(),
        series: Series(0),
        tone: Tone::Plain,
    };
    match name {
        "lanes" => Scene::Lanes(Lanes { lanes: (0..60).map(lane).collect(), legend: Vec::new() }),
        "chart" => {
            let curves = (0..8).map(curve).collect();
            Scene::Chart(Chart { x_span: (1.0, 999.0), log_x: true, curves, ..Chart::default() })
        }
        "timeline" => {
            let actors = (0..5).map(text).collect();
            Scene::Timeline(Timeline { actors, moments: (0..500).map(moment).collect() })
        }
        "bars" => {
            let marks = vec![(3.0, text(1)), (30.0, text(2))];
            Scene::Bars(Bars { bars: (0..100).map(bar).collect(), marks, ..Bars::default() })
        }
        "table" => {
            let rows = (0..100).map(|_| (0..10).map(text).collect()).collect();
            Scene::Table(Table { rows, right: vec![true; 10], ..Table::default() })
        }
        _ => panic!("there is no scene {name}"),
    }
}

/// From a key to its frame at 200x60: two keys in turn that take each other back.
#[divan::bench(args = [
    (View::Topics, "j", "k"),
    (View::Page, "j", "k"),
    (View::Page, "d", "u"),
    (View::Page, "tab", "backtab"),
    (View::Page, "c", "c"),
    (View::Breaker, "l", "h"),
    (View::Breaker, "]", "["),
    (View::Envelope, "7", "backspace"),
    (View::PaletteTyped, "i", "backspace"),
    (View::Today, "alt-2", "alt-1"),
])]
fn key_200x60(bencher: Bencher<'_, '_>, (view, there, back): (View, &str, &str)) {
    let mut model = view.model((200, 60));
    let mut buffer = buffer((200, 60));
    let keys = [key(there), key(back)];
    let mut pressed = 0;
    bencher.bench_local(|| {
        let effects = act(&mut model, Action::Key(keys[pressed % 2]));
        pressed += 1;
        buffer.reset();
        (effects, ui::draw(&model, Colours::True, &mut buffer))
    });
}

/// From a key to its frame in a sheet of 200 lines, a third of which are ranges or depend on them: a figure of an input
/// at the top, on which much depends, and one in the last line.
#[divan::bench(args = ["top", "bottom"])]
fn key_in_a_long_sheet_200x60(bencher: Bencher<'_, '_>, place: &str) {
    let mut model = View::Envelope.model((200, 60));
    model.envelope.editor = SheetEditor::with_text(&long_sheet());
    press(&mut model, if place == "top" { "ctrl-home end ctrl-left" } else { "ctrl-end up end ctrl-left" });
    let faults = model.envelope.editor.sheet().faults().count();
    assert_eq!(faults, 0, "the sheet has faults");
    let mut buffer = buffer((200, 60));
    let keys = [key("7"), key("backspace")];
    let mut pressed = 0;
    bencher.bench_local(|| {
        let effects = act(&mut model, Action::Key(keys[pressed % 2]));
        pressed += 1;
        buffer.reset();
        (effects, ui::draw(&model, Colours::True, &mut buffer))
    });
}

/// Ten lines twenty times, each time with names of their own.
fn long_sheet() -> String {
    let part = |i: usize| {
        format!(
            "# Part {i}\nusers_{i} = {i}M to {top}M users\nactive_{i} = 30%\ndaily_{i} = users_{i} * active_{i}\n\
             writes_{i} = daily_{i} * 2 posts/user/day in posts/s\nreads_{i} = daily_{i} * 40 reads/user/day in reads/s\n\
             size_{i} = 1.5 KB/post\ndisk_{i} = daily_{i} * 2 posts/user/day * size_{i} * 1 year\n\
             ingress_{i} = 5 MB/s * {i}\n\n",
            top = 3 * i
        )
    };
    (1..=20).map(part).collect()
}

/// One frame of a demo that plays at 200x60: 33 ms of simulation, and the drawing.
#[divan::bench(args = ["ring", "limiter", "breaker"])]
fn playing_200x60(bencher: Bencher<'_, '_>, name: &str) {
    let mut model = LEARNER.model((200, 60));
    demo(&mut model, name);
    let player = model.lab.open.clone();
    let mut buffer = buffer((200, 60));
    bencher.with_inputs(|| player.clone()).bench_local_values(|player| {
        let before = std::mem::replace(&mut model.lab.open, player);
        act(&mut model, Action::Frame(Nanos(33_000_000)));
        buffer.reset();
        ui::draw(&model, Colours::True, &mut buffer);
        before
    });
}

/// A frame with its output at 200x60: drawing, comparison with the frame before, bytes. The frame before was
/// Today's, or this one's without a change.
#[divan::bench(args = [(View::Today, false), (View::Page, false), (View::Page, true), (View::Ring, true), (View::Help, true)])]
fn output_200x60(bencher: Bencher<'_, '_>, (view, changed): (View, bool)) {
    let models = [view.model((200, 60)), View::Today.model((200, 60))];
    let viewport = Viewport::Fixed(Rect::new(0, 0, 200, 60));
    let mut terminal =
        Terminal::with_options(CrosstermBackend::new(std::io::sink()), TerminalOptions { viewport })
            .expect("nothing is written that could fail");
    let mut frames = 0;
    bencher.bench_local(|| {
        let model = &models[if changed { frames % 2 } else { 0 }];
        frames += 1;
        terminal.draw(|frame| drop(ui::view(model, Colours::True, frame))).map(|_| ())
    });
}

/// What stands between the start of the program and its first frame.
mod start_up {
    use super::*;

    #[divan::bench]
    fn library_load() -> Library {
        Library::load(&[])
    }

    #[divan::bench]
    fn deck_parse() -> usize {
        deck::parse("deck.toml", black_box(DECK)).0.cards.len()
    }

    #[divan::bench]
    fn store_open(bencher: Bencher<'_, '_>) {
        let directory = LEARNER.data();
        bencher.bench(|| Store::open(directory).expect("it is there"));
    }

    #[divan::bench]
    fn learned_read(bencher: Bencher<'_, '_>) {
        let store = LEARNER.store();
        bencher.bench_local(|| Learned::read(&store, LEARNER.now).expect("it can be read"));
    }
}

/// What opening a page costs, at a width of 100 columns.
mod page_open {
    use super::*;

    fn source() -> &'static str {
        let topic = LEARNER.library.topic(TOPIC).expect("the topic is there");
        &topic.page.as_ref().expect("it is written").body
    }

    #[divan::bench]
    fn parse(bencher: Bencher<'_, '_>) {
        let text = source();
        bencher.bench(|| doc::parse(black_box(text)));
    }

    #[divan::bench]
    fn layout(bencher: Bencher<'_, '_>) {
        let document = doc::parse(source());
        bencher.bench(|| doc::layout(black_box(&document), &Layout::new(100)));
    }

    /// Parsing, laying out, and everything that is live in the page.
    #[divan::bench]
    fn whole(bencher: Bencher<'_, '_>) {
        let body = LEARNER.model((200, 60)).frame().body;
        bencher.bench_local(|| {
            let mut reading =
                Reading::open(&LEARNER.library, &Origin::Topic(TOPIC.into()), 7).expect("the page is there");
            reading.fit(body, false);
            reading
        });
    }
}
