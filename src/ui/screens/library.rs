//! The Library's list: bookmarks, the topics along the path, or all cheat sheets.

use crate::app::layout::Area;
use crate::app::learned::Standing;
use crate::app::shelf::{self, Row};
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::decide::Tree;
use crate::library::Topic;

use super::super::Canvas;
use super::page;

/// Draws the Library.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    match &model.reader.open {
        Some(reading) => page::draw(model, reading, area, canvas),
        None => list(model, area, canvas),
    }
}

fn list(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.saturating_sub(2).min(110);
    let x = area.x + (area.width - width) / 2;
    let rows = shelf::rows(model);
    let numbers: Vec<Option<usize>> = rows
        .iter()
        .scan(0, |next, row| {
            let number = row.opens().then_some(*next);
            *next += usize::from(row.opens());
            Some(number)
        })
        .collect();
    let chosen = model.reader.list.chosen;
    let at = numbers.iter().position(|number| *number == Some(chosen)).unwrap_or(0);
    let height = usize::from(area.height);
    let top = at.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    for (line, (row, number)) in rows.iter().zip(&numbers).skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(0);
        let place = Area { x, y, width, height: 1 };
        let here = *number == Some(chosen);
        match row {
            Row::Gap => {}
            Row::Label(title) => {
                canvas.pen.text(x, y, width, title, canvas.pen.style(Role::Strong));
            }
            Row::Planned(titles) => {
                canvas.pen.text(x + 4, y, width.saturating_sub(4), titles, canvas.pen.style(Role::Dim));
            }
            Row::Topic(topic) => topic_row(model, topic, here, place, canvas),
            Row::Bookmark(_, name) => {
                let mark = canvas.pen.glyphs().right;
                canvas.pen.text(x + 1, y, 1, mark, canvas.pen.style(Role::Accent));
                named(name, here, place, canvas);
            }
            Row::Tree(tree) => tree_row(tree, here, place, canvas),
        }
        if let Some(number) = number {
            canvas.target(place, Target::Row(*number));
        }
    }
    canvas.more = (top > 0, top + height < rows.len());
}

/// The name of a row, marked where it is chosen; gives the cells it took.
fn named(name: &str, here: bool, area: Area, canvas: &mut Canvas<'_>) -> u16 {
    let role = if here { Role::Selected } else { Role::Text };
    let room = area.width.saturating_sub(14);
    canvas.pen.text(area.x + 3, area.y, room, &format!(" {name} "), canvas.pen.style(role))
}

fn tree_row(tree: &Tree, here: bool, area: Area, canvas: &mut Canvas<'_>) {
    let used = named(&tree.title, here, area, canvas);
    let from = used.max(44) + 4;
    if area.width > from + 30 {
        let room = area.width - from - 10;
        canvas.pen.text(area.x + from, area.y, room, &tree.summary, canvas.pen.style(Role::Dim));
    }
    let about = format!("{} leaves", tree.leaves.len());
    canvas.pen.text_right(area.x, area.y, area.width, &about, canvas.pen.style(Role::Dim));
}

fn topic_row(model: &Model, topic: &Topic, here: bool, area: Area, canvas: &mut Canvas<'_>) {
    let (mark, tone) = match model.learned.standing(&model.library, topic) {
        Standing::Known => (if canvas.pen.theme.ascii { "+" } else { "✓" }, Role::Good),
        Standing::Begun => (if canvas.pen.theme.ascii { "~" } else { "◐" }, Role::Accent),
        Standing::New => (canvas.pen.glyphs().hollow, Role::Dim),
    };
    canvas.pen.text(area.x + 1, area.y, 1, mark, canvas.pen.style(tone));
    let used = named(&topic.title, here, area, canvas);
    let summary = topic.page.as_ref().map_or("", |page| page.summary.as_str());
    let from = used.max(44) + 4;
    if area.width > from + 30 {
        canvas.pen.text(area.x + from, area.y, area.width - from - 10, summary, canvas.pen.style(Role::Dim));
    }
    if !model.reader.sheets {
        let about = format!("{} min", topic.minutes());
        canvas.pen.text_right(area.x, area.y, area.width, &about, canvas.pen.style(Role::Dim));
    }
}
