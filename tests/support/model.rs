//! The application without a terminal: the real library, a clock that stands, and keys in.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::{Learned, Position};
use sysdrill::app::{self, Action, Effect, Figures, Model};
use sysdrill::config::key::Key;
use sysdrill::config::settings::Settings;
use sysdrill::config::theme::Colours;
use sysdrill::library::Library;
use sysdrill::memory::tally::{Sums, Tally};
use sysdrill::memory::{CardState, Grade, Moment, Rules, Scheduler};
use sysdrill::sim::Nanos;
use sysdrill::store::Standing;
use sysdrill::ui;

/// Noon, so that no test falls on the turn of a day.
pub fn noon() -> Moment {
    "2026-11-21T12:00:00Z".parse().expect("a time in a test")
}

/// A scheduler without chance.
pub fn scheduler() -> Scheduler {
    Scheduler::new(Rules { fuzz: false, ..Rules::default() }).expect("rules in a test")
}

/// The application at its first start, in a window of that size.
pub fn model(width: u16, height: u16) -> Model {
    with(Learned { seconds_a_card: 20.0, ..Learned::default() }, width, height)
}

/// The application of somebody who has read half a page and answered six cards over the last days.
pub fn model_with_progress(width: u16, height: u16) -> Model {
    let library = Library::load(&[]);
    let scheduler = scheduler();
    let mut learned = Learned { seconds_a_card: 20.0, ..Learned::default() };
    for (index, card) in library.cards().take(6).enumerate() {
        let mut state = learned.state(&card.id.0);
        for days_ago in [9, 8, 5] {
            let mut at = noon();
            at.utc_millis -= days_ago * 86_400_000;
            let grade = if index == 4 && days_ago == 8 { Grade::Again } else { Grade::Good };
            state = scheduler.answer(&state, grade, at, 1);
            let day = learned.days.entry(at.study_day()).or_default();
            day[usize::from(grade.number()) - 1] += 1;
        }
        learned.states.insert(card.id.0.clone(), state);
    }
    let half = Position { source: 90, heading: "How it works".into(), share: 0.4, at: noon() };
    learned.positions.insert("consistent-hashing".into(), half);
    learned.demos.insert("ring".into(), (2, 0b11));
    with(learned, width, height)
}

fn with(learned: Learned, width: u16, height: u16) -> Model {
    let (keys, problems) = KeyMap::new(&[], "config.toml");
    assert_eq!(problems, []);
    let library = Arc::new(Library::load(&[]));
    let mut model = Model::new(Settings::default(), keys, library, learned, scheduler(), noon());
    model.seed = 7;
    act(&mut model, Action::Resize(width, height));
    model
}

/// One action, with all the time it wants.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    app::update(model, action, &|| true)
}

/// Opens a decision tree from the list of the Library, and presses keys there.
pub fn open_tree(model: &mut Model, slug: &str, keys: &str) {
    press(model, "alt-2");
    // The trees stand behind the pages.
    let tree = model.library.trees().iter().position(|tree| tree.slug == slug).expect("there is such a tree");
    model.reader.list.chosen = model.library.written().count() + tree;
    press(model, "enter");
    press(model, keys);
}

/// Presses keys, named as in settings: `g t`, `enter`, `ctrl-p`. What would be saved is taken over as the loop
/// does it.
pub fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut all = Vec::new();
    for key in keys.split_whitespace() {
        let key: Key = key.parse().unwrap_or_else(|why| panic!("{key}: {why}"));
        let effects = act(model, Action::Key(key));
        for effect in &effects {
            match effect {
                Effect::Save(review) => model.learned.answered(review, review.after),
                Effect::ReadMark(page, section, read) => {
                    model.learned.section_read(page.clone(), section.clone(), *read);
                }
                Effect::Position(page, position) => model.learned.stopped(page.clone(), position.clone()),
                Effect::Bookmark(bookmark, set) => model.learned.bookmarked(bookmark.clone(), *set),
                Effect::Figures => {
                    let figures = figures(model);
                    act(model, Action::Figures(Box::new(figures)));
                }
                _ => {}
            }
        }
        all.extend(effects);
    }
    all
}

/// The figures of what the learner knows; of answers that were given the model has only the counts.
pub fn figures(model: &Model) -> Figures {
    let standing =
        |(id, state): (&String, &CardState)| (id.clone(), Standing { state: *state, ..Standing::default() });
    let standings: Vec<(String, Standing)> = model.learned.states.iter().map(standing).collect();
    let mut tally = Tally::default();
    for (day, grades) in &model.learned.days {
        let sums = Sums { by_grade: grades.map(i64::from), ..Sums::default() };
        tally.days.entry(*day).or_default().add(&sums, 1);
    }
    let cards = standings.iter().map(|(id, standing)| (id.as_str(), standing));
    Figures::of(tally, cards, &model.library, model.schedulers.usual(), model.now)
}

/// Lets demos play for so many frames of a thirtieth of a second.
pub fn frames(model: &mut Model, count: u64) {
    for _ in 0..count {
        act(model, Action::Frame(Nanos::from_micros(33_333)));
    }
}

/// The window as it is drawn.
pub fn draw(model: &Model, colours: Colours) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    ui::draw(model, colours, &mut buffer);
    buffer
}

/// The text of the window, row by row, without blanks at the ends.
pub fn text(model: &Model) -> String {
    let buffer = draw(model, Colours::None);
    let mut rows = Vec::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            if skip > 0 {
                skip -= 1;
                continue;
            }
            row.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        }
        rows.push(row.trim_end().to_string());
    }
    rows.join("\n")
}

/// A click on a cell of the window.
pub fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    let targets = ui::draw(model, Colours::None, &mut buffer);
    let target = app::target_at(&targets, column, row);
    act(model, Action::Pointer(app::Pointer::Click(target)))
}
