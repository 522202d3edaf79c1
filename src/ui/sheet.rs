//! The lines of a sheet: in the Envelope, and with their results in the flow of a page.

use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;

use crate::app::SheetEditor;
use crate::app::layout::Area;
use crate::app::live::Calc;
use crate::app::sheet::{Completing, LineKind, Shown};
use crate::config::theme::Role;
use crate::doc;

use super::Canvas;

/// A line of a sheet.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its number, from 0.
    pub index: usize,
    /// Its text.
    pub text: &'a str,
    /// The byte of the sheet where it begins.
    pub begins: usize,
    /// What it is.
    pub kind: LineKind,
    /// How a calculation looks.
    pub role: Role,
}

/// Draws the text of a line, what is wrong in it, what of it is selected, and the cursor where that stands on it. Says
/// from which byte of the line on it is shown: a long line is shown so that the cursor is seen.
pub fn text(
    editor: &SheetEditor,
    line: Line<'_>,
    cursor: bool,
    area: Area,
    canvas: &mut Canvas<'_>,
) -> usize {
    let (cursor_line, cursor_byte) = editor.buffer.place();
    let here = cursor && line.index == cursor_line;
    let byte = if here { cursor_byte } else { 0 };
    let start = shown_from(line.text, byte, area.width.saturating_sub(1));
    let role = match line.kind {
        LineKind::Heading => Role::Strong,
        LineKind::Comment => Role::Dim,
        LineKind::Calculation | LineKind::Blank => line.role,
    };
    let shown = &line.text[start..];
    canvas.pen.text(area.x, area.y, area.width, shown, canvas.pen.style(role));
    // From a byte of the line to a byte of it, in cells of the area.
    let cells = |from: usize, to: usize, canvas: &Canvas<'_>| {
        let (from, to) = (from.max(start).min(line.text.len()), to.max(start).min(line.text.len()));
        let at = canvas.pen.width(line.text.get(start..from).unwrap_or_default()).min(area.width);
        let end = canvas.pen.width(line.text.get(start..to).unwrap_or_default()).min(area.width);
        (area.x + at, end - at)
    };
    if start > 0 && area.width > 1 {
        let ellipsis = canvas.pen.glyphs().ellipsis;
        canvas.pen.clear(area.x, area.y, 2);
        canvas.pen.put(area.x, area.y, ellipsis, canvas.pen.style(Role::Dim));
        let after = line.text[start..].graphemes(true).next().map_or(0, str::len);
        let x = area.x + canvas.pen.width(&line.text[start..start + after]).max(1);
        canvas.pen.text(
            x,
            area.y,
            area.width - (x - area.x),
            &line.text[start + after..],
            canvas.pen.style(role),
        );
    }
    if let (LineKind::Calculation, Some(comment)) = (line.kind, line.text.find('#')) {
        let (x, width) = cells(comment, line.text.len(), canvas);
        canvas.pen.restyle(x, area.y, width, Role::Dim);
    }
    if let Shown::Fault(fault) = editor.shown(line.index) {
        let (x, width) = cells(fault.span.start, fault.span.end, canvas);
        let width = width.max(1).min((area.x + area.width).saturating_sub(x));
        canvas.pen.restyle(x, area.y, width, Role::Bad);
        canvas.pen.modify(x, area.y, width, Modifier::UNDERLINED);
    }
    let selection = editor.buffer.selection();
    let ends = line.begins + line.text.len();
    if cursor && selection.start <= ends && selection.end > line.begins {
        let (x, width) =
            cells(selection.start.saturating_sub(line.begins), selection.end - line.begins, canvas);
        // A line end that is selected is seen as a blank.
        let more = u16::from(selection.end > ends && x + width < area.x + area.width);
        canvas.pen.modify(x, area.y, width + more, Modifier::REVERSED);
    }
    if here && (selection.is_empty() || byte == 0) {
        let (x, _) = cells(byte, byte, canvas);
        canvas.pen.reverse(x.min((area.x + area.width).saturating_sub(1)), area.y);
    }
    start
}

/// The byte from which a line is shown so that its cursor is seen.
fn shown_from(line: &str, cursor: usize, width: u16) -> usize {
    let mut start = 0;
    let cursor = cursor.min(line.len());
    while doc::text_width(line.get(start..cursor).unwrap_or_default()) > usize::from(width) {
        start += line[start..].graphemes(true).next().map_or(1, str::len);
    }
    start
}

