//! Rows and columns: headings dim over one rule, numbers to the right, the chosen row bold with a sign before it.
//!
//! Where the width is short texts are cut first; then the last columns are left out whole, for half a number is a
//! wrong number. Where the height is short the last line says how many rows are left out.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::Table;
use crate::ui::pen::Pen;

const GUTTER: u16 = 2;
/// A text is not cut below this, a heading of numbers not below the next.
const TEXT_MIN: u16 = 8;
const HEAD_MIN: u16 = 5;
/// The sign before the chosen row and the empty cell behind it.
const SIGN: u16 = 2;

/// Headings, a rule, and one line a row.
pub fn need(table: &Table) -> Need {
    let head = if table.head.is_empty() { 0 } else { 2 };
    let all = Need::lines(table.rows.len() + head);
    Need { least: all.likes.min(3), ..all }
}

/// Draws a table at its own width or, where that is too much, at the area's.
pub fn draw(table: &Table, area: Rect, pen: &mut Pen) {
    let chosen = table.chosen.filter(|&row| row < table.rows.len() && area.width > SIGN);
    let indent = if chosen.is_some() { SIGN } else { 0 };
    let (left, width) = (area.x + indent, area.width - indent);
    let widths = widths(table, width, pen);
    let (dim, rule, text) = (pen.style(Role::Dim), pen.style(Role::Rule), pen.style(Role::Text));
    let mut y = area.y;
    let fits = table.rows.len() + 2 <= usize::from(area.height);
    if !table.head.is_empty() && (area.height > 2 || fits) {
        draw_row(table, &table.head, &widths, (left, y), dim, pen);
        y += 1;
        if area.height > 4 || fits {
            let gutters = GUTTER.saturating_mul(widths.len().saturating_sub(1) as u16);
            let used = widths.iter().fold(gutters, |sum, &width| sum.saturating_add(width)).min(width);
            pen.fill(area.x, y, indent + used, pen.glyphs().rule, rule);
            y += 1;
        }
    }
    let room = usize::from(area.bottom() - y);
    let shown =
        if table.rows.len() <= room { table.rows.len() } else { room.saturating_sub(1).max(room.min(1)) };
    for place in 0..shown {
        // The chosen row is not among those that give way.
        let row = match chosen {
            Some(row) if row >= shown && place + 1 == shown => row,
            _ => place,
        };
        let strong = pen.style(Role::Strong);
        if chosen == Some(row) {
            pen.put(area.x, y, pen.glyphs().right, strong);
        }
        let style = if chosen == Some(row) { strong } else { text };
        draw_row(table, &table.rows[row], &widths, (left, y), style, pen);
        y += 1;
    }
    if shown < table.rows.len() && room > 1 {
        let more = format!("{} {} more", pen.glyphs().ellipsis, table.rows.len() - shown);
        pen.text(left, y, width, &more, dim);
    }
}

fn draw_row(
    table: &Table,
    row: &[String],
    widths: &[u16],
    (mut x, y): (u16, u16),
    style: Style,
    pen: &mut Pen,
) {
    for (column, &width) in widths.iter().enumerate() {
        let text = row.get(column).map_or("", String::as_str);
        if is_right(table, column) {
            pen.text_right(x, y, width, text, style);
        } else {
            pen.text(x, y, width, text, style);
        }
        x = x.saturating_add(width).saturating_add(GUTTER);
    }
}

fn is_right(table: &Table, column: usize) -> bool {
    table.right.get(column).copied().unwrap_or(false)
}

/// The width of each column that is shown.
fn widths(table: &Table, width: u16, pen: &Pen) -> Vec<u16> {
    let count = table.rows.iter().map(Vec::len).max().unwrap_or(0).max(table.head.len());
    let fit = usize::from(width.saturating_add(GUTTER) / (1 + GUTTER));
    let mut columns: Vec<Width> =
        (0..count.min(fit)).map(|column| Width::of(table, column, width, pen)).collect();
    let room = |count: usize| u32::from(width.saturating_sub(GUTTER * (count.saturating_sub(1) as u16)));
    let total = |columns: &[Width], part: fn(&Width) -> u16| -> u32 {
        columns.iter().map(|column| u32::from(part(column))).sum()
    };
    while columns.len() > 1 && total(&columns, |column| column.least) > room(columns.len()) {
        columns.pop();
    }
    while total(&columns, |column| column.own) > room(columns.len()) {
        // The widest of those that can give; the first of equals, for it is a text.
        let can_give = |column: &&mut Width| column.own > column.least;
        let widest = columns.iter_mut().rev().filter(can_give).max_by_key(|column| column.own);
        let Some(column) = widest else { break };
        column.own -= 1;
    }
    columns.into_iter().map(|column| column.own.min(width)).collect()
}

/// How wide a column is, and how wide at least.
struct Width {
    own: u16,
    least: u16,
}

impl Width {
    fn of(table: &Table, column: usize, width: u16, pen: &Pen) -> Width {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        let cells = pen.widest(cells.map(String::as_str));
        let head = table.head.get(column).map_or(0, |head| pen.width(head));
        let own = cells.max(head).clamp(1, width.max(1));
        let least = if is_right(table, column) { cells.max(head.min(HEAD_MIN)) } else { TEXT_MIN };
        Width { own, least: least.min(own).max(1) }
    }
}
