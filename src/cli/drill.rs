//! `sysdrill drill`: a session on the screen, or line by line for screen readers and pipes.

mod plain;

use std::io::{self, BufRead, IsTerminal};

use plain::Outcome;

use super::args::{self, Drill, Study};
use super::place::{self, Clock, Place};
use super::{Failure, print, screen, tell, usage};
use crate::app::desk;
use crate::app::learned::Learned;
use crate::app::{ChosenCards, QuizCards, Start};
use crate::deck;
use crate::drill::{self, Asked, Filter, Limits, Session};
use crate::library::Library;
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
    line_by_line(place, &library, verb)
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

fn line_by_line(place: &Place, library: &Library, verb: &Drill) -> Result<(), Failure> {
    let mut store = place.store()?;
    let clock = place.clock.running();
    let now = clock.now();
    let learned = Learned::read(&store, now)?;
    let mut cards = learned.session_cards(library, &verb.topic);
    let filter = filter(verb);
    if is_chosen(verb) {
        let all: Vec<String> = library.decks.iter().map(|deck| deck.topic.clone()).collect();
        cards = learned.session_cards(library, if verb.topic.is_empty() { &all } else { &verb.topic });
        cards.retain(|(card, state)| filter.takes(&learned.facts(card, state), now));
    }
    let left = learned.new_left(place.settings.drill.new_per_day);
    let limits = Limits {
        early: !verb.cram && filter.goes_beyond_due(),
        new: if verb.topic.is_empty() && !is_chosen(verb) { left } else { usize::MAX },
        cards: verb.limit.unwrap_or(usize::MAX),
        cram: verb.cram,
        seconds_a_card: learned.seconds_a_card,
        ..Limits::default()
    };
    let ahead = desk::ahead(&learned, library, now);
    let mut session =
        Session::new(cards, place.schedulers(Some(&store))?, now, store.fresh_seed()?, limits).minding(ahead);
    if session.current().is_none() {
        print("nothing is due")?;
    }
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
        Outcome::Undo if session.undo().is_some() => {
            let undone = store.undo_last(clock.now())?;
            print(&format!("taken back: {}", undone.map_or(String::new(), |undone| undone.card)))?;
        }
        Outcome::Undo => print("there is nothing to take back")?,
        Outcome::Graded(answer, grade) => {
            let now = clock.now();
            if let Some(review) = session.grade(grade, &answer, now, now.millis_since(started)) {
                let state = store.save_review(&review)?;
                let interval = state
                    .interval()
                    .map_or_else(String::new, |interval| format!(", due again in {interval}"));
                print(&format!("saved: {}{interval}", grade.name()))?;
            }
        }
    }
    Ok(true)
}
