//! The list of decks: what waits in each.

use crate::app::layout::Area;
use crate::app::today::Today;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::memory::Phase;

use super::super::super::Canvas;

/// How many cards of a deck stand how; none of nothing. `aligned` keeps each in a column of its own.
fn figures(counts: [(usize, &str); 4], aligned: bool) -> String {
    let one = |(count, name): (usize, &str)| match (count, aligned) {
        (0, true) => " ".repeat(6 + name.len()),
        (_, true) => format!("{count:>5} {name}"),
        (0, false) => String::new(),
        (_, false) => format!("  {count} {name}"),
    };
    counts.map(one).concat().trim_start_matches(if aligned { "" } else { "  " }).to_string()
}

/// Draws the decks, with what is due first.
pub(super) fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(2).min(92);
    let x = area.x + (area.width - width) / 2;
    let mut y = area.y + u16::from(area.height > 10);
    let today = Today::of(model);
    let height = usize::from(area.height.saturating_sub(4)).max(1);
    let chosen = model.drill.list.chosen;
    let row = |y: u16, index: usize, name: &str, about: &str, canvas: &mut Canvas<'_>| {
        if y >= area.y + area.height {
            return;
        }
        let role = if index == chosen { Role::Selected } else { Role::Text };
        // What waits is said in full where the name keeps half the row.
        // The figures stand whole; the name has the rest.
        let room = width.saturating_sub(canvas.pen.width(about) + 2).max(width / 3);
        canvas.pen.text(x, y, room, &format!(" {name} "), canvas.pen.style(role));
        canvas.pen.text_right(x + room, y, width - room, about, canvas.pen.style(Role::Dim));
        canvas.target(Area { x, y, width, height: 1 }, Target::Row(index));
    };
    let about = match (today.waiting, today.new) {
        (0, _) => "nothing now".to_string(),
        (due, new) => {
            let new = if new > 0 { format!(", {new} new") } else { String::new() };
            format!("{due} cards{new}, {} min", today.minutes)
        }
    };
    row(y, 0, "All that is due", &about, canvas);
    y += 2;
    let mut state = model.drill.list;
    state.chosen = chosen.saturating_sub(1);
    state.show(height);
    for (index, deck) in model.library.decks.iter().enumerate().skip(state.top).take(height) {
        let (mut new, mut learning, mut known, mut due) = (0, 0, 0, 0);
        for card in deck.heads().filter(|card| !model.learned.hidden.contains(&card.id.0)) {
            let state = model.learned.state(&card.id.0);
            match state.phase {
                Phase::New => new += 1,
                Phase::Learning { .. } | Phase::Relearning { .. } => learning += 1,
                Phase::Review { .. } => known += 1,
            }
            due += usize::from(state.due().is_some_and(|due| due.is_due(model.now)));
        }
        let counts = [(due, "due"), (new, "new"), (learning, "learning"), (known, "learned")];
        row(y, index + 1, &deck.title, &figures(counts, width >= 76), canvas);
        y += 1;
    }
}
