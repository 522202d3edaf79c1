//! The Lab by topic: each part of the curriculum with the topics that have a demo, and in a line those that have none.

use crate::app::catalogue::{Row, rows};
use crate::app::layout::Area;
use crate::app::{Model, Target};
use crate::config::theme::Role;
use crate::doc;

use super::super::Canvas;
use super::lab::done;

/// How wide the column of topics is at most.
const TOPICS: u16 = 46;

/// A row as it is drawn: those of the catalogue, with long ones broken.
enum Line<'a> {
    Row(Row<'a>),
    More(String),
}

/// Draws the catalogue.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    let width = area.width.min(112);
    let x = area.x + (area.width - width) / 2;
    let mut lines = Vec::new();
    for row in rows(model) {
        match row {
            Row::Without(text) => {
                let room = usize::from(width.saturating_sub(3).max(1));
                lines.extend(doc::wrap_text(&text, room).into_iter().map(Line::More));
            }
            row => lines.push(Line::Row(row)),
        }
    }
    let numbers = numbered(&lines);
    let chosen = model.lab.catalogue.chosen;
    let at = numbers.iter().position(|number| *number == Some(chosen)).unwrap_or(0);
    let height = usize::from(area.height);
    let top = at.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
    let mut named_topic = false;
    for ((line, number), y) in
        lines.iter().zip(&numbers).skip(top).take(height).zip(area.y..area.y + area.height)
    {
        let place = Area { x, y, width, height: 1 };
        let here = *number == Some(chosen);
        match line {
            Line::More(text) => {
                canvas.pen.text(x + 3, y, width.saturating_sub(3), text, canvas.pen.style(Role::Dim));
            }
            Line::Row(Row::Part(name, with, of)) => {
                canvas.pen.text(x, y, width, name, canvas.pen.style(Role::Accent));
                let count = format!("{with} of {of} topics");
                canvas.pen.text_right(x, y, width, &count, canvas.pen.style(Role::Dim));
            }
            Line::Row(row @ Row::Demo(_, _, first)) => {
                // At the top of the window the topic is named even where its first demo is above it.
                pair(model, row, here, *first || !named_topic, place, canvas);
                named_topic = true;
            }
            Line::Row(Row::Gap | Row::Without(_)) => {}
        }
        if let Some(number) = number {
            canvas.target(place, Target::Row(*number));
        }
    }
    canvas.more = (top > 0, top + height < lines.len());
}

/// For each line that can be chosen its number.
fn numbered(lines: &[Line<'_>]) -> Vec<Option<usize>> {
    let numbers = lines.iter().scan(0, |next, line| {
        let opens = matches!(line, Line::Row(Row::Demo(..)));
        let number = opens.then_some(*next);
        *next += usize::from(opens);
        Some(number)
    });
    numbers.collect()
}

/// A topic and one of its demos, with what was done with that.
fn pair(model: &Model, row: &Row<'_>, here: bool, named: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Row::Demo(topic, spec, _) = row else { return };
    let column = TOPICS.min(area.width / 2);
    if named {
        let room = column.saturating_sub(4);
        let role = if topic.page.is_some() { Role::Text } else { Role::Dim };
        canvas.pen.text(area.x + 3, area.y, room, &topic.title, canvas.pen.style(role));
    }
    let role = if here { Role::Selected } else { Role::Strong };
    let room = area.width.saturating_sub(column);
    let used =
        canvas.pen.text(area.x + column, area.y, room, &format!(" {} ", spec.title), canvas.pen.style(role));
    // Beside a long title the marks stand without their words, in the same order.
    let (whole, short) = done(model, spec, canvas);
    let fits = |text: &str| canvas.pen.width(text) + used + 2 <= room;
    if let Some(text) = [whole, short].into_iter().find(|text| fits(text)) {
        canvas.pen.text_right(area.x, area.y, area.width, &text, canvas.pen.style(Role::Dim));
    }
}
