//! `sysdrill deck`: what cards there are, and new ones; cards in and out.

mod check;
mod export;
mod import;
mod new;
mod show;

use serde_json::json;

use super::args::{Deck, DeckVerb};
use super::place::Place;
use super::{Failure, print, print_json};

/// Lists decks, shows, checks, or adds to one; takes cards in and gives them out.
pub(super) fn run(place: &Place, verb: &Deck) -> Result<(), Failure> {
    match &verb.what {
        DeckVerb::List(list) => {
            let library = place.library();
            if list.json {
                let decks: Vec<_> = library
                    .decks
                    .iter()
                    .map(|deck| json!({ "topic": deck.topic, "title": deck.title, "cards": deck.len(), "file": deck.file }))
                    .collect();
                return print_json(&json!(decks));
            }
            for deck in &library.decks {
                print(&format!("{:4} cards  {:24} {}", deck.len(), deck.topic, deck.title))?;
            }
            Ok(())
        }
        DeckVerb::Show { topic, json } => show::run(place, topic, *json),
        DeckVerb::New(new) => new::run(place, new),
        DeckVerb::Check { files, json } => check::run(files, *json),
        DeckVerb::Import(verb) => import::run(place, &place.library(), verb),
        DeckVerb::Export(verb) => export::run(place, &place.library(), verb),
    }
}
