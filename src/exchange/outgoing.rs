//! What goes out, and in which form.

use std::collections::HashMap;

use super::{ExchangeError, Form, Mark, anki, json, table};
use crate::deck::Deck;
use crate::memory::{CardState, Moment, Review};

/// What is exported: decks, and of their cards what the learner did.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The decks.
    pub decks: Vec<Deck>,
    /// Where cards stand, by id; those that are missing are new.
    pub states: HashMap<String, CardState>,
    /// Cards that are set aside or marked, by id.
    pub marks: HashMap<String, Mark>,
    /// All that was answered and not taken back, in the order of time for each card.
    pub reviews: Vec<Review>,
    /// The present moment.
    pub now: Moment,
    /// The retention that the learner wishes for, 0.70 to 0.99.
    pub retention: f64,
}

/// The file. Anki's text and CSV hold the cards (CSV also where they stand); the package and JSON hold all.
///
/// # Errors
/// Where a package cannot be made.
pub fn export(form: Form, outgoing: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    match form {
        Form::Package => anki::export(outgoing),
        Form::AnkiText => Ok(anki::export_text(outgoing).into_bytes()),
        Form::Csv => table::export(outgoing),
        Form::Json => Ok(json::export(outgoing).into_bytes()),
        Form::Markdown => Err(ExchangeError::Unwritable("Markdown is read and not written".to_string())),
    }
}
