//! The Envelope: the sheet on the left, its results on the right, and below what is known of the line under the cursor.

mod columns;
mod list;
mod panel;
mod range;

use crate::app::layout::{self, Area};
use crate::app::sheet::{LineKind, line_kinds};
use crate::app::{Model, Target};
use crate::config::theme::Role;

use super::super::{Canvas, sheet};
use columns::Columns;

pub use list::draw as list;

/// Draws the Envelope.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let frame = layout::envelope(area);
    let screen = &model.envelope;
    let editor = &screen.editor;
    let kinds = line_kinds(editor.text());
    let lines: Vec<&str> = editor.text().split('\n').collect();
    let mut begins = Vec::with_capacity(lines.len());
    let mut at = 0;
    for line in &lines {
        begins.push(at);
        at += line.len() + 1;
    }
    let rows = editor.rows();
    let height = usize::from(frame.text.height);
    let columns = Columns::new(screen, lines.len(), frame.text.width, canvas);
    let top = editor.top.min(rows.len().saturating_sub(1));
    let mut offered = None;
    for (place, y) in (top..).zip(frame.text.y..frame.text.y + frame.text.height) {
        if columns.left < frame.text.width {
            let x = frame.text.x + columns.left;
            canvas.pen.put(x, y, canvas.pen.glyphs().vertical, canvas.pen.style(Role::Rule));
        }
        let Some(&(index, hides)) = rows.get(place) else { continue };
        let line = sheet::Line {
            index,
            text: lines[index],
            begins: begins[index],
            kind: kinds[index],
            role: Role::Text,
        };
        // What has no result may take the whole line.
        let alone = matches!(line.kind, LineKind::Heading | LineKind::Comment) && hides == 0;
        let width = if alone { frame.text.width } else { columns.left.saturating_sub(1) };
        let area = Area { y, height: 1, width, ..frame.text };
        canvas.target(Area { width: area.width + 1, ..area }, Target::Text(index, 0));
        let start = sheet::text(editor, line, true, area, canvas);
        if start > 0 {
            // What is drawn last is clicked: the columns of a panned line begin further to the right.
            let skipped = canvas.pen.width(&line.text[..start]);
            canvas.target(Area { width: area.width + 1, ..area }, Target::Text(index, usize::from(skipped)));
        }
        let behind = frame.text.width.saturating_sub(columns.left + 2);
        let result = Area { x: frame.text.x + columns.left + 2, y, width: behind, height: 1 };
        if line.kind == LineKind::Heading {
            heading(model, line, hides, area, result, &columns, canvas);
        } else if !alone {
            columns.draw(screen, index, result, canvas);
            canvas.target(result, Target::Result(index));
        }
        if let Some(list) = &editor.completing
            && (line.begins..=line.begins + line.text.len()).contains(&list.start)
        {
            let before = line.text.get(start..list.start - line.begins).unwrap_or_default();
            offered = Some((list, area.x + canvas.pen.width(before), y));
        }
    }
    canvas.more = (top > 0, top + height < rows.len());
    panel::draw(model, frame.panel, canvas);
    if let Some((list, x, y)) = offered {
        sheet::completions(list, x, y, area, canvas);
    }
}

/// The mark of a section that folds; a folded one says how many lines it hides, and what the last one comes to.
fn heading(
    model: &Model,
    line: sheet::Line<'_>,
    hides: usize,
    area: Area,
    result: Area,
    columns: &Columns,
    canvas: &mut Canvas<'_>,
) {
    let screen = &model.envelope;
    if area.x > 0 {
        let glyphs = canvas.pen.glyphs();
        let mark = if hides > 0 { glyphs.right } else { glyphs.down };
        canvas.pen.put(area.x - 1, area.y, mark, canvas.pen.style(Role::Dim));
        canvas.target(Area { x: area.x - 1, width: 1, ..area }, Target::FoldMark(line.index));
    }
    if hides == 0 {
        return;
    }
    let used = canvas.pen.width(line.text) + 2;
    let says = format!("{} {hides} lines", canvas.pen.glyphs().ellipsis);
    canvas.pen.text(
        area.x + used,
        area.y,
        area.width.saturating_sub(used),
        &says,
        canvas.pen.style(Role::Dim),
    );
    if let Some(last) = screen.editor.last_value(line.index, hides) {
        columns.draw(screen, last, result, canvas);
    }
}
