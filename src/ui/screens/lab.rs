//! The Lab: the demos by part, each with its question, and one of them full screen.

use crate::app::layout::Area;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::lab::DEMOS;

use super::super::{Canvas, demo};

/// Draws the Lab.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let margin = u16::from(area.width > 40);
    let inner = Area { x: area.x + margin, width: area.width - 2 * margin, ..area };
    match &model.lab.open {
        Some(player) => demo::draw(player, inner, true, true, canvas),
        None => list(model, inner, canvas),
    }
}

fn list(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.min(92);
    let x = area.x + (area.width - width) / 2;
    let rows = usize::from(area.height.saturating_sub(1) / 3).max(1);
    let mut state = model.lab.list;
    state.show(rows);
    for (row, spec) in DEMOS.iter().enumerate().skip(state.top).take(rows) {
        let y = area.y + 1 + 3 * u16::try_from(row - state.top).unwrap_or(0);
        if y >= area.y + area.height {
            break;
        }
        let chosen = row == state.chosen;
        let role = if chosen { Role::Selected } else { Role::Strong };
        canvas.pen.text(x, y, width, &format!(" {} ", spec.title), canvas.pen.style(role));
        let runs = model.learned.demos.get(spec.name).copied().unwrap_or(0);
        let bet = model.learned.states.contains_key(spec.bet);
        let part = spec.part.replace('-', " ");
        let done = match (runs, bet) {
            (0, false) => part,
            (0, true) => format!("bet taken   {part}"),
            (_, false) => format!("run   {part}"),
            (_, true) => format!("run, bet taken   {part}"),
        };
        canvas.pen.text_right(x, y, width, &done, canvas.pen.style(Role::Dim));
        if y + 1 < area.y + area.height {
            canvas.pen.text(x + 1, y + 1, width - 1, spec.hook, canvas.pen.style(Role::Text));
        }
        canvas.target(Area { x, y, width, height: 2 }, Target::Row(row));
    }
}
