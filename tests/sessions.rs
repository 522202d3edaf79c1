//! Sessions as a person goes through them: keys in, screen and log out. The store is a real one; what the loop does with
//! it is done here in a few lines.

#[path = "support/model.rs"]
mod model;

use std::sync::Arc;

use model::{act, noon, scheduler, text};
use sysdrill::app::keymap::KeyMap;
use sysdrill::app::learned::Learned;
use sysdrill::app::{self, Action, Effect, Mark, Model, Saved, Start};
use sysdrill::config::key::Key;
use sysdrill::config::settings::Settings;
use sysdrill::drill::Variant;
use sysdrill::library::Library;
use sysdrill::memory::{CardState, Grade, Memory, Moment, Phase};
use sysdrill::store::Store;
use tempfile::TempDir;

/// A person with a store.
struct Person {
    model: Model,
    store: Store,
    folder: TempDir,
}

impl Person {
    fn new() -> Person {
        Person::in_folder(tempfile::tempdir().expect("a folder"), noon(), Start::Today)
    }

    fn in_folder(folder: TempDir, now: Moment, start: Start) -> Person {
        let mut store = Store::open(folder.path()).expect("a store");
        store.changed().expect("it can be read");
        let (keys, _) = KeyMap::new(&[], "config.toml");
        let learned = Learned::read(&store, now).expect("it can be read");
        let library = Arc::new(Library::load(&[]));
        let mut model = Model::new(Settings::default(), keys, library, learned, scheduler(), now);
        model.seed = 7;
        act(&mut model, Action::Resize(100, 40));
        let mut person = Person { model, store, folder };
        let effects = app::start(&mut person.model, start);
        person.carry_out(effects);
        person
    }

    /// The program is left and started again, that many minutes later.
    fn again(self, minutes: u32) -> Person {
        let now = self.model.now.plus_minutes(minutes);
        Person::in_folder(self.folder, now, Start::Today)
    }

    /// One who has passed over the questions of the first start.
    fn settled() -> Person {
        let mut person = Person::new();
        person.press("esc");
        person
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap_or_else(|why| panic!("{key}: {why}"));
            let effects = act(&mut self.model, Action::Key(key));
            self.carry_out(effects);
        }
    }

    fn reload(&mut self) {
        let learned = Learned::read(&self.store, self.model.now).expect("it can be read");
        act(&mut self.model, Action::Learned(Box::new(learned)));
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let now = self.model.now;
        for effect in effects {
            match effect {
                Effect::Save(review) => {
                    let state = self.store.save_review(&review).expect("saved");
                    self.model.learned.answered(&review, state);
                }
                Effect::Undo(saved) => {
                    match saved {
                        Saved::Review(id) => drop(self.store.undo_review(&id, now).expect("undone")),
                        Saved::SetAside(card) => drop(self.store.undo_set_aside(&card, now).expect("undone")),
                        Saved::Flag(card, _) => drop(self.store.undo_flag(&card, now).expect("undone")),
                        Saved::Edit(id) => drop(self.store.undo_edit(&id, now).expect("undone")),
                    }
                    self.reload();
                    act(&mut self.model, Action::Undone);
                }
                Effect::Mark(card, mark) => {
                    match mark {
                        Mark::Flag(on) => self.store.flag(&card, on, now),
                        Mark::Bury => self.store.bury(&card, now.study_day() + 1, now),
                        Mark::Suspend => self.store.suspend(&card, now),
                        Mark::Unsuspend => self.store.unsuspend(&card, now),
                        Mark::Unbury => self.store.bury(&card, now.study_day(), now),
                    }
                    .expect("kept");
                    self.reload();
                    act(&mut self.model, Action::Marked(mark));
                }
                Effect::Note(key, value) => {
                    self.store.set_shared_note(key, &value, self.model.now).expect("kept");
                    self.reload();
                }
                Effect::Place(reviews) => {
                    self.store.save_first_reviews(&reviews).expect("saved");
                    self.reload();
                }
                Effect::Position(page, position) => self.model.learned.stopped(page, position),
                _ => {}
            }
        }
    }

    fn screen(&self) -> String {
        text(&self.model)
    }

    #[track_caller]
    fn sees(&self, wanted: &str) {
        // A sentence may go over the end of a line.
        let screen = self.screen();
        let flat: String = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "not seen: {wanted}\n{screen}");
    }

    #[track_caller]
    fn sees_not(&self, unwanted: &str) {
        let screen = self.screen();
        assert!(!screen.contains(unwanted), "seen: {unwanted}\n{screen}");
    }

    /// The card on the table.
    fn card(&self) -> Option<String> {
        Some(self.model.drill.asking()?.asked.card.id.0.clone())
    }

    /// Answers the card on the table with a grade, whatever its kind.
    #[track_caller]
    fn answer(&mut self, grade: Grade) {
        for keys in ["enter", "9", "enter", "tab", "enter", "enter", "enter", "a", "enter"] {
            let Some(asking) = self.model.drill.asking() else { panic!("no question\n{}", self.screen()) };
            if asking.verdict.is_some() {
                break;
            }
            if keys == "9" && !matches!(asking.asked.variant, Variant::Bet(_) | Variant::Estimate(_)) {
                continue;
            }
            self.press(keys);
        }
        assert!(self.model.drill.proposed().is_some(), "no verdict\n{}", self.screen());
        self.press(&grade.number().to_string());
    }

    /// Gives that many cards, in the order of learning, this state.
    fn with_states(&mut self, count: usize, state: CardState) {
        let ids: Vec<String> = self.model.library.heads().take(count).map(|head| head.id.0.clone()).collect();
        for id in ids {
            self.model.learned.states.insert(id, state);
        }
    }
}

