//! `sysdrill drill`: a session on the screen, or line by line for screen readers and pipes.

mod plain;

use std::io::{self, BufRead, IsTerminal};

use plain::{Mark, Outcome};

use super::args::{self, Drill, Study};
use super::place::{self, Clock, Place};
use super::{Failure, print, screen, tell, usage};
use crate::app::asking::LONGEST;
use crate::app::learned::Learned;
use crate::app::{self, ChosenCards, QuizCards, Start};
use crate::deck;
use crate::drill::{self, Asked, Filter, Session, TakenBack};
use crate::library::Library;
use crate::memory::ReviewKind;
use crate::store::Store;

/// Answers what is due, or the decks of some topics.
pub(super) fn run(place: &Place, verb: &Drill) -> Result<(), Failure> {
    let library = place.library();
    for name in &verb.topic {
        let topic = place::deck_topic(&library, name)?;
        if library.deck(&topic).is_none() {
            return usage(format!(
                "'{name}' has no cards yet. `sysdrill deck list` lists the decks there are."
            ));
        }
    }
    if !verb.plain {
        if io::stdout().is_terminal() && io::stdin().is_terminal() {
            return screen::drill(place, start(verb));
        }
        return usage("there is no terminal to drill on: add --plain to answer line by line");
    }
    place.tell_problems();
    match library.problems.len() {
        0 => {}
        1 => tell("1 problem in your files leaves something out: `sysdrill check` shows it"),
        count => {
            tell(&format!("{count} problems in your files leave something out: `sysdrill check` shows them"));
        }
    }
    line_by_line(place, library, verb)
}

/// A timed study session on the screen.
pub(super) fn study(place: &Place, verb: &Study) -> Result<(), Failure> {
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        return screen::drill(place, Start::Study(verb.minutes));
    }
    usage("there is no terminal to study on: `sysdrill drill --plain` asks what is due line by line")
}

/// What is asked for: a session as it comes, of chosen cards, or a quiz.
fn start(verb: &Drill) -> Start {
    let filter = filter(verb);
    if let Some(count) = verb.quiz {
        let filter = Filter { only: drill::Only::All, ..filter };
        let quiz = QuizCards {
            filter,
            count: usize::from(count),
            minutes: verb.minutes,
            seed: verb.seed,
            counts: verb.counts,
        };
        return Start::Quiz(Box::new(quiz));
    }
    if is_chosen(verb) {
        return Start::Chosen(Box::new(ChosenCards { filter, limit: verb.limit, cram: verb.cram }));
    }
    Start::Drill { topics: verb.topic.clone(), limit: verb.limit, cram: verb.cram }
}

/// Whether more than topics are chosen.
fn is_chosen(verb: &Drill) -> bool {
    !verb.weight.is_empty() || !verb.kind.is_empty() || verb.only.is_some()
}

fn filter(verb: &Drill) -> Filter {
    let weights = verb.weight.iter().map(|weight| match weight {
        args::Weight::Core => deck::Weight::Core,
        args::Weight::Standard => deck::Weight::Standard,
        args::Weight::Deep => deck::Weight::Deep,
    });
    let only = match verb.only {
        None if verb.cram => drill::Only::All,
        None | Some(args::Only::Due) => drill::Only::Due,
        Some(args::Only::New) => drill::Only::New,
        Some(args::Only::Missed) => drill::Only::Missed,
        Some(args::Only::Flagged) => drill::Only::Flagged,
        Some(args::Only::Leeches) => drill::Only::Leeches,
        Some(args::Only::All) => drill::Only::All,
    };
    Filter { topics: verb.topic.clone(), weights: weights.collect(), kinds: verb.kind.clone(), only }
}

fn line_by_line(place: &Place, library: Library, verb: &Drill) -> Result<(), Failure> {
    let mut store = place.store()?;
    let mut model = place.model(library, Learned::read(&store, place.clock.now())?)?;
    model.seed = store.fresh_seed()?;
    // The session is the one that the screen would have.
    app::start(&mut model, start(verb));
    let clock = place.clock.running();
    let Some(running) = model.drill.session.take() else {
        let said = model.notice.filter(|_| is_chosen(verb)).map(|notice| notice.text);
        return print(said.as_deref().unwrap_or("nothing is due"));
    };
    let mut session = running.session;
    let mut input = io::stdin().lock();
    while let Some(asked) = session.current().cloned() {
        if !one(&clock, &mut session, &asked, &mut store, &mut input)? {
            break;
        }
    }
    let summary = session.summary();
    if summary.answered > 0 {
        print(&format!("{} answered, {} recalled", summary.answered, summary.right))?;
    }
    for missed in &summary.missed {
        let see = missed.see.as_ref().map_or_else(String::new, |see| format!("#{see}"));
        print(&format!("missed: {}; read {}{see}", plain::line_of(&missed.question), missed.topic))?;
    }
    Ok(())
}

/// Asks one card. Returns whether the session goes on.
fn one(
    clock: &Clock,
    session: &mut Session,
    asked: &Asked,
    store: &mut Store,
    input: &mut impl BufRead,
) -> Result<bool, Failure> {
    let started = clock.now();
    match plain::ask(asked, input)? {
        Outcome::Quit => return Ok(false),
        Outcome::Undo => take_back(clock, session, store)?,
        Outcome::Mark(mark) => set_mark(clock, session, store, mark)?,
        Outcome::Graded(answer, grade) => {
            let now = clock.now();
            let took = now.millis_since(started).min(LONGEST);
            if let Some(review) = session.grade(grade, &answer, now, took) {
                let state = store.save_review(&review)?;
                let due = match review.kind {
                    ReviewKind::Practice => ", practice".to_string(),
                    ReviewKind::Scheduled => state
                        .interval()
                        .map_or_else(String::new, |interval| format!(", due again in {interval}")),
                };
                print(&format!("saved: {}{due}", grade.name()))?;
            }
        }
    }
    Ok(true)
}

/// Takes back the last step of the session, and nothing that another program has done since.
fn take_back(clock: &Clock, session: &mut Session, store: &mut Store) -> Result<(), Failure> {
    let now = clock.now();
    let card = match session.undo() {
        None => return print("there is nothing to take back"),
        Some(TakenBack::Review(review)) => {
            store.undo_review(&review.id, now)?;
            review.card
        }
        Some(TakenBack::SetAside(card)) => {
            store.undo_set_aside(&card.0, now)?;
            card.0
        }
        Some(TakenBack::Flagged(card)) => {
            store.undo_flag(&card.0, now)?;
            card.0
        }
        // No card is edited here.
        Some(TakenBack::Edited(card)) => card.id.0,
    };
    print(&format!("taken back: {card}"))
}

/// Marks the card on the table, or takes it out of the session.
fn set_mark(clock: &Clock, session: &mut Session, store: &mut Store, mark: Mark) -> Result<(), Failure> {
    let now = clock.now();
    let Some(card) = session.current().map(|asked| asked.card.id.clone()) else { return Ok(()) };
    let said = match mark {
        Mark::Flag => {
            let on = !store.state(&card.0)?.flagged;
            store.flag(&card.0, on, now)?;
            session.flagged(&card);
            if on { "saved: flagged" } else { "saved: the flag is off" }
        }
        Mark::Bury => {
            store.bury(&card.0, now.study_day() + 1, now)?;
            session.set_aside(now);
            "saved: not today"
        }
        Mark::Suspend => {
            store.suspend(&card.0, now)?;
            session.set_aside(now);
            "saved: suspended"
        }
    };
    print(said)
}
