//! Rows and columns: headings dim over one rule, numbers to the right. Where the width is short the widest
//! column gives way first; where the height is short the last line says how many rows are left out.

use ratatui::layout::Rect;

use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::Table;
use crate::ui::pen::Pen;

const GUTTER: u16 = 2;

/// Headings, a rule, and one line a row.
pub fn need(table: &Table) -> Need {
    let head = if table.head.is_empty() { 0 } else { 2 };
    let all = Need::lines(table.rows.len() + head);
    Need { least: all.likes.min(3), ..all }
}

/// Draws a table at its own width or, where that is too much, at the area's.
pub fn draw(table: &Table, area: Rect, pen: &mut Pen) {
    let widths = widths(table, area.width, pen);
    let (dim, rule, text) = (pen.style(Role::Dim), pen.style(Role::Rule), pen.style(Role::Text));
    let mut y = area.y;
    let fits = table.rows.len() + 2 <= usize::from(area.height);
    if !table.head.is_empty() && (area.height > 2 || fits) {
        draw_row(table, &table.head, &widths, (area.x, y), dim, pen);
        y += 1;
        if area.height > 4 || fits {
            let gutters = GUTTER.saturating_mul(widths.len().saturating_sub(1) as u16);
            let width = widths.iter().fold(gutters, |sum, &width| sum.saturating_add(width)).min(area.width);
            pen.fill(area.x, y, width, pen.glyphs().rule, rule);
            y += 1;
        }
    }
    let room = usize::from(area.bottom() - y);
    let shown =
        if table.rows.len() <= room { table.rows.len() } else { room.saturating_sub(1).max(room.min(1)) };
    for row in &table.rows[..shown] {
        draw_row(table, row, &widths, (area.x, y), text, pen);
        y += 1;
    }
    if shown < table.rows.len() && room > 1 {
        let more = format!("{} {} more", pen.glyphs().ellipsis, table.rows.len() - shown);
        pen.text(area.x, y, area.width, &more, dim);
    }
}

fn draw_row(
    table: &Table,
    row: &[String],
    widths: &[u16],
    (mut x, y): (u16, u16),
    style: ratatui::style::Style,
    pen: &mut Pen,
) {
    for (column, &width) in widths.iter().enumerate() {
        let text = row.get(column).map_or("", String::as_str);
        if table.right.get(column).copied().unwrap_or(false) {
            pen.text_right(x, y, width, text, style);
        } else {
            pen.text(x, y, width, text, style);
        }
        x = x.saturating_add(width).saturating_add(GUTTER);
    }
}

/// The width of each column. Columns that get none are left out, the last ones first.
fn widths(table: &Table, width: u16, pen: &Pen) -> Vec<u16> {
    let count = table.rows.iter().map(Vec::len).max().unwrap_or(0).max(table.head.len());
    let fit = usize::from(width.saturating_add(GUTTER) / (1 + GUTTER));
    let mut widths: Vec<u16> = (0..count.min(fit))
        .map(|column| {
            let cells = table.rows.iter().chain([&table.head]).filter_map(|row| row.get(column));
            pen.widest(cells.map(String::as_str)).clamp(1, width.max(1))
        })
        .collect();
    let gutters = GUTTER * (widths.len().saturating_sub(1) as u16);
    let room = u32::from(width.saturating_sub(gutters));
    let total = |widths: &[u16]| widths.iter().map(|&width| u32::from(width)).sum::<u32>();
    while total(&widths) > room {
        let Some(widest) = widths.iter_mut().max() else { break };
        *widest -= 1;
    }
    widths
}
