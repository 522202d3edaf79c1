//! `sysdrill deck import`: cards from elsewhere become decks of one's own, with what was answered there.
//!
//! A deck is a file under `decks/imported`. Taking a file in again updates the cards in it and leaves those that it
//! does not have; the learner's weights and hints on them stay. Cards that stand in another deck already (they
//! went out from here) are left as they are there: only their history is taken.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::super::args::DeckImport;
use super::super::place::Place;
use super::super::{Failure, complain, print, print_json, tell};
use crate::deck::{self, Card, Deck, Weight};
use crate::exchange::{self, Imported, Known, Mark};
use crate::library::Library;
use crate::store::{Event, Store};

/// How many notes are printed; `--json` has all.
const SHOWN: usize = 20;

/// What an import did to a deck.
struct Done {
    deck: Deck,
    path: PathBuf,
    new: usize,
    changed: usize,
    /// Cards that another deck has.
    elsewhere: usize,
}

/// Takes a file in.
pub(super) fn run(place: &Place, library: &Library, verb: &DeckImport) -> Result<(), Failure> {
    place.tell_problems();
    let shown = verb.file.display();
    let file = File::open(&verb.file).with_context(|| format!("{shown} cannot be opened"))?;
    if !file.metadata()?.is_file() {
        return Err(anyhow!("{shown} is no file").into());
    }
    let name = verb.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let context = exchange::Context {
        now: place.clock.now(),
        rules: Arc::new(place.schedulers(place.store_if_any()?.as_ref())?.usual().rules().clone()),
        most_unpacked: exchange::MOST_UNPACKED,
    };
    let imported =
        exchange::import(&name, BufReader::new(file), &context).with_context(|| shown.to_string())?;
    let mut imported = imported;
    if verb.no_history {
        imported.reviews.clear();
        imported.marks.clear();
    }
    let mut done = Vec::new();
    for deck in std::mem::take(&mut imported.decks) {
        done.push(lay_over(place, library, deck)?);
    }
    let all = imported.reviews.len();
    let mut added = 0;
    if !verb.dry_run {
        // The log first: an import that is cut short between the two is made whole by the next one, to which the
        // cards are still new.
        let marks = marks(&imported, &done);
        if !imported.reviews.is_empty() || !marks.is_empty() {
            let mut store = place.store()?;
            imported.join(&known(&store, &imported)?);
            added = store.import_with_marks(&imported.reviews, &marks, context.now)?;
        }
        for done in done.iter().filter(|done| done.new + done.changed > 0) {
            write(&done.path, &done.deck)?;
        }
    }
    report(verb, &imported, &done, (all, added))
}

/// What sets cards aside or marks them, as the log has it: that of new cards only, since the learner may have changed the others here.
fn marks(imported: &Imported, done: &[Done]) -> Vec<(String, Event)> {
    let new: HashSet<&str> = new_cards(done).collect();
    let events = |mark: &Mark| {
        let bury = mark.buried_until.map(|until| Event::Bury { until });
        let suspend = mark.suspended.then_some(Event::Suspend);
        let flag = mark.flagged.then_some(Event::Flag);
        suspend
            .into_iter()
            .chain(bury)
            .chain(flag)
            .map(|event| (mark.card.clone(), event))
            .collect::<Vec<_>>()
    };
    let marks = imported.marks.iter().filter(|mark| new.contains(mark.card.as_str()));
    marks.flat_map(events).collect()
}