fn late(days: u32) -> CardState {
    CardState {
        phase: Phase::Review { due: noon().study_day() - days },
        memory: Some(Memory { stability: 10.0, difficulty: 5.0 }),
        last_review: Some((noon().study_day() - days - 10).start(0).plus_minutes(300)),
        reps: 3,
        lapses: 0,
    }
}

#[test]
fn the_first_start_asks_three_things_once() {
    let mut person = Person::new();
    person.sees("When is your interview?");
    person.press("c");
    person.sees("For which level?");
    person.press("j enter");
    person.sees("How many minutes a day?");
    person.press("c");
    person.sees("Find out what you know already?");
    person.press("a");
    person.sees("Interview in 21 days: ready 0% now");
    let mut person = person.again(60);
    person.sees_not("When is your interview?");
    person.sees("Interview in 21 days");
    let aims = &person.model.learned.aims;
    assert_eq!((aims.level.map(app::aims::Level::name), aims.minutes), (Some("senior"), Some(30)));
    // The plan's screen, and the date taken away again by the form.
    person.press("p");
    person.sees("Topics, the least ready first");
    person.press("e");
    person.sees("21 days from today.");
    person.press(&"backspace ".repeat(10));
    person.press("enter q");
    person.sees_not("Interview in");
    assert_eq!(person.again(1).model.learned.aims.date, None);
}

#[test]
fn the_questions_can_be_passed_over_and_nothing_waits_for_them() {
    let mut person = Person::new();
    person.press("alt-4");
    person.sees("All that is due");
    person.press("alt-1 n");
    assert!(person.model.reader.open.is_some(), "other keys act as always");
    let mut person = Person::new();
    person.press("esc");
    person.sees("Press Enter to read");
    assert!(person.again(1).model.first.is_none());
    // The palette asks the same.
    let mut person = Person::settled();
    person.press(": i n t e r v i e w space d a t e esc");
    act(&mut person.model, Action::Key("ctrl-p".parse().expect("a key")));
    act(&mut person.model, Action::Paste("date of the interview".into()));
    person.press("enter");
    person.sees("What you aim at");
    person.press("1 9 9 9 0 1 0 1");
    person.sees("That day is past");
    person.press("enter");
    person.sees("The interview was on 1999-01-01");
    person.press("p backspace");
    person.sees("is no date");
    person.press("enter");
    person.sees("is no date");
}

