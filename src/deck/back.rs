//! A card's two sides spelled out in Markdown: for lists, a preview, export, for whoever asks to see them.

use super::{Card, Kind, with_answers, with_blanks};

/// The question as lists show it: gaps are blank, and what is drawn when it is asked stands as `{name}`.
#[must_use]
pub fn front(card: &Card) -> String {
    match &card.kind {
        Kind::Cloze { .. } => with_blanks(&card.question),
        _ => card.question.clone(),
    }
}

/// What is right, in Markdown, without the explanation. What is computed when a card is asked (an estimate, a bet) is
/// described.
#[must_use]
pub fn back(card: &Card) -> String {
    match &card.kind {
        Kind::Basic { answer, .. } => answer.clone(),
        Kind::Cloze { .. } => with_answers(&card.question),
        Kind::Choice { options } => {
            let marked = options.iter().map(|option| {
                let sign = if option.right { "[x]" } else { "[ ]" };
                format!("{sign} {}", option.text)
            });
            listed(marked)
        }
        Kind::Order { items } => {
            let numbered = items.iter().enumerate();
            numbered.map(|(place, item)| format!("{}. {}\n", place + 1, inset(item))).collect()
        }
        Kind::Match { pairs, .. } => listed(pairs.iter().map(|(left, right)| format!("{left}: {right}"))),
        Kind::Sort { classes, items } => listed(items.iter().map(|item| {
            let class = classes.get(item.class).map_or("", String::as_str);
            format!("{}: **{class}**", item.text)
        })),
        Kind::Spot { flaws, .. } => {
            listed(flaws.iter().map(|flaw| format!("line {}: {}", flaw.line + 1, flaw.why)))
        }
        Kind::Estimate { sheet, .. } => format!("```\n{}\n```", sheet.trim_end()),
        Kind::Predict { .. } => "*A bet: its demo answers.*".to_string(),
        Kind::Rubric { points, answer } => {
            let points = listed(points.iter().map(|point| point.text.clone()));
            if answer.trim().is_empty() { points } else { format!("{answer}\n\n{points}") }
        }
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("- {}\n", inset(&item))).collect()
}

/// A text as an item of a list: further lines are set in.
fn inset(text: &str) -> String {
    text.trim_end().replace('\n', "\n   ")
}
