//! Anki's files: packages of all three formats, and notes as text.
//!
//! What the files are made of is known from Anki's own source (`rslib/src/import_export`, `proto/anki`) and from
//! packages that Anki wrote; `tests/exchange.rs` holds ours against Anki itself.

mod cloze;
mod collection;
mod faces;
mod history;
mod package;
mod proto;
mod stock;
mod text;
mod write;

use std::io::{Read, Seek};
use std::sync::Arc;

use super::decks::Decks;
use super::loss::{Fate, Losses, is_only_media};
use super::names::{anki_id, ours};
use super::{Context, ExchangeError, Imported, Mark, Note};
use crate::memory::Scheduler;
use collection::{CardRow, Collection, NoteRow};
use faces::Refused;
use history::Calendar;

pub(super) use text::{export as export_text, import as import_text};
pub(super) use write::export;

/// Reads a package, or a bare collection.
///
/// # Errors
/// Where nothing in it can be used.
pub(super) fn import<S: Read + Seek>(source: S, context: &Context) -> Result<Imported, ExchangeError> {
    let package = package::open(source, context.most_unpacked)?;
    let mut collection = collection::read(package.collection, context.now)?;
    // Rules that cannot be followed are not the file's fault: the default stands in for what they compute.
    let scheduler = Scheduler::new((*context.rules).clone()).unwrap_or_default();
    let rules = Arc::new(scheduler.rules().clone());
    let calendar = Calendar {
        first_day: collection.first_day,
        offset_minutes: context.now.offset_minutes,
        scheduler: &scheduler,
        rules: &rules,
    };
    let mut taking =
        Taking { context, decks: Decks::default(), imported: Imported::default(), losses: Losses::default() };
    taking.imported.notes = package.notes;
    taking.imported.notes.append(&mut collection.problems);
    let notes = std::mem::take(&mut collection.notes);
    for note in &notes {
        taking.note(note, &mut collection, &calendar);
    }
    if !collection.cards.is_empty() {
        let count: usize = collection.cards.values().map(Vec::len).sum();
        taking
            .imported
            .notes
            .push(Note::new("cards", format!("{count} cards have no note: they are left out")));
    }
    let mut imported = taking.imported;
    imported.decks = taking.decks.finish();
    imported.losses = taking.losses.finish();
    imported.media.extend(package.media);
    imported.media.sort();
    imported.media.dedup();
    Ok(imported)
}

struct Taking<'a> {
    context: &'a Context,
    decks: Decks,
    imported: Imported,
    losses: Losses,
}

impl Taking<'_> {
    fn note(&mut self, note: &NoteRow, collection: &mut Collection, calendar: &Calendar<'_>) {
        let place = || format!("note {}", note.id);
        let cards = collection.cards.remove(&note.id).unwrap_or_default();
        let Some(notetype) = collection.notetypes.get(&note.notetype) else {
            let message = format!("its note type {} is missing: it is left out", note.notetype);
            return self.imported.notes.push(Note::new(place(), message));
        };
        if cards.is_empty() {
            return self.imported.notes.push(Note::new(place(), "it has no cards"));
        }
        for card in &cards {
            let face = match faces::face(notetype, &note.fields, card.ord, &mut self.imported.media) {
                Ok(face) => face,
                Err(Refused::As(fate)) => {
                    self.losses.add(&notetype.name, fate, note.id);
                    continue;
                }
                Err(Refused::Odd(why)) => {
                    self.imported.notes.push(Note::new(place(), format!("card {}: {why}", card.ord + 1)));
                    continue;
                }
            };
            if is_only_media(&face.question) {
                self.losses.add(&notetype.name, Fate::OnlyMedia, note.id);
            } else if !is_stock(&notetype.name) {
                self.losses.add(&notetype.name, Fate::AsItLooks, note.id);
            }
            let name = match collection.decks.get(&card.deck) {
                Some(name) => name,
                None => "Imported",
            };
            let (deck, id) = match ours(&note.guid) {
                Some((topic, id)) => (self.decks.with_topic(topic, name), id.to_string()),
                None => (self.decks.named(name), anki_id(&note.guid, card.ord)),
            };
            let Some(id) = deck.add(id, face) else {
                self.imported.notes.push(Note::new(place(), "another card has its name: it is left out"));
                continue;
            };
            let answers = collection.answers.remove(&card.id).unwrap_or_default();
            self.imported.reviews.extend(calendar.reviews(&id, card, &answers));
            self.imported.marks.extend(self.mark(id, note, card));
        }
    }

    fn mark(&self, id: String, note: &NoteRow, card: &CardRow) -> Option<Mark> {
        let marked = note.tags.split_whitespace().any(|tag| tag.eq_ignore_ascii_case("marked"));
        let mark = Mark {
            card: id,
            suspended: card.queue == -1,
            // Anki's buried cards come back when the day turns.
            buried_until: matches!(card.queue, -2 | -3).then(|| self.context.now.study_day() + 1),
            flagged: card.flags & 7 != 0 || marked,
        };
        (mark.suspended || mark.buried_until.is_some() || mark.flagged).then_some(mark)
    }
}

/// Whether a note type is one that Anki brings with it, by its English name.
fn is_stock(name: &str) -> bool {
    let name = name.split_once('-').map_or(name, |(name, _)| name).trim_end_matches('+');
    ["Basic", "Cloze"].iter().any(|stock| name == *stock || name.starts_with(&format!("{stock} (")))
}