/// The deck as it will stand on disk: what is there, with the imported cards over it.
fn lay_over(place: &Place, library: &Library, imported: Deck) -> Result<Done, Failure> {
    let path = place.paths.data.join("decks").join("imported").join(format!("{}.toml", imported.topic));
    let mut deck = Deck { cards: Vec::new(), file: path.display().to_string(), ..imported };
    match fs::read_to_string(&path) {
        Ok(text) => {
            let (there, problems) = deck::parse(&deck.file, &text);
            if let Some(problem) = problems.first() {
                complain(&problem.to_string());
                let message =
                    format!("{} has mistakes: mend it or move it away, then import again", deck.file);
                return Err(anyhow!(message).into());
            }
            deck.cards = there.cards;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(anyhow!("{} cannot be read: {error}", deck.file).into()),
    }
    let mut places: HashMap<String, usize> =
        deck.cards.iter().enumerate().map(|(at, card)| (card.id.0.clone(), at)).collect();
    let mut done = Done { deck, path, new: 0, changed: 0, elsewhere: 0 };
    for card in imported.cards {
        match places.get(&card.id.0) {
            Some(&at) => {
                let card = updated(&done.deck.cards[at], card);
                done.changed += usize::from(done.deck.cards[at] != card);
                done.deck.cards[at] = card;
            }
            None if library.card_place(&card.id.0).is_some() => done.elsewhere += 1,
            None => {
                places.insert(card.id.0.clone(), done.deck.cards.len());
                done.deck.cards.push(card);
                done.new += 1;
            }
        }
    }
    Ok(done)
}

/// The card as imported, with what the learner has added to it here.
fn updated(there: &Card, mut card: Card) -> Card {
    card.line = there.line;
    if card.weight == Weight::default() {
        card.weight = there.weight;
    }
    if card.hints.is_empty() {
        card.hints.clone_from(&there.hints);
    }
    if card.why.is_empty() {
        card.why.clone_from(&there.why);
    }
    card.see = card.see.or_else(|| there.see.clone());
    card
}

fn new_cards(done: &[Done]) -> impl Iterator<Item = &str> {
    // New cards come last, in the order of the file.
    done.iter().flat_map(|done| {
        let first = done.deck.cards.len() - done.new;
        done.deck.cards[first..].iter().map(|card| card.id.0.as_str())
    })
}

/// Writes a deck beside its place and moves it there, so that no half of it is ever read.
fn write(path: &Path, deck: &Deck) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let cannot = || format!("{} cannot be written", path.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let beside = path.with_extension("toml.new");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(deck::write(deck).as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(written.with_context(cannot)?)
}

/// What the store knows of the cards that have reviews in the import.
fn known(store: &Store, imported: &Imported) -> Result<HashMap<String, Known>, Failure> {
    let states = store.states()?;
    let mut known: HashMap<String, Known> = HashMap::new();
    for review in &imported.reviews {
        if known.contains_key(&review.card) || !states.contains_key(&review.card) {
            continue;
        }
        let log = store.log(Some(&review.card))?.into_iter();
        let reviews = log.filter_map(|entry| match entry.event {
            Event::Review(review) => Some(*review),
            _ => None,
        });
        let state = states.get(&review.card).map(|standing| standing.state).unwrap_or_default();
        known.insert(review.card.clone(), Known { reviews: reviews.collect(), state });
    }
    Ok(known)
}

fn report(
    verb: &DeckImport,
    imported: &Imported,
    done: &[Done],
    (all, added): (usize, u64),
) -> Result<(), Failure> {
    if verb.json {
        let decks: Vec<_> = done
            .iter()
            .map(|done| {
                json!({
                    "topic": done.deck.topic, "title": done.deck.title, "file": done.deck.file, "cards": done.deck.cards.len(),
                    "new": done.new, "changed": done.changed, "elsewhere": done.elsewhere,
                })
            })
            .collect();
        let losses = imported.losses.iter().map(|loss| {
            json!({
                "note_type": loss.notetype, "cards": loss.cards, "notes": loss.notes, "left_out": loss.fate.is_left_out(),
                "why": loss.fate.words(),
            })
        });
        let notes = imported.notes.iter().map(|note| json!({ "place": note.place, "message": note.message }));
        return print_json(&json!({
            "decks": decks, "answers": all, "new_answers": added, "marks": imported.marks.len(), "media": imported.media,
            "losses": losses.collect::<Vec<_>>(), "notes": notes.collect::<Vec<_>>(),
        }));
    }
    for done in done {
        let mut counts = vec![format!("{} new", done.new), format!("{} changed", done.changed)];
        counts.extend((done.elsewhere > 0).then(|| format!("{} in another deck already", done.elsewhere)));
        let Deck { title, topic, cards, .. } = &done.deck;
        print(&format!("{:5} cards  {topic}  {title}  ({})", cards.len(), counts.join(", ")))?;
    }
    if all > 0 {
        print(&format!("{all} answers, {added} of them new"))?;
    }
    if verb.dry_run {
        print("nothing was written")?;
    }
    if !imported.media.is_empty() {
        let count = imported.media.len();
        let first = imported.media.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if count > 5 { ", ..." } else { "" };
        tell(&format!("pictures and sounds are named and not copied: {count} ({first}{more})"));
    }
    for loss in &imported.losses {
        tell(&loss.to_string());
    }
    for note in imported.notes.iter().take(SHOWN) {
        tell(&format!("{}: {}", note.place, note.message));
    }
    if imported.notes.len() > SHOWN {
        tell(&format!("and {} more: --json has all of them", imported.notes.len() - SHOWN));
    }
    Ok(())
}