#[test]
fn a_placement_marks_what_is_known_and_is_taken_back_as_one() {
    let mut person = Person::new();
    person.press("a a a b");
    person.sees("1 of up to 12");
    let mut asked = Vec::new();
    while let Some(card) = person.card() {
        asked.push(card);
        person.answer(Grade::Good);
        assert!(asked.len() <= 12);
    }
    asked.dedup();
    assert!(asked.len() > 4, "{asked:?}");
    assert!(person.model.learned.states.is_empty(), "the answers are practice");
    // The last answer is taken back, and another one given.
    let before = person.screen();
    person.press("u");
    assert_eq!(person.card(), asked.last().cloned());
    person.answer(Grade::Good);
    assert_eq!(person.screen(), before);
    person.sees("You know");
    person.press("enter");
    let known = person.model.learned.states.len();
    assert!(known >= asked.len(), "{known} of {}", asked.len());
    assert_eq!(person.model.learned.new_today, 0, "they are no new cards of the day");
    let mut person = person.again(5);
    assert_eq!(person.model.learned.states.len(), known);
    // One key, one step: all of them are new again. (The loop finds the others by their moment.)
    let now = person.model.now;
    let undone = person.store.undo_last(now).expect("undone").expect("a review");
    let sysdrill::store::Event::Review(review) = undone.event else { panic!("{:?}", undone.event) };
    let others = person.store.undo_reviews_of(review.at, sysdrill::drill::PLACED, now).expect("undone");
    assert_eq!(others + 1, known);
    person.reload();
    assert!(person.model.learned.states.is_empty());
}

#[test]
fn a_newcomer_has_nothing_marked() {
    let mut person = Person::new();
    person.press("a a a b");
    for _ in 0..12 {
        if person.card().is_some() {
            person.answer(Grade::Again);
        }
    }
    person.sees("Nothing is marked as known");
    person.press("enter");
    assert!(person.model.learned.states.is_empty());
}

#[test]
fn every_step_is_taken_back_in_its_turn() {
    let mut person = Person::settled();
    person.press("alt-4 j enter");
    let first = person.card().expect("a card");
    person.press("alt-f");
    assert!(person.model.learned.flagged.contains(&first));
    person.answer(Grade::Good);
    let second = person.card().expect("a card");
    person.press("alt-@");
    assert!(person.model.learned.suspended.contains(&second));
    person.answer(Grade::Hard);
    assert_eq!(person.model.learned.states.len(), 2);
    for _ in 0..2 {
        person.press("alt-u");
    }
    assert_eq!(person.card(), Some(second.clone()));
    assert!(!person.model.learned.suspended.contains(&second));
    person.press("alt-u");
    assert_eq!(person.card(), Some(first.clone()));
    assert!(person.model.learned.states.is_empty() && person.model.learned.flagged.contains(&first));
    person.press("alt-u");
    assert!(!person.model.learned.flagged.contains(&first), "the flag too");
    person.press("alt-u");
    person.sees("nothing to take back");
    assert_eq!(person.store.rebuild().expect("rebuilt"), [], "the log says the same");
}

#[test]
fn what_was_set_aside_is_listed_and_comes_back() {
    let mut person = Person::settled();
    person.press("alt-4 s");
    person.sees("Nothing is set aside");
    person.press("esc j enter alt-f");
    let flagged = person.card().expect("a card");
    person.answer(Grade::Good);
    let suspended = person.card().expect("a card");
    person.press("alt-@");
    let buried = person.card().expect("a card");
    person.press("alt--");
    person.press("alt-4");
    while person.model.drill.session.is_some() {
        person.press("esc");
    }
    person.press("alt-4 s");
    for wanted in ["suspended", "buried for today", "flagged"] {
        person.sees(wanted);
    }
    person.press("x");
    assert!(!person.model.learned.hidden.contains(&suspended));
    person.press("x");
    assert!(!person.model.learned.hidden.contains(&buried));
    person.press("x");
    assert!(!person.model.learned.flagged.contains(&flagged));
    person.sees("Nothing is set aside");
    assert_eq!(person.store.rebuild().expect("rebuilt"), []);
}

#[test]
fn a_form_chooses_cards() {
    let mut person = Person::settled();
    person.press("alt-4 f");
    person.sees("Choose cards");
    // Only flagged ones: there are none.
    person.press("j l l l");
    person.sees("No card is like that.");
    person.press("enter");
    assert!(person.model.drill.session.is_none());
    let id = person.model.library.heads().nth(3).map(|head| head.id.0.clone()).expect("a card");
    person.store.flag(&id, true, noon()).expect("kept");
    person.reload();
    person.press("f j l l l");
    person.sees("1 card.");
    person.press("enter");
    assert_eq!(person.card(), Some(id.clone()));
    // It counts, though it was not due.
    person.answer(Grade::Easy);
    assert!(person.model.learned.states.contains_key(&id));
}

