//! The cards that were set aside, with the keys that bring them back: suspended, buried for today, flagged, and leeches.

use crate::app::command::Do;
use crate::app::list::ListState;
use crate::app::{Effect, Mark, Model, pages};

/// The list while it is shown.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    /// The chosen card.
    pub list: ListState,
}

/// A card of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The card.
    pub card: String,
    /// Why it stands here.
    pub why: &'static str,
    /// What brings it back; nothing for a leech that is asked like any other.
    pub back: Option<Mark>,
}

/// The rows: suspended, buried, flagged, leeches; each in the order of learning. Also cards that no deck has any more. A
/// card stands under each reason that it has. O(cards).
#[must_use]
pub fn rows(model: &Model) -> Vec<Row> {
    let learned = &model.learned;
    let mut cards: Vec<(usize, &str)> = Vec::new();
    let place = |id: &str| model.library.head(id).and_then(|head| model.library.place(&head.topic));
    let marked = learned.suspended.iter().chain(&learned.buried).chain(&learned.flagged);
    let leeches = learned.states.iter().filter(|(_, state)| state.is_leech()).map(|(id, _)| id);
    for id in marked.chain(leeches) {
        cards.push((place(id).unwrap_or(usize::MAX), id));
    }
    cards.sort_unstable();
    cards.dedup();
    let is_leech = |id: &str| learned.state(id).is_leech();
    let mut rows = Vec::new();
    let mut add = |why: &'static str, back: Option<Mark>, is: &dyn Fn(&str) -> bool| {
        let of = cards.iter().filter(|(_, id)| is(id));
        rows.extend(of.map(|(_, id)| Row { card: (*id).to_string(), why, back }));
    };
    add("suspended", Some(Mark::Unsuspend), &|id| learned.suspended.contains(id));
    add("buried for today", Some(Mark::Unbury), &|id| learned.buried.contains(id));
    add("flagged", Some(Mark::Flag(false)), &|id| learned.flagged.contains(id));
    add("leech", None, &is_leech);
    rows
}

/// A command on the list; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let rows = rows(model);
    let height = usize::from(model.frame().body.height).saturating_sub(3);
    let aside = model.drill.aside.as_mut()?;
    aside.list.chosen = aside.list.chosen.min(rows.len().saturating_sub(1));
    let row = rows.get(aside.list.chosen);
    match (does, row) {
        (Do::Back | Do::Leave, _) => {
            model.drill.aside = None;
            Some(Vec::new())
        }
        (Do::BringBack, Some(Row { card, back: Some(mark), .. })) => {
            Some(vec![Effect::Mark(card.clone(), *mark)])
        }
        (Do::BringBack, Some(_)) => {
            model.say("A leech is asked like any other card: e rewrites it, @ suspends it.");
            Some(Vec::new())
        }
        (Do::SuspendCard, Some(Row { card, .. })) => {
            if model.library.card(card).is_none() {
                model.say("No deck has this card any more: it is not asked.");
                return Some(Vec::new());
            }
            if model.learned.suspended.contains(card) {
                model.say("It is suspended already: x brings it back.");
                return Some(Vec::new());
            }
            Some(vec![Effect::Mark(card.clone(), Mark::Suspend)])
        }
        (Do::Edit, Some(row)) => Some(vec![Effect::EditCard(row.card.clone())]),
        (Do::Enter, Some(row)) => {
            let card = model.library.card(&row.card);
            match card.map(|card| (card.topic.clone(), card.see.clone())) {
                Some((topic, see)) => Some(pages::open_topic(model, &topic, see.as_deref(), false)),
                None => {
                    model.say("No deck has this card any more.");
                    Some(Vec::new())
                }
            }
        }
        (Do::BringBack | Do::SuspendCard | Do::Edit | Do::Enter, None) => Some(Vec::new()),
        _ => aside.list.act(does, rows.len(), height).then(Vec::new),
    }
}
