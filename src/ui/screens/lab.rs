//! The Lab: the demos by part, each with its question, and one of them full screen.

use crate::app::layout::Area;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc;
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
    let room = usize::from(width.saturating_sub(2).max(1));
    let hooks: Vec<Vec<String>> = DEMOS.iter().map(|spec| doc::wrap_text(spec.hook, room)).collect();
    let height = |row: usize| u16::try_from(hooks[row].len()).unwrap_or(1) + 2;
    // As many rows before the chosen one as fit.
    let chosen = model.lab.list.chosen.min(DEMOS.len().saturating_sub(1));
    let mut top = chosen;
    let mut used = height(chosen);
    while top > 0 && used + height(top - 1) < area.height {
        top -= 1;
        used += height(top);
    }
    let bottom = area.y + area.height;
    let mut y = area.y + u16::from(area.height > 8);
    for (row, spec) in DEMOS.iter().enumerate().skip(top) {
        if y >= bottom {
            break;
        }
        let role = if row == chosen { Role::Selected } else { Role::Strong };
        canvas.pen.text(x, y, width, &format!(" {} ", spec.title), canvas.pen.style(role));
        let runs = model.learned.demos.get(spec.name).map_or(0, |seen| seen.0);
        let bet = model.learned.states.contains_key(spec.bet);
        let part = spec.part.replace('-', " ");
        let done = match (runs, bet) {
            (0, false) => part,
            (0, true) => format!("bet taken   {part}"),
            (_, false) => format!("run   {part}"),
            (_, true) => format!("run, bet taken   {part}"),
        };
        canvas.pen.text_right(x, y, width, &done, canvas.pen.style(Role::Dim));
        canvas.target(Area { x, y, width, height: height(row).min(bottom - y) }, Target::Row(row));
        for (line, text) in hooks[row].iter().enumerate() {
            let y = y + 1 + u16::try_from(line).unwrap_or(0);
            if y < bottom {
                canvas.pen.text(x + 1, y, width - 1, text, canvas.pen.style(Role::Text));
            }
        }
        y += height(row);
    }
}
