//! `sysdrill drill`: a session on the screen, or line by line for screen readers and pipes.

mod plain;

use std::io::{self, BufRead, IsTerminal};

use plain::Outcome;

use super::args::Drill;
use super::place::{self, Clock, Place};
use super::{Failure, print, screen, tell, usage};
use crate::app::Start;
use crate::app::learned::Learned;
use crate::drill::{Asked, Limits, Session};
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
            let start = Start::Drill { topics: verb.topic.clone(), limit: verb.limit, cram: verb.cram };
            return screen::drill(place, start);
        }
        return usage("there is no terminal to drill on: add --plain to answer line by line");
    }
    place.tell_problems();
    match library.problems.len() {
        0 => {}
        1 => tell("1 problem in your files leaves something out: `sysdrill check` shows it"),
        count => {
            tell(&format!("{count} problems in your files leave something out: `sysdrill check` shows them"))
        }
    }
    line_by_line(place, &library, verb)
}

fn line_by_line(place: &Place, library: &Library, verb: &Drill) -> Result<(), Failure> {
    let mut store = place.store()?;
    let clock = place.clock.running();
    let now = clock.now();
    let learned = Learned::read(&store, now)?;
    let cards = learned.session_cards(library, &verb.topic);
    let left = learned.new_left(place.settings.drill.new_per_day);
    let limits = Limits {
        new: if verb.topic.is_empty() { left } else { usize::MAX },
        cards: verb.limit.unwrap_or(usize::MAX),
        cram: verb.cram,
        seconds_a_card: learned.seconds_a_card,
    };
    let mut session = Session::new(cards, place.scheduler()?, now, store.fresh_seed()?, limits);
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
