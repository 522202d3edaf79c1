//! A learner with some weeks of study behind them, and the application as they would see it.
//!
//! Both benchmarks measure the same person: forty days of answers to two decks, a page half read, a demo run.
//! Everything comes from fixed rules and seeds, so two runs measure the same work.
#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::path::Path;
use std::sync::Arc;

use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::live::LiveBlock;
use sysdrill::app::reader::Focus;
use sysdrill::app::{self, Action, Effect, Figures, Model, Start};
use sysdrill::config::key::Key;
use sysdrill::config::settings::Settings;
use sysdrill::drill::{Ahead, Given, Schedule};
use sysdrill::library::Library;
use sysdrill::memory::{Grade, Moment, ReviewKind, Rules, Scheduler};
use sysdrill::store::{Position, Store};
use tempfile::TempDir;

/// The topic whose page is opened.
pub const TOPIC: &str = "consistent-hashing";

/// How many days were studied.
const DAYS: u32 = 40;
const MINUTES_A_DAY: u32 = 24 * 60;

/// A data directory with study in it. It goes when this is dropped.
pub struct Learner {
    directory: TempDir,
    pub library: Arc<Library>,
    pub now: Moment,
}

impl Learner {
    /// Somebody who studied daily up to the day before `now`.
    pub fn studied_until(now: Moment) -> Learner {
        let directory = tempfile::tempdir().expect("the system has a directory for temporary files");
        let library = Arc::new(Library::load(&[]));
        let mut store = Store::open(directory.path()).expect("a store can be made there");
        for back in (1..=DAYS).rev() {
            let day = Moment { utc_millis: now.utc_millis - i64::from(back * MINUTES_A_DAY) * 60_000, ..now };
            study(&mut store, &library, day);
        }
        let yesterday = Moment { utc_millis: now.utc_millis - i64::from(MINUTES_A_DAY) * 60_000, ..now };
        let position = Position {
            topic: TOPIC.into(),
            section: "How it works".into(),
            line: 60,
            share: 0.4,
            at: yesterday,
        };
        store.set_position(&position).expect("the store can be written");
        store.record_demo("ring", 1, yesterday).expect("the store can be written");
        Learner { directory, library, now }
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.directory.path()
    }

    /// The store, opened anew.
    pub fn store(&self) -> Store {
        Store::open(self.data()).expect("it was just made")
    }

    /// What the store holds.
    pub fn learned(&self) -> Learned {
        Learned::read(&self.store(), self.now).expect("it was just written")
    }

    /// What Progress shows.
    pub fn figures(&self) -> Figures {
        let mut store = self.store();
        store.settle_if_behind().expect("the store can be written");
        Figures::read(&store, &self.library, &scheduler(), self.now).expect("it was just written")
    }

    /// The application as it starts, in a window of this size.
    pub fn model(&self, size: (u16, u16)) -> Model {
        let (keys, _) = KeyMap::new(&[], "");
        let library = Arc::clone(&self.library);
        let mut model = Model::new(Settings::default(), keys, library, self.learned(), scheduler(), self.now);
        act(&mut model, Action::Resize(size.0, size.1));
        model
    }
}

/// One day: what is due, and two new cards on each of the first days.
fn study(store: &mut Store, library: &Library, day: Moment) {
    let states = store.states().expect("the store can be read");
    let schedule = Schedule::new(scheduler(), Ahead::default());
    let state = |card: &str| states.get(card).map(|standing| standing.state).unwrap_or_default();
    // The third deck stays untouched, so that something new is left.
    let cards: Vec<_> = library.decks.iter().take(2).flat_map(sysdrill::library::Deck::cards).collect();
    let due = cards.iter().filter(|card| state(&card.id.0).due().is_some_and(|due| due.is_due(day)));
    let new = cards.iter().filter(|card| state(&card.id.0).is_new()).take(2);
    for (place, card) in due.chain(new).enumerate() {
        let seed = day.utc_millis.cast_unsigned().wrapping_add(place as u64) >> 11;
        let grade = match (day.utc_millis / 60_000 + place as i64) % 9 {
            0 => Grade::Again,
            1 => Grade::Hard,
            2 => Grade::Easy,
            _ => Grade::Good,
        };
        let at = Moment { utc_millis: day.utc_millis + 20_000 * place as i64, ..day };
        let given = Given {
            grade,
            answer: None,
            at,
            took_millis: 12_000,
            kind: ReviewKind::Scheduled,
            seed,
            fresh: place as u64,
        };
        let review = schedule.review(card, &state(&card.id.0), given);
        store.save_review(&review).expect("the store can be written");
    }
}

fn scheduler() -> Scheduler {
    Scheduler::new(Rules::default()).expect("the default rules can be followed")
}

/// Lets the application begin somewhere.
pub fn start(model: &mut Model, start: Start) {
    app::start(model, start);
}

/// Hands an action to the application; there is always time for simulation.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    app::update(model, action, &|| true)
}

/// Presses keys, named as in the settings and parted by spaces.
pub fn press(model: &mut Model, keys: &str) {
    for name in keys.split_whitespace() {
        act(model, Action::Key(key(name)));
    }
}

/// A key by its name.
pub fn key(name: &str) -> Key {
    name.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Presses Tab on an open page until its first demo has the focus. Returns how often.
pub fn tab_to_demo(model: &mut Model) -> usize {
    for presses in 1..200 {
        press(model, "tab");
        let reading = model.reader.open.as_ref().expect("a page is open");
        if let Some(Focus::Live(live)) = reading.focus
            && let Some(LiveBlock::Demo(_)) = reading.live.get(&live)
        {
            return presses;
        }
    }
    panic!("the page has no demo");
}
