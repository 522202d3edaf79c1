//! Decks in and out: the files of Anki, tables, plain Markdown, and our own JSON.
//!
//! What comes in becomes what the program has itself: decks whose cards have ids that stay the same when the file is
//! taken in again, and reviews as the log has them. So nothing downstream knows where a card came from. All of it
//! is a function from bytes to values: who calls it writes the deck files and saves the reviews.
//!
//! A file from elsewhere is not trusted. What is unpacked is bounded while it is unpacked, no path in an archive is
//! ever opened, what is damaged is reported with its place while the rest comes through, and HTML becomes Markdown
//! in which nothing can run.

mod anki;
mod decks;
mod error;
mod face;
mod form;
pub mod html;
mod join;
mod json;
mod loss;
mod names;
mod outgoing;
mod plain;
mod table;

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

pub use error::ExchangeError;
pub use form::Form;
pub use join::Known;
pub use loss::{Fate, Loss};
pub use names::{anki_id, slug};
pub use outgoing::{Outgoing, export};

use crate::deck::Deck;
use crate::memory::{Moment, Review, Rules, StudyDay};

/// The most that a text file may have, in bytes.
const LARGEST_TEXT: u64 = 256 << 20;

/// The largest collection that is unpacked, in bytes. One of 100,000 notes with a million answers has about 200 MB.
pub const MOST_UNPACKED: u64 = 1 << 30;

/// What a file brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The decks, by their names. Their cards' ids are the same each time.
    pub decks: Vec<Deck>,
    /// What was answered, in the order of time for each card. Ids are made of the source's: the same answer has the same id each time.
    pub reviews: Vec<Review>,
    /// Cards that were set aside or marked.
    pub marks: Vec<Mark>,
    /// Names of media that the cards refer to. The files themselves stay where they are.
    pub media: Vec<String>,
    /// What of note types could not be taken over as it was, with how many cards.
    pub losses: Vec<Loss>,
    /// What else could not be taken over, or not as it was, each with its place.
    pub notes: Vec<Note>,
}

/// A card that is set aside or marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The card, by its id.
    pub card: String,
    /// It is not to be asked.
    pub suspended: bool,
    /// It is not to be asked before this day.
    pub buried_until: Option<StudyDay>,
    /// It is to be looked at later.
    pub flagged: bool,
}

/// Something that whoever imports should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where: `cards.csv:12`, `note 1795350933399`.
    pub place: String,
    /// What.
    pub message: String,
}

impl Note {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Note {
        Note { place: place.into(), message: message.into() }
    }
}

/// What an import goes by beside the file.
#[derive(Clone, Debug)]
pub struct Context {
    /// The present moment, by the learner's clock. Days of the source are days of this clock.
    pub now: Moment,
    /// How the learner's cards are scheduled: by this the memory is computed where the source does not say it.
    pub rules: Arc<Rules>,
    /// The most that a collection may have once it is unpacked, in bytes: [`MOST_UNPACKED`].
    pub most_unpacked: u64,
}

/// Reads a file of any form that is known. `name` is the file's name without folders: it says the form where the content
/// does not, and names the deck where nothing else does.
///
/// # Errors
/// Where the form is not known, or nothing in the file can be used. What is wrong with single cards is told in
/// [`Imported::notes`].
pub fn import<S: Read + Seek>(
    name: &str,
    mut source: S,
    context: &Context,
) -> Result<Imported, ExchangeError> {
    let mut start = Vec::new();
    source.by_ref().take(4096).read_to_end(&mut start)?;
    source.seek(SeekFrom::Start(0))?;
    let imported = match form::of(name, &start)? {
        Form::Package => anki::import(source, context)?,
        form => {
            let text = text_of(source)?;
            match form {
                Form::AnkiText => anki::import_text(name, &text, context)?,
                Form::Json => json::import(name, &text, context)?,
                Form::Markdown => plain::import(name, &text),
                Form::Csv | Form::Package => table::import(name, &text)?,
            }
        }
    };
    if imported.decks.iter().all(|deck| deck.cards.is_empty()) && imported.reviews.is_empty() {
        let loss = imported.losses.first().map(|loss| format!(": {loss}"));
        let note = imported.notes.first().map(|note| format!(": {}: {}", note.place, note.message));
        let first = loss.or(note);
        return Err(ExchangeError::Empty(first.unwrap_or_default()));
    }
    Ok(imported)
}

/// The text of a file: UTF-8, or UTF-16 where it begins with its mark.
fn text_of(mut source: impl Read) -> Result<String, ExchangeError> {
    let mut bytes = Vec::new();
    source.by_ref().take(LARGEST_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_TEXT {
        return Err(ExchangeError::TooLarge { what: "the file".to_string(), megabytes: LARGEST_TEXT >> 20 });
    }
    let units = |from: fn([u8; 2]) -> u16| -> String {
        let pairs = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        char::decode_utf16(pairs).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    Ok(match bytes.as_slice() {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    })
}
