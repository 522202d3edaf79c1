//! A new card of the learner's own: a form asks the few things that every card has, then the editor opens at the card,
//! which stands in its deck file with all the fields it may have.

use super::form::{Form, Purpose, Row};
use super::{Effect, Model, Overlay};
use crate::deck::KINDS;

/// What a new card begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCard {
    /// The topic, by its slug.
    pub topic: String,
    /// The name of its kind.
    pub kind: String,
    /// What it asks.
    pub question: String,
    /// What it answers, where the kind has one answer and that was said.
    pub answer: Option<String>,
}

/// Opens the form; the deck that is chosen in the list is the one it begins with.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let chosen = model.drill.list.chosen.checked_sub(1).and_then(|deck| model.library.decks.get(deck));
    let topic = chosen.map_or_else(String::new, |deck| deck.topic.clone());
    let kinds = KINDS.iter().map(|kind| (*kind).to_string()).collect();
    let mut form = Form::new(
        Purpose::NewCard,
        "New card",
        vec![
            Row::text("Topic", &topic),
            Row::choice("Kind", kinds, 0),
            Row::text("Question", ""),
            Row::text("Answer", ""),
        ],
    );
    // What is known is not asked first.
    form.list.chosen = if topic.is_empty() { 0 } else { 2 };
    model.overlay = Some(Overlay::Form(Box::new(form)));
    says(model);
    Vec::new()
}

/// What the form asks for, or what is missing in it.
fn card(form: &Form) -> Result<NewCard, &'static str> {
    let text = |row: usize| form.text(row).trim().to_string();
    let kind = KINDS.get(form.chosen(1)).copied().unwrap_or(KINDS[0]);
    let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (topic, question) = (text(0), text(2));
    if topic.is_empty() || !topic.chars().all(slug) {
        return Err("A topic's name is made of small letters, digits and hyphens: my-notes.");
    }
    if question.is_empty() {
        return Err(match kind {
            "cloze" => "Write the text, with its {{gaps}}.",
            _ => "Write what it asks.",
        });
    }
    let answer = Some(text(3)).filter(|answer| !answer.is_empty());
    Ok(NewCard { topic, kind: kind.to_string(), question, answer })
}

/// Says what the form comes to.
pub(super) fn says(model: &mut Model) {
    let Some(Overlay::Form(form)) = &model.overlay else { return };
    let says = match card(form) {
        Err(missing) => missing.to_string(),
        Ok(card) => {
            let library = &model.library;
            let id = library.fresh_id(&card.topic, &card.question);
            let title = library.deck(&card.topic).map(|deck| deck.title.as_str());
            let title = title.or_else(|| library.topic(&card.topic).map(|topic| topic.title.as_str()));
            let deck = title.map_or_else(|| "a new deck".to_string(), str::to_string);
            format!(
                "{}.{id}, in {deck}. Enter opens the editor at it, with the other fields of its kind.",
                card.topic
            )
        }
    };
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        form.says = says;
    }
}

/// Enter: makes the card, where nothing is missing; else goes to the next row.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &mut model.overlay else { return Vec::new() };
    match card(form) {
        Ok(card) => {
            model.overlay = None;
            vec![Effect::NewCard(Box::new(card))]
        }
        Err(_) => {
            form.list.chosen = (form.list.chosen + 1) % form.rows.len().max(1);
            says(model);
            Vec::new()
        }
    }
}
