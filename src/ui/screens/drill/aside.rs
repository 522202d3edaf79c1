//! The cards that were set aside.

use crate::app::drill::{AsideRow, aside_rows};
use crate::app::layout::Area;
use crate::app::{Model, Target, today};
use crate::config::theme::Role;
use crate::doc;
use crate::drill;
use crate::memory::{self, Advice};

use super::super::super::Canvas;

/// Draws the list.
pub(super) fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let Some(aside) = &model.drill.aside else { return };
    let width = area.width.saturating_sub(2).min(100);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + u16::from(area.height > 10);
    let rows = aside_rows(model);
    if rows.is_empty() {
        let text = "Nothing is set aside. In a question @ suspends a card, - puts it off until tomorrow, f flags it.";
        for (row, line) in (0..).zip(doc::wrap_text(text, usize::from(width.max(1)))) {
            canvas.pen.text(x, y + row, width, &line, canvas.pen.style(Role::Dim));
        }
        return;
    }
    // What is what, and what can be done about the chosen one.
    let roomy = area.height >= 12;
    let y = if roomy {
        canvas.pen.text(x + 1, y, width, &counted(&rows), canvas.pen.style(Role::Strong));
        y + 2
    } else {
        y
    };
    let foot = if roomy { 2 } else { 0 };
    let height = usize::from((area.y + area.height).saturating_sub(y + foot)).max(1);
    let mut state = aside.list;
    state.chosen = state.chosen.min(rows.len() - 1);
    state.show(height);
    for (place, row) in rows.iter().enumerate().skip(state.top).take(height) {
        let y = y + u16::try_from(place - state.top).unwrap_or(0);
        let chosen = place == state.chosen;
        if chosen {
            canvas.pen.fill(x, y, width, " ", canvas.pen.style(Role::Selected));
        }
        let style = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
        let dim = canvas.pen.style(if chosen { Role::Selected } else { Role::Dim });
        let lapses = model.learned.state(&row.card).lapses;
        let why =
            if row.why == "leech" { format!("leech, missed {lapses} times") } else { row.why.to_string() };
        let column = 24.min(width / 3);
        canvas.pen.text(x + 1, y, column.saturating_sub(1), &why, dim);
        let card = model.library.card(&row.card);
        let text = card.map_or_else(
            || format!("{} (in no deck)", row.card),
            |card| {
                // As it is asked: with its gaps, and with values in place of names.
                doc::in_one_line(&drill::ask(card, today::BET_SEED).question)
            },
        );
        canvas.pen.text(x + column, y, width.saturating_sub(column + 1), &text, style);
        canvas.target(Area { x, y, width, height: 1 }, Target::Row(place));
    }
    canvas.more = (state.top > 0, state.top + height < rows.len());
    if roomy {
        let lapses = model.learned.state(&rows[state.chosen].card).lapses;
        let text = advice(rows[state.chosen].why, lapses);
        let y = area.y + area.height - 1;
        canvas.pen.text(x + 1, y, width.saturating_sub(1), &text, canvas.pen.style(Role::Dim));
    }
}

/// How many cards stand there for each reason.
fn counted(rows: &[AsideRow]) -> String {
    let count = |why: &str| rows.iter().filter(|row| row.why == why).count();
    let leeches = count("leech");
    let all = [
        (count("suspended"), "suspended"),
        (count("buried for today"), "put off until tomorrow"),
        (count("flagged"), "flagged"),
        (leeches, if leeches == 1 { "leech" } else { "leeches" }),
    ];
    let named = all.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    named.collect::<Vec<_>>().join(", ")
}

/// What can be done about a card that stands there for a reason.
fn advice(why: &str, lapses: u32) -> String {
    match why {
        "leech" => match memory::advice(lapses) {
            Advice::Read => {
                "Forgotten again and again. Enter reads the place that it asks about; e rewrites it."
            }
            Advice::Rewrite => "Reading did not help: e rewrites it, smaller or with a cue. @ suspends it.",
            Advice::Suspend => "It costs more than it gives: @ suspends it, or e rewrites it.",
        },
        "flagged" => "You flagged it as worth a look: e edits it, x takes the flag off.",
        "suspended" => "It is not asked until x brings it back.",
        _ => "It comes back tomorrow; x brings it back today.",
    }
    .to_string()
}