#[test]
fn a_quiz_is_the_same_for_a_seed_and_leaves_the_schedule_alone() {
    let ids = |seed: &str| -> Vec<String> {
        let mut person = Person::settled();
        person.press("alt-4 i j j 5 j j");
        person.press(seed);
        person.press("enter");
        let mut ids = Vec::new();
        while let Some(card) = person.card() {
            ids.push(card);
            person.answer(if ids.len() % 2 == 0 { Grade::Again } else { Grade::Good });
        }
        person.sees("Interview quiz, seed");
        person.sees("of 5");
        assert!(person.model.learned.states.is_empty());
        assert!(person.store.rebuild().expect("rebuilt").is_empty());
        // What was missed leads to its page, where it has one; or says that it is planned.
        person.press("j enter");
        ids
    };
    let one = ids("4 2");
    assert_eq!((one.len(), &one), (5, &ids("4 2")));
    assert_ne!(one, ids("4 3"));
}

#[test]
fn the_minutes_are_kept() {
    let mut person = Person::settled();
    person.press("t");
    person.sees("I have so many minutes");
    person.press("1 0 enter");
    person.sees("10 min left");
    assert!(person.model.next_tick().is_some(), "the corner changes");
    person.model.now = person.model.now.plus_minutes(4);
    act(&mut person.model, Action::Tick);
    person.sees("6 min left");
    // To the end: it never goes on for ever.
    for _ in 0..20 {
        if person.model.study.is_none() {
            break;
        }
        person.model.now = person.model.now.plus_minutes(1);
        person.press("alt-n");
    }
    assert!(person.model.study.is_none(), "{}", person.screen());
    assert_eq!(person.model.next_tick(), None);
    // Without a minute nothing is begun.
    let person = Person::in_folder(tempfile::tempdir().expect("a folder"), noon(), Start::Study(0));
    assert!(person.model.study.is_none());
}

#[test]
fn cards_of_a_timed_session_end_in_time() {
    let mut person = Person::settled();
    person.with_states(200, late(3));
    person.press("t 1 0 enter");
    let mut minutes = 0;
    while person.card().is_some() {
        person.model.now = person.model.now.plus_minutes(1);
        minutes += 1;
        person.answer(Grade::Good);
        assert!(minutes <= 10, "longer than there was time");
    }
    person.sees("Next:");
}

#[test]
fn a_backlog_is_spread_or_left_as_one_likes() {
    let mut person = Person::settled();
    person.with_states(200, late(20));
    person.press("alt-1");
    person.sees("200 overdue:");
    person.sees("most at risk first");
    // As many days as one likes: what that comes to is said before it is taken.
    person.press("o");
    person.sees("200 overdue:");
    person.press("enter");
    let per_day = person.model.learned.aims.eased(noon().study_day()).expect("it was chosen") as usize;
    assert!(per_day > 10 && per_day < 200);
    person.with_states(200, late(20));
    let waiting = app::today::Today::of(&person.model).waiting;
    assert!(waiting <= per_day + 12, "{waiting} of {per_day}, and new ones");
    person.sees_not("200 overdue");
    person.sees("The backlog is spread:");
    person.press("o");
    person.with_states(200, late(20));
    person.sees("200 overdue:");
    person.press("o l l l enter");
    let fewer = person.model.learned.aims.eased(noon().study_day()).expect("it was chosen") as usize;
    assert!(fewer < per_day, "{fewer} a day over more days than {per_day}");
    person.press("o");
    person.with_states(200, late(20));
    person.press("O");
    person.with_states(200, late(20));
    person.sees_not("200 overdue");
    assert!(app::today::Today::of(&person.model).waiting >= 200);
}

