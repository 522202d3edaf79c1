//! A collection so large that a start does not look at every card before the first frame.
#![cfg(unix)]

#[path = "support/collection.rs"]
mod collection;
#[path = "support/program.rs"]
mod program;
mod support;

use std::sync::Arc;

use program::{Home, PROGRAM};
use support::{Exit, Pty};
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::today::Today;
use sysdrill::app::{self, Action, Effect, Model, Start};
use sysdrill::config::key::Key;
use sysdrill::config::settings::Settings;
use sysdrill::library::Library;
use sysdrill::memory::{Grade, Moment, Scheduler};
use sysdrill::store::Store;

/// Just beyond what is looked at whole.
const CARDS: u32 = 10_050;

/// The collection with its decks; some cards set aside; some of the program's own answered.
fn home() -> (Home, Library) {
    let home = Home::with_settings("[drill]\nfuzz = false\n");
    let data = home.data();
    let mut store = collection::store(&data, CARDS, 2);
    collection::decks(&data, CARDS);
    let now = collection::now();
    for (number, mark) in (0..CARDS).step_by(97).zip([0, 1, 2].into_iter().cycle()) {
        let card = collection::card(number);
        match mark {
            0 => store.suspend(&card, now),
            1 => store.bury(&card, now.study_day() + 1, now),
            _ => store.flag(&card, true, now),
        }
        .expect("it can be written");
    }
    let library = Library::load_in(&data, std::slice::from_ref(&data));
    for card in library.decks[0].cards().take(3) {
        let rules = Arc::new(sysdrill::memory::Rules { fuzz: false, ..Default::default() });
        let scheduler = Scheduler::new((*rules).clone()).expect("these can be followed");
        let given = sysdrill::drill::Given {
            grade: Grade::Easy,
            answer: None,
            at: now,
            took_millis: 5_000,
            kind: sysdrill::memory::ReviewKind::Scheduled,
            seed: 1,
            fresh: 1,
        };
        let review = sysdrill::drill::review(&card.id, &Default::default(), given, &scheduler, &rules);
        store.save_review(&review).expect("it can be written");
    }
    (home, library)
}

fn model(library: &Arc<Library>, learned: Learned, now: Moment) -> Model {
    let (keys, _) = KeyMap::new(&[], "");
    let mut model =
        Model::new(Settings::default(), keys, Arc::clone(library), learned, Scheduler::default(), now);
    app::update(&mut model, Action::Resize(100, 30), &|| true);
    app::start(&mut model, Start::Today);
    model
}

#[test]
fn a_glance_says_of_today_what_all_cards_say() {
    let (home, library) = home();
    let library = Arc::new(library);
    let store = Store::open(&home.data()).expect("it opens");
    // Today nothing is overdue, a day later much is.
    for (days, late) in [(0, false), (1, true)] {
        says_the_same(&store, &library, collection::now().plus_minutes(days * 24 * 60), late);
    }
}

fn says_the_same(store: &Store, library: &Arc<Library>, now: Moment, late: bool) {
    let mut glance = Learned::glance(store, now).expect("it can be read");
    glance.look_at(store, library.owners(), now.study_day()).expect("it can be read");
    let whole = Learned::read(store, now).expect("it can be read");
    assert!(glance.glance.is_some() && whole.glance.is_none());
    assert!(glance.states.len() * 4 < whole.states.len() * 3, "not every card was looked at");
    assert_eq!(whole.states.len(), CARDS as usize + 3);
    let said = Today::of(&model(library, glance, now));
    let known = Today::of(&model(library, whole, now));
    // On the first day the limit of new cards is used up.
    assert!(known.waiting > 100 && (known.new > 0) == late, "{known:?}");
    assert_eq!(known.backlog.is_some(), late, "{known:?}");
    assert_eq!(said, known);
}

#[test]
fn what_is_read_again_is_what_is_read() {
    let (home, _) = home();
    let (mut store, now) = (Store::open(&home.data()).expect("it opens"), collection::now());
    let mut learned = Learned::read(&store, now).expect("it can be read");
    // Set aside, marked, given back; and an answer is taken back that missed its card.
    let [one, two, three] = [5, 98, 194].map(collection::card);
    store.suspend(&one, now).expect("it can be written");
    store.flag(&one, true, now).expect("it can be written");
    store.bury(&two, now.study_day() + 1, now).expect("it can be written");
    store.flag(&three, false, now).expect("it can be written");
    let missed = learned.missed.iter().min().cloned().expect("some were missed");
    let state = learned.state(&missed);
    let mut undone = 0;
    while let Some(review) = store
        .log(Some(&missed))
        .expect("it can be read")
        .into_iter()
        .filter_map(|entry| match entry.event {
            sysdrill::store::Event::Review(review) => Some(review),
            _ => None,
        })
        .rev()
        .nth(undone)
    {
        store.undo_review(&review.id, now).expect("it can be written");
        undone += 1;
    }
    assert!(undone == 2 && !state.is_new());
    learned.read_again(&store, &[one, two, three, missed.clone()], now).expect("it can be read");
    assert_eq!(learned, Learned::read(&store, now).expect("it can be read"));
    assert!(learned.state(&missed).is_new() && !learned.missed.contains(&missed));
}

#[test]
fn the_cards_of_a_session_are_read_when_their_turn_comes() {
    let (home, library) = home();
    let library = Arc::new(library);
    let store = Store::open(&home.data()).expect("it opens");
    let learned = Learned::read(&store, collection::now()).expect("it can be read");
    let mut model = model(&library, learned, collection::now());
    let effects = app::update(&mut model, Action::Key("enter".parse::<Key>().expect("a key")), &|| true);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Quit)));
    let running = model.drill.session.as_ref().expect("a session runs");
    let (left, first) = (running.session.remaining(), running.session.current().expect("it asks").clone());
    assert!(left > 100 && first.question.contains("when would you use it"), "{left} {first:?}");
    // A file that is gone takes its cards along; the session goes on with the others.
    std::fs::remove_dir_all(home.data().join("decks")).expect("they can be removed");
    app::update(&mut model, Action::Reloaded(Arc::new(Library::load(&[]))), &|| true);
    for key in ["space", "3"] {
        app::update(&mut model, Action::Key(key.parse::<Key>().expect("a key")), &|| true);
    }
    let running = model.drill.session.as_ref().expect("a session ran");
    let next = running.session.current().map(|asked| asked.card.topic.clone());
    assert!(next.as_ref().is_none_or(|topic| !topic.starts_with("topic-")), "{next:?}");
}

#[test]
fn the_first_frame_comes_before_all_cards_and_the_first_key_after_them() {
    let (home, _) = home();
    let own = home.environment();
    let environment: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let at = ["--at", "2026-11-21T18:30:00+01:00"];
    let mut pty = Pty::spawn(PROGRAM, &at, &environment, 100, 30);
    pty.wait_for_text("cards wait");
    let waiting = |screen: &str| {
        let line = screen.lines().find(|line| line.contains("cards wait")).map(str::to_string);
        line.and_then(|line| {
            line.split_whitespace().find_map(|word| word.replace(',', "").parse::<usize>().ok())
        })
    };
    let said = waiting(&pty.screen()).expect("it says how many");
    pty.keys("enter");
    pty.wait_for("a question", |screen| screen.contents().contains("when would you use it"));
    let screen = pty.screen();
    assert!(screen.contains(&format!("of {said}")), "{said}: {screen}");
    pty.keys("q q");
    pty.keys("q");
    assert_eq!(pty.exit(), Exit::Code(0));
}
