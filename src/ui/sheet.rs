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
    for (index, line) in calc.lines().enumerate().take(usize::from(area.height)) {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        let outcome = editor.sheet.lines.get(index).map(|line| &line.outcome);
        let (bar, style) = match (keys, focused) {
            (true, _) => (canvas.pen.glyphs().heavy_vertical, canvas.pen.style(Role::Accent)),
            (false, true) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Accent)),
            (false, false) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule)),
        };
        canvas.pen.text(area.x, y, 1, bar, style);
        let (result, result_role) = match outcome {
            Some(Outcome::Value(answer)) => (answer.text.as_str(), Role::Strong),
            Some(Outcome::Fault(fault)) => (fault.message.as_str(), Role::Bad),
            _ => ("", Role::Text),
        };
        let left = divided(area.width, doc::text_width(line), doc::text_width(result));
        let role = if matches!(outcome, Some(Outcome::Comment)) { Role::Dim } else { Role::Code };
        let place = Area { x: area.x + 2, y, width: left.saturating_sub(3), height: 1 };
        text(editor, index, line, keys, role, place, canvas);
        let style = canvas.pen.style(result_role);
        canvas.pen.text_right(area.x + left, y, area.width - left, result, style);
    }
}

/// How many cells of a line are for the bar, the text and the space behind it; the others are for the result. Where
/// there is not enough for both, the text has three of five, and whichever needs less leaves the rest to the other.
fn divided(width: u16, text: usize, result: usize) -> u16 {
    let cells = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let left = width.saturating_sub(cells(result));
    left.max((width * 3 / 5).min(cells(text).saturating_add(3))).min(width)
}

#[cfg(test)]
mod tests {
    use super::divided;

    /// Of 40 cells, 3 are for the bar and the spaces around the text.
    #[test]
    fn text_and_result_share_a_line() {
        let check =
            |text, result, expected| assert_eq!(divided(40, text, result), expected, "{text}, {result}");
        check(10, 5, 35);
        check(32, 5, 35);
        check(90, 5, 35);
        check(10, 30, 13);
        check(90, 90, 24);
        check(90, 0, 40);
        assert_eq!(divided(0, 5, 5), 0);
        assert_eq!(divided(2, 5, 5), 1);
    }
}
