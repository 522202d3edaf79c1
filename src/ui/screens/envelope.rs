//! The Envelope: the sheet on the left, its results on the right.

use crate::app::Model;
use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::envelope::Outcome;

use super::super::{Canvas, sheet};

/// Draws the Envelope.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let screen = &model.envelope;
    let margin = u16::from(area.width > 30);
    let width = area.width.saturating_sub(2 * margin);
    // Two lines below for what the line under the cursor says, where there is room.
    let foot = if area.height >= 8 { 3 } else { 0 };
    let rows = area.height - foot;
    let left = if width >= 50 { width * 3 / 5 } else { width };
    let x = area.x + margin;
    let cursor_line = screen.field.place().0;
    let mut state = screen.top.min(cursor_line);
    state = state.max((cursor_line + 1).saturating_sub(usize::from(rows.max(1))));
    for (row, line) in screen.field.text().split('\n').skip(state).take(usize::from(rows)).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        let index = state + row;
        let outcome = screen.sheet.lines.get(index).map(|line| &line.outcome);
        let text_role = match outcome {
            Some(Outcome::Comment) => Role::Dim,
            _ => Role::Text,
        };
        let place = Area { x, y, width: left.saturating_sub(1), height: 1 };
        sheet::text(screen, index, line, true, text_role, place, canvas);
        if left < width {
            canvas.pen.put(x + left, y, canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule));
            let (result, role) = match outcome {
                Some(Outcome::Value(answer)) => (answer.text.clone(), Role::Strong),
                Some(Outcome::Fault(_)) => ("?".to_string(), Role::Bad),
                _ => continue,
            };
            canvas.pen.text_right(x + left + 2, y, width - left - 2, &result, canvas.pen.style(role));
        }
    }
    if left < width {
        let used = screen.field.text().split('\n').count().saturating_sub(state);
        for row in used..usize::from(rows) {
            let y = area.y + u16::try_from(row).unwrap_or(0);
            canvas.pen.put(x + left, y, canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule));
        }
    }
    if foot > 0 {
        here(model, Area { x, y: area.y + rows, width, height: foot }, canvas);
    }
}

/// What the line under the cursor says: its result in full, or what is wrong and what to do.
fn here(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let (glyph, style) = (canvas.pen.glyphs().rule, canvas.pen.style(Role::Rule));
    canvas.pen.fill(area.x, area.y, area.width, glyph, style);
    let Some(line) = model.envelope.sheet.lines.get(model.envelope.field.place().0) else { return };
    match &line.outcome {
        Outcome::Value(answer) => {
            let name = line.name.as_ref().map_or_else(String::new, |name| format!("{name} = "));
            canvas.pen.text(
                area.x,
                area.y + 1,
                area.width,
                &format!("{name}{}", answer.text),
                canvas.pen.style(Role::Strong),
            );
            let full = format!("{}   {}", answer.full(), answer.dimension);
            canvas.pen.text(area.x, area.y + 2, area.width, full.trim_end(), canvas.pen.style(Role::Dim));
        }
        Outcome::Fault(fault) => {
            canvas.pen.text(area.x, area.y + 1, area.width, &fault.message, canvas.pen.style(Role::Bad));
            if let Some(help) = &fault.help {
                canvas.pen.text(area.x, area.y + 2, area.width, help, canvas.pen.style(Role::Dim));
            }
        }
        Outcome::Blank | Outcome::Comment => {
            let hint =
                "name = 500 million users * 5 reads/user/day     then: name in reads/s     # a comment";
            canvas.pen.text(area.x, area.y + 1, area.width, hint, canvas.pen.style(Role::Dim));
        }
    }
}
