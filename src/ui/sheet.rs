//! The lines of a sheet with their results: in the Envelope, and in the flow of a page.

use ratatui::style::Modifier;

use crate::app::SheetEditor;
use crate::app::layout::Area;
use crate::app::live::Calc;
use crate::config::theme::Role;
use crate::doc;
use crate::envelope::Outcome;

use super::Canvas;

/// Draws the text of a line, what is wrong in it, and the cursor where that stands on it.
pub fn text(
    editor: &SheetEditor,
    index: usize,
    line: &str,
    cursor: bool,
    role: Role,
    area: Area,
    canvas: &mut Canvas<'_>,
) {
    let (cursor_line, cursor_byte) = editor.field.place();
    let here = cursor && index == cursor_line;
    let byte = if here { cursor_byte } else { 0 };
    let start = shown_from(line, byte, area.width.saturating_sub(2));
    canvas.pen.text(area.x, area.y, area.width, &line[start..], canvas.pen.style(role));
    if let Some(Outcome::Fault(fault)) = editor.sheet.lines.get(index).map(|line| &line.outcome) {
        let from = fault.span.start.clamp(start, line.len());
        let at = doc::text_width(line.get(start..from).unwrap_or_default());
        let length = line.get(from..fault.span.end.min(line.len())).map_or(1, doc::text_width).max(1);
        let at = area.x + u16::try_from(at).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        let length = u16::try_from(length).unwrap_or(1).min((area.x + area.width).saturating_sub(at));
        canvas.pen.restyle(at, area.y, length, Role::Bad);
        canvas.pen.modify(at, area.y, length, Modifier::UNDERLINED);
    }
    if here {
        let at = doc::text_width(line.get(start..byte).unwrap_or_default());
        canvas.pen.reverse(area.x + u16::try_from(at).unwrap_or(0), area.y);
    }
}

/// The byte from which a line is shown so that its cursor is seen.
fn shown_from(line: &str, cursor: usize, width: u16) -> usize {
    let mut start = 0;
    let cursor = cursor.min(line.len());
    while doc::text_width(line.get(start..cursor).unwrap_or_default()) > usize::from(width) {
        start += line[start..].chars().next().map_or(1, char::len_utf8);
    }
    start
}

/// A sheet in a page, with its results at the right.
pub fn in_page(calc: &Calc, area: Area, focused: bool, keys: bool, canvas: &mut Canvas<'_>) {
    let editor = &calc.editor;
    let left = area.width * 3 / 5;
    for (index, line) in calc.lines().enumerate().take(usize::from(area.height)) {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        let outcome = editor.sheet.lines.get(index).map(|line| &line.outcome);
        let (bar, style) = match (keys, focused) {
            (true, _) => (canvas.pen.glyphs().heavy_vertical, canvas.pen.style(Role::Accent)),
            (false, true) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Accent)),
            (false, false) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule)),
        };
        canvas.pen.text(area.x, y, 1, bar, style);
        let role = if matches!(outcome, Some(Outcome::Comment)) { Role::Dim } else { Role::Code };
        let place = Area { x: area.x + 2, y, width: left.saturating_sub(3), height: 1 };
        text(editor, index, line, keys, role, place, canvas);
        let (result, role) = match outcome {
            Some(Outcome::Value(answer)) => (answer.text.clone(), Role::Strong),
            Some(Outcome::Fault(fault)) => (fault.message.clone(), Role::Bad),
            _ => continue,
        };
        canvas.pen.text_right(area.x + left, y, area.width - left, &result, canvas.pen.style(role));
    }
}
