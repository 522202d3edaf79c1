//! `sysdrill deck show`: the cards of a deck as text, or one card with everything on it.

use serde_json::json;

use crate::cli::place::{self, Place};
use crate::cli::{Failure, print, print_json};
use crate::deck::{self, Card, Kind};
use crate::doc;

/// The width of what is printed.
const WIDTH: u16 = 76;

/// Shows a deck by its topic, or a card by its name, `TOPIC.ID`.
pub(super) fn run(place: &Place, what: &str, as_json: bool) -> Result<(), Failure> {
    let library = place.library();
    if what.contains('.') && library.deck(what).is_none() {
        let card = place::card(&library, what)?;
        return if as_json { print_json(&json!([brief(card)])) } else { whole(card) };
    }
    let topic = place::deck_topic(&library, what)?;
    let cards = library.deck(&topic).map(|deck| deck.cards().collect::<Vec<_>>()).unwrap_or_default();
    if as_json {
        return print_json(&json!(cards.iter().map(|card| brief(card)).collect::<Vec<_>>()));
    }
    for card in cards {
        heading(card)?;
        print(&indented(&deck::front(card)))?;
    }
    Ok(())
}

fn brief(card: &Card) -> serde_json::Value {
    json!({ "id": card.id.0, "kind": card.kind.name(), "weight": card.weight.name(), "question": card.question })
}

fn heading(card: &Card) -> Result<(), Failure> {
    print(&format!("{}  ({}, {})", card.id, card.kind.name(), card.weight.name()))
}

/// Everything that is on a card.
fn whole(card: &Card) -> Result<(), Failure> {
    heading(card)?;
    print(&indented(&deck::front(card)))?;
    if let Kind::Spot { exhibit, lang, .. } = &card.kind {
        print(&format!("\n{}", indented(&format!("~~~~{lang}\n{exhibit}\n~~~~"))))?;
    }
    for (number, hint) in card.hints.iter().enumerate() {
        print(&format!("\nhint {}\n{}", number + 1, indented(hint)))?;
    }
    print(&format!("\nanswer\n{}", indented(&deck::back(card))))?;
    if let Kind::Basic { accept, .. } = &card.kind
        && !accept.is_empty()
    {
        print(&format!("\ntyped, also right: {}", accept.join(" | ")))?;
    }
    if !card.why.trim().is_empty() {
        print(&format!("\nwhy\n{}", indented(&card.why)))?;
    }
    Ok(())
}

fn indented(markdown: &str) -> String {
    let text = doc::plain(&doc::parse(markdown), WIDTH, false);
    let lines = text.trim_end().lines().map(|line| format!("    {line}"));
    lines.map(|line| line.trim_end().to_string()).collect::<Vec<_>>().join("\n")
}