#[test]
fn a_summary_teaches() {
    let mut person = Person::settled();
    person.with_states(3, late(1));
    person.press("alt-4 enter");
    let first = person.card().expect("a card");
    person.answer(Grade::Again);
    person.answer(Grade::Good);
    while person.model.drill.session.as_ref().is_some_and(|running| running.summary.is_none()) {
        person.press("alt-q esc");
    }
    person.sees("Of cards learned before: 1 of 2 recalled (50%)");
    person.sees("foreseen");
    person.sees("Missed, and where to read");
    let topic = person.model.library.card(&first).expect("a card").topic.clone();
    let written = person.model.library.topic(&topic).is_some_and(|topic| topic.page.is_some());
    person.press("enter");
    assert_eq!(person.model.reader.open.is_some(), written);
}

#[test]
fn a_leech_is_mentioned_with_what_to_do() {
    let mut person = Person::settled();
    person.with_states(1, CardState { lapses: 7, ..late(1) });
    person.press("alt-4 enter");
    person.answer(Grade::Again);
    person.sees("A leech: forgotten 8 times.");
    person.press("alt-4");
    while person.model.drill.session.is_some() {
        person.press("esc");
    }
    // The store of this person never heard of the seven before.
    person.with_states(1, CardState { lapses: 8, ..late(0) });
    person.press("s");
    person.sees("leech, missed 8 times");
}

#[test]
fn a_clock_that_was_set_back_plans_no_backwards() {
    let mut person = Person::new();
    person.press("c a a a");
    person.model.now = Moment { utc_millis: noon().utc_millis - 40 * 86_400_000, ..noon() };
    person.reload();
    person.sees("Interview in 61 days");
    person.model.now = Moment { utc_millis: noon().utc_millis + 21 * 86_400_000, ..noon() };
    person.reload();
    person.sees("The interview is today");
}

#[test]
fn another_copy_that_fits_is_noticed() {
    let mut person = Person::settled();
    let usual = person.model.schedulers.usual().rules().parameters.clone();
    let other: Vec<f32> = usual.iter().map(|parameter| parameter * 1.01).collect();
    person.store.set_own_parameters(Some(&other), noon()).expect("kept");
    person.reload();
    assert_ne!(person.model.schedulers.usual().rules().parameters, usual);
    person.store.set_own_parameters(None, noon()).expect("kept");
    person.reload();
    assert_eq!(person.model.schedulers.usual().rules().parameters, usual);
}

/// With a date a session has what the plan has in mind for the day, in its order, and no more.
#[test]
fn the_plan_says_what_a_session_asks() {
    let mut person = Person::settled();
    let day = |days: u32| (noon().study_day() + days).to_string();
    person.store.set_note("aim.date", &day(3)).expect("kept");
    person.store.set_note("aim.since", &(noon().study_day() - 30).to_string()).expect("kept");
    person.store.set_note("aim.minutes", "5").expect("kept");
    person.reload();
    // Fifty are overdue, and nine wait that will be weak on the day; five minutes hold 27 answers.
    person.with_states(50, late(3));
    let ids: Vec<String> = person.model.library.heads().map(|head| head.id.0.clone()).collect();
    let weak = CardState { phase: Phase::Review { due: noon().study_day() + 30 }, ..late(0) };
    for id in &ids[50..59] {
        person.model.learned.states.insert(id.clone(), weak);
    }
    let learned = person.model.learned.clone();
    act(&mut person.model, Action::Learned(Box::new(learned)));
    let planned = app::plan::planned(&person.model);
    let planned = planned.as_ref().as_ref().expect("a plan");
    let today = planned.plan.today.clone();
    let mut wanted: Vec<String> = [&today.review, &today.last_look, &today.new]
        .into_iter()
        .flat_map(|numbers| planned.named(numbers).map(str::to_string))
        .collect();
    assert!(today.review.len() < 30 && today.review.len() > 5, "{}", today.review.len());
    let due = app::drill::due(&person.model);
    let queue = due.queue(&person.model);
    let mut asked: Vec<String> = queue.order().map(|index| due.heads[index].id.0.clone()).collect();
    wanted.sort();
    asked.sort();
    assert_eq!(asked, wanted);
    // The session has the same, what is due before what is looked at early.
    person.press("enter");
    let running = person.model.drill.session.as_ref().expect("a session");
    assert_eq!(running.session.remaining(), wanted.len());
    let early: Vec<&str> = planned.named(&today.last_look).collect();
    let first = person.card().expect("a card");
    assert!(!early.contains(&first.as_str()) || today.review.is_empty());
}
