//! `sysdrill deck export`: cards for Anki and for other programs, with what was answered.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::super::args::DeckExport;
use super::super::place::{self, Place};
use super::super::{Failure, tell, usage};
use crate::deck::Deck;
use crate::exchange::{self, Form, Mark, Outgoing};
use crate::library::Library;
use crate::memory::Review;
use crate::store::{Event, Store};

/// Writes the decks to a file, or to standard output.
pub(super) fn run(place: &Place, library: &Library, verb: &DeckExport) -> Result<(), Failure> {
    place.tell_problems();
    let name = verb.file.as_ref().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
    let named = verb.format.as_deref().and_then(Form::named).or_else(|| Form::of_name(&name));
    let Some(form) = named else {
        return usage(
            "in which form? Name a file that ends in .apkg, .txt, .csv or .json, or say --format apkg, anki, csv or json",
        );
    };
    if form == Form::Package && verb.file.is_none() {
        return usage("a package is no text: say which file to write");
    }
    let topics = verb.topic.iter().map(|topic| place::deck_topic(library, topic));
    let wanted: HashSet<String> = topics.collect::<Result<_, _>>()?;
    let mut outgoing = Outgoing {
        decks: Vec::new(),
        states: HashMap::new(),
        marks: HashMap::new(),
        reviews: Vec::new(),
        now: place.clock.now(),
        retention: place.settings.drill.retention,
    };
    for deck in library.decks.iter().filter(|deck| wanted.is_empty() || wanted.contains(&deck.topic)) {
        let own = format!("{}.", deck.topic);
        // Cards that are dealt from decision trees stand in no deck.
        let cards: Vec<_> = deck.cards().filter(|card| card.id.0.starts_with(&own)).cloned().collect();
        if !cards.is_empty() {
            outgoing.decks.push(Deck {
                topic: deck.topic.clone(),
                title: deck.title.clone(),
                cards,
                file: deck.file.clone(),
            });
        }
    }
    if !verb.no_history
        && let Some(store) = place.store_if_any()?
    {
        add_history(&mut outgoing, &store)?;
    }
    let bytes = exchange::export(form, &outgoing)?;
    let Some(path) = &verb.file else {
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        return Ok(out.flush()?);
    };
    write(path, &bytes)?;
    let cards: usize = outgoing.decks.iter().map(|deck| deck.cards.len()).sum();
    let decks = outgoing.decks.len();
    tell(&format!("{decks} decks, {cards} cards, {} answers: {}", outgoing.reviews.len(), path.display()));
    Ok(())
}

/// What the learner did with the cards that go out.
fn add_history(outgoing: &mut Outgoing, store: &Store) -> Result<(), Failure> {
    let cards: HashSet<&str> =
        outgoing.decks.iter().flat_map(|deck| &deck.cards).map(|card| card.id.0.as_str()).collect();
    for (card, standing) in store.states()? {
        if !cards.contains(card.as_str()) {
            continue;
        }
        let mark = Mark {
            card: card.clone(),
            suspended: standing.suspended,
            buried_until: standing.buried_until.filter(|day| *day > outgoing.now.study_day()),
            flagged: standing.flagged,
        };
        if mark.suspended || mark.flagged || mark.buried_until.is_some() {
            outgoing.marks.insert(card.clone(), mark);
        }
        outgoing.states.insert(card, standing.state);
    }
    let mut reviews: Vec<Review> = Vec::new();
    let mut undone = HashSet::new();
    for entry in store.log(None)? {
        match entry.event {
            Event::Review(review) if cards.contains(review.card.as_str()) => reviews.push(*review),
            Event::Undo { target } => {
                undone.insert(target);
            }
            _ => {}
        }
    }
    reviews.retain(|review| !undone.contains(&review.id));
    outgoing.reviews = reviews;
    Ok(())
}

/// Writes beside the file and moves it there: an export that fails leaves what was there.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let beside = path.with_file_name(name);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(written.with_context(|| format!("{} cannot be written", path.display()))?)
}
