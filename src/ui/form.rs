//! A form over the screen: a row for each value, and what it comes to.

use crate::app::Target;
use crate::app::form::{Form, Value};
use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::doc;

use super::{Canvas, shell};

/// The widest a form, in cells.
const WIDTH: u16 = 64;

/// Draws the form.
pub fn draw(form: &Form, area: Area, canvas: &mut Canvas<'_>) {
    let rows = u16::try_from(form.rows.len()).unwrap_or(u16::MAX);
    // Two lines at least are kept for what it comes to, so that it does not change its size with every key.
    let said = doc::wrap_text(&form.says, usize::from(area.width.min(WIDTH).saturating_sub(4).max(1)));
    let below = u16::try_from(said.len()).unwrap_or(u16::MAX).max(2);
    let inner = shell::panel(area, WIDTH, rows.saturating_add(4).saturating_add(below), form.title, canvas);
    let column = canvas.pen.widest(form.rows.iter().map(|row| row.label)) + 2;
    let bottom = inner.y + inner.height;
    let above = u16::from(inner.height > rows + 2);
    // Where the window is too low the rows scroll, so that the chosen one is in sight.
    let mut list = form.list;
    list.show(usize::from(inner.height.max(1)));
    for (place, row) in form.rows.iter().enumerate().skip(list.top) {
        let y = inner.y + above + u16::try_from(place - list.top).unwrap_or(0);
        if y >= bottom {
            break;
        }
        let chosen = place == form.list.chosen;
        canvas.pen.text(inner.x, y, column, row.label, canvas.pen.style(Role::Dim));
        let x = inner.x + column;
        let room = inner.width.saturating_sub(column);
        let style = canvas.pen.style(if chosen { Role::Selected } else { Role::Text });
        if let Value::Text(field) = &row.value {
            let area = Area { x: x + 1, y, width: room.saturating_sub(1), height: 1 };
            shell::typed(field.text(), field.cursor(), chosen, area, canvas);
            canvas.target(Area { x: inner.x, y, width: inner.width, height: 1 }, Target::Row(place));
            continue;
        }
        let used = canvas.pen.text(x, y, room, &format!(" {} ", row.shown()), style);
        let hint = match row.value {
            Value::Choice { .. } if chosen => "h l",
            Value::Number { .. } if chosen => "h l, or digits",
            Value::Date(_) if chosen => "digits, as in 2026-12-12",
            _ => "",
        };
        canvas.pen.text(x + used + 2, y, room.saturating_sub(used + 2), hint, canvas.pen.style(Role::Dim));
        canvas.target(Area { x: inner.x, y, width: inner.width, height: 1 }, Target::Row(place));
    }
    let first = inner.y.saturating_add(above).saturating_add(rows).saturating_add(1);
    for (y, line) in (first..bottom).zip(doc::wrap_text(&form.says, usize::from(inner.width.max(1)))) {
        canvas.pen.text(inner.x, y, inner.width, &line, canvas.pen.style(Role::Text));
    }
}
