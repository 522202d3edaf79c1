//! `sysdrill deck`: what cards there are.

use serde_json::json;

use super::args::{Deck, DeckVerb};
use super::place::{self, Place};
use super::{Failure, print, print_json};

/// Lists decks or shows one.
pub(super) fn run(place: &Place, verb: &Deck) -> Result<(), Failure> {
    let library = place.library();
    match &verb.what {
        DeckVerb::List(list) => {
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
        DeckVerb::Show { topic, json } => {
            let topic = place::topic(&library, topic)?;
            let cards =
                library.deck(&topic.slug).map(|deck| deck.cards().collect::<Vec<_>>()).unwrap_or_default();
            if *json {
                let cards: Vec<_> = cards
                    .iter()
                    .map(|card| {
                        json!({ "id": card.id.0, "kind": card.kind.name(), "weight": card.weight.name(), "question": card.question })
                    })
                    .collect();
                return print_json(&json!(cards));
            }
            for card in cards {
                print(&format!("{}  ({}, {})", card.id, card.kind.name(), card.weight.name()))?;
                print(&format!("    {}", card.question.trim().replace('\n', "\n    ")))?;
            }
            Ok(())
        }
    }
}
