//! The list of sheets and templates, over the screen.

use crate::app::Target;
use crate::app::envelope::{Naming, SheetList};
use crate::app::layout::Area;
use crate::config::theme::Role;

use super::super::super::shell;
use super::Canvas;

/// Draws the list; `open` is the sheet that is open.
pub fn draw(list: &SheetList, open: &str, area: Area, canvas: &mut Canvas<'_>) {
    let first_template = list.rows.iter().position(|row| row.template);
    let extra = u16::from(first_template.is_some()) * 2;
    let rows = u16::try_from(list.rows.len()).unwrap_or(u16::MAX);
    let inner = shell::panel(area, 88, rows.saturating_add(extra + 4), "Sheets", canvas);
    let mut rest = inner;
    if let Some((naming, field)) = &list.naming {
        let asks = match naming {
            Naming::New => "A new sheet is called",
            Naming::Rename(_) => "Its new name is",
        };
        canvas.pen.text(inner.x, inner.y, inner.width, asks, canvas.pen.style(Role::Dim));
        let used = canvas.pen.width(asks) + 1;
        let place = Area { x: inner.x + used, width: inner.width.saturating_sub(used), ..inner };
        shell::field_line(place, field.text(), field.cursor(), "a name", canvas);
        canvas.pen.text(inner.x, inner.y + 1, inner.width, &list.says, canvas.pen.style(Role::Bad));
        rest = Area { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    }
    // The rows with a heading before the templates, as they scroll.
    let mut shown: Vec<Option<usize>> = Vec::new();
    for (index, row) in list.rows.iter().enumerate() {
        if row.template && first_template == Some(index) {
            shown.extend([None, None]);
        }
        shown.push(Some(index));
    }
    let height = usize::from(rest.height);
    let place = shown.iter().position(|row| *row == Some(list.list.chosen)).unwrap_or(0);
    let top = (place + 1).saturating_sub(height);
    let column = canvas.pen.widest(list.rows.iter().map(|row| row.name.as_str())).min(28);
    for (at, y) in (top..shown.len()).zip(rest.y..rest.y + rest.height) {
        let Some(index) = shown[at] else {
            // Of the two the first is blank.
            if shown.get(at + 1).is_some_and(Option::is_some) {
                let title = "Made new from a template";
                canvas.pen.text(rest.x, y, rest.width, title, canvas.pen.style(Role::Dim));
            }
            continue;
        };
        let row = &list.rows[index];
        let chosen = index == list.list.chosen && list.naming.is_none();
        if chosen {
            canvas.pen.fill(rest.x, y, rest.width, " ", canvas.pen.style(Role::Selected));
        }
        let role = |role| if chosen { Role::Selected } else { role };
        let here = !row.template && row.name == open;
        let name = if here { Role::Strong } else { Role::Text };
        canvas.pen.text(rest.x + 1, y, column, &row.name, canvas.pen.style(role(name)));
        let from = column + 4;
        let room = rest.width.saturating_sub(from + 1);
        canvas.pen.text(rest.x + from, y, room, &row.title, canvas.pen.style(role(Role::Dim)));
        canvas.target(Area { y, height: 1, ..rest }, Target::Row(index));
    }
    shell::more_marks(rest, top > 0, top + height < shown.len(), canvas);
}