/// The completions that are offered, below or above the cell where the word begins, inside of `within`.
pub fn completions(list: &Completing, x: u16, y: u16, within: Area, canvas: &mut Canvas<'_>) {
    let below = (within.y + within.height).saturating_sub(y + 1);
    let above = y.saturating_sub(within.y);
    let room = below.max(above).min(8);
    let rows = u16::try_from(list.candidates.len()).unwrap_or(u16::MAX).min(room);
    let words = canvas.pen.widest(list.candidates.iter().map(|candidate| candidate.word.as_str()));
    let abouts = canvas.pen.widest(list.candidates.iter().map(|candidate| candidate.about.as_str()));
    let (words, abouts) = (words.min(28), abouts.min(56));
    let width = (words + abouts + 4).min(within.width);
    if rows == 0 || width < 6 {
        return;
    }
    let x = x.saturating_sub(1).min((within.x + within.width).saturating_sub(width)).max(within.x);
    let top = if below >= rows { y + 1 } else { y - rows };
    let first = list.chosen.saturating_sub(usize::from(rows / 2));
    let first = first.min(list.candidates.len() - usize::from(rows));
    for (y, (index, candidate)) in (top..top + rows).zip(list.candidates.iter().enumerate().skip(first)) {
        canvas.pen.clear(x, y, width);
        let chosen = index == list.chosen;
        let role = |role| if chosen { Role::Selected } else { role };
        canvas.pen.fill(x, y, width, " ", canvas.pen.style(role(Role::Text)));
        canvas.pen.text(x + 1, y, words.min(width - 2), &candidate.word, canvas.pen.style(role(Role::Text)));
        let from = words + 3;
        let room = width.saturating_sub(from + 1);
        canvas.pen.text(x + from, y, room, &candidate.about, canvas.pen.style(role(Role::Dim)));
        let edge = canvas.pen.style(role(Role::Rule));
        canvas.pen.put(x, y, canvas.pen.glyphs().vertical, edge);
        let right = if index == first && first > 0 {
            canvas.pen.glyphs().up
        } else if index + 1 == first + usize::from(rows) && index + 1 < list.candidates.len() {
            canvas.pen.glyphs().down
        } else {
            canvas.pen.glyphs().vertical
        };
        canvas.pen.put(x + width - 1, y, right, edge);
    }
}

/// A sheet in a page, with its results at the right.
pub fn in_page(calc: &Calc, area: Area, focused: bool, keys: bool, canvas: &mut Canvas<'_>) {
    let editor = &calc.editor;
    let mut begins = 0;
    let mut offered = None;
    for (index, line) in calc.lines().enumerate().take(usize::from(area.height)) {
        let y = area.y + u16::try_from(index).unwrap_or(0);
        let (bar, style) = match (keys, focused) {
            (true, _) => (canvas.pen.glyphs().heavy_vertical, canvas.pen.style(Role::Accent)),
            (false, true) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Accent)),
            (false, false) => (canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule)),
        };
        canvas.pen.text(area.x, y, 1, bar, style);
        let (result, result_role) = match editor.shown(index) {
            Shown::Value(answer) => (answer.text.as_str(), Role::Strong),
            Shown::Waiting(answer) => (answer.map_or("", |answer| answer.text.as_str()), Role::Dim),
            Shown::Fault(fault) => (fault.message.as_str(), Role::Bad),
            Shown::Nothing => ("", Role::Text),
        };
        let left = divided(area.width, doc::text_width(line), doc::text_width(result));
        let kind = if line.trim().starts_with('#') { LineKind::Comment } else { LineKind::Calculation };
        let place = Area { x: area.x + 2, y, width: left.saturating_sub(3), height: 1 };
        let start =
            text(editor, Line { index, text: line, begins, kind, role: Role::Code }, keys, place, canvas);
        let style = canvas.pen.style(result_role);
        canvas.pen.text_right(area.x + left, y, area.width - left, result, style);
        if let Some(list) = &editor.completing
            && (begins..=begins + line.len()).contains(&list.start)
        {
            let x = place.x + canvas.pen.width(line.get(start..list.start - begins).unwrap_or_default());
            offered = Some((list, x, y));
        }
        begins += line.len() + 1;
    }
    if let (Some((list, x, y)), true) = (offered, keys) {
        completions(list, x, y, area, canvas);
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
