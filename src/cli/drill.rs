//! `sysdrill drill`: a session on the screen, or line by line for screen readers and pipes.

use std::io::{self, BufRead, IsTerminal, Write};

use super::args::{self, Drill, Study};
use super::place::{self, Clock, Place};
use super::{Failure, print, screen, usage};
use crate::app::{ChosenCards, QuizCards, Start};
use crate::app::asking::unit_name;
use crate::app::learned::Learned;
use crate::deck::{self, Kind};
use crate::doc;
use crate::drill::{self, Filter, Answer, Asked, Limits, Session, Variant, Verdict, judge, parse_bet};
use crate::library::Library;
use crate::memory::Grade;
use crate::store::Store;

/// The width of what is printed.
const WIDTH: u16 = 80;

/// Answers what is due, or the decks of some topics.
pub(super) fn run(place: &Place, verb: &Drill) -> Result<(), Failure> {
    let library = place.library();
    for name in &verb.topic {
        let topic = place::topic(&library, name)?;
        if library.deck(&topic.slug).is_none() {
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
    plain(place, &library, verb)
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

fn plain(place: &Place, library: &Library, verb: &Drill) -> Result<(), Failure> {
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
    let mut session = Session::new(cards, place.schedulers()?, now, store.fresh_seed()?, limits);
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
    print(&format!("\n{}", text(&asked.question)))?;
    if let (Variant::Pick { order, .. }, Kind::Choice { options }) = (&asked.variant, &asked.card.kind) {
        for (place, &option) in order.iter().enumerate() {
            let letter = char::from(b'a' + u8::try_from(place).unwrap_or(25));
            print(&format!("  {letter}  {}", options.get(option).map_or(String::new(), |o| text(&o.text))))?;
        }
    }
    let prompt = match &asked.variant {
        Variant::Bet(bet) => {
            format!("your bet, in {} (q quits, u takes the last answer back): ", unit_name(bet.unit))
        }
        Variant::Pick { many: true, .. } => "letters (q quits, u takes the last answer back): ".to_string(),
        Variant::Pick { .. } => "letter (q quits, u takes the last answer back): ".to_string(),
        _ => "Enter shows the answer (q quits, u takes the last answer back): ".to_string(),
    };
    let answer = loop {
        let Some(line) = ask(&prompt, input)? else { return Ok(false) };
        match line.as_str() {
            // Letters of options go before commands, except these two, which no option uses in practice.
            "q" | "quit" => return Ok(false),
            "u" | "undo" => {
                if session.undo().is_some() {
                    let undone = store.undo_last(clock.now())?;
                    print(&format!("taken back: {}", undone.map_or(String::new(), |undone| undone.card)))?;
                    return Ok(true);
                }
                print("there is nothing to take back")?;
            }
            line => match read_answer(asked, line) {
                Ok(answer) => break answer,
                Err(why) => print(&why)?,
            },
        }
    };
    let verdict = judge(asked, &answer);
    tell_verdict(asked, &verdict)?;
    let prompt = format!("grade: 1 again, 2 hard, 3 good, 4 easy; Enter is {}: ", verdict.suggested.name());
    let grade = loop {
        let Some(line) = ask(&prompt, input)? else { return Ok(false) };
        match line.as_str() {
            "" => break verdict.suggested,
            "q" | "quit" => return Ok(false),
            line => match line.parse::<Grade>() {
                Ok(grade) => break grade,
                Err(why) => print(&why.to_string())?,
            },
        }
    };
    let now = clock.now();
    if let Some(review) = session.grade(grade, &answer, now, now.millis_since(started)) {
        let state = store.save_review(&review)?;
        let interval =
            state.interval().map_or_else(String::new, |interval| format!(", due again in {interval}"));
        print(&format!("saved: {}{interval}", grade.name()))?;
    }
    Ok(true)
}

fn read_answer(asked: &Asked, line: &str) -> Result<Answer, String> {
    match &asked.variant {
        Variant::Bet(bet) => parse_bet(line, bet.unit).map(Answer::Bet).map_err(|why| why.to_string()),
        Variant::Pick { order, .. } => {
            let letters = line.chars().filter(|c| !c.is_whitespace() && *c != ',');
            let places: Option<Vec<usize>> = letters
                .map(|c| {
                    (c.to_ascii_lowercase() as usize)
                        .checked_sub(usize::from(b'a'))
                        .filter(|&p| p < order.len())
                })
                .collect();
            match places.filter(|places| !places.is_empty()) {
                Some(places) => Ok(Answer::Picked(places)),
                None => Err(format!(
                    "answer with letters from a to {}",
                    char::from(b'a' + u8::try_from(order.len().max(1) - 1).unwrap_or(0))
                )),
            }
        }
        _ => Ok(Answer::Shown),
    }
}

fn tell_verdict(asked: &Asked, verdict: &Verdict) -> Result<(), Failure> {
    match &asked.card.kind {
        _ if verdict.right.is_none() => print(&text(&deck::back(&asked.card)))?,
        Kind::Choice { options } => {
            print(if verdict.right == Some(true) { "right" } else { "wrong" })?;
            for mark in &verdict.marks {
                let letter = options.get(mark.option).map_or(String::new(), |option| text(&option.text));
                let sign = if mark.right { "right:" } else { "wrong:" };
                print(&format!("  {sign} {letter}"))?;
                if !mark.right && !mark.why.is_empty() {
                    print(&format!("         {}", text(&mark.why)))?;
                }
            }
        }
        Kind::Predict { .. } => {
            let off = verdict.off_by.as_ref().map_or_else(String::new, |off| format!(", {off}"));
            print(&format!("the run: {}{off}", verdict.shown.as_deref().unwrap_or("-")))?;
        }
        _ => {}
    }
    if !asked.card.why.trim().is_empty() {
        print(&text(&asked.card.why))?;
    }
    Ok(())
}

/// A line of input without white space around it; nothing at its end.
fn ask(prompt: &str, input: &mut impl BufRead) -> Result<Option<String>, Failure> {
    let mut out = io::stdout().lock();
    write!(out, "{}", super::shown(prompt))?;
    out.flush()?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        writeln!(out)?;
        return Ok(None);
    }
    if !io::stdin().is_terminal() {
        writeln!(out)?;
    }
    Ok(Some(line.trim().to_string()))
}

fn text(markdown: &str) -> String {
    doc::plain(&doc::parse(markdown), WIDTH, false).trim_end().to_string()
}
