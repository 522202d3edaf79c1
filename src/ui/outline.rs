//! The outline of a page: beside it, or over it in narrow windows.

use crate::app::layout::Area;
use crate::app::reader::Reading;
use crate::app::reader::outline::{self, Row};
use crate::app::{Model, Target};
use crate::config::theme::Role;

use super::{Canvas, shell};

/// The widest an outline over the page gets, in cells.
const WIDEST: u16 = 56;

/// Draws the outline over the page.
pub fn over(model: &Model, reading: &Reading, area: Area, canvas: &mut Canvas<'_>) {
    let rows = u16::try_from(outline::rows(&model.library, reading).len()).unwrap_or(u16::MAX);
    let inner = shell::panel(area, WIDEST, rows.saturating_add(2), "Outline", canvas);
    // Nothing beneath it can be clicked.
    canvas.targets.clear();
    draw(model, reading, inner, canvas);
}

/// Draws the outline into an area.
pub fn draw(model: &Model, reading: &Reading, area: Area, canvas: &mut Canvas<'_>) {
    let rows = outline::rows(&model.library, reading);
    let here = reading.heading();
    let is_here = |row: &Row| matches!(row, Row::Heading(index) if Some(*index) <= here);
    let at = reading.cursor.or_else(|| rows.iter().rposition(is_here)).unwrap_or(0);
    let standing = rows.iter().rposition(is_here);
    let height = usize::from(area.height);
    let top = at.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    for (line, (index, row)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(0);
        let place = Area { y, height: 1, ..area };
        let chosen = reading.cursor == Some(index);
        self::row(model, reading, row, standing == Some(index), chosen, place, canvas);
        if row.leads() {
            canvas.target(place, Target::OutlineRow(index));
        }
    }
}

fn row(
    model: &Model,
    reading: &Reading,
    row: &Row<'_>,
    here: bool,
    chosen: bool,
    area: Area,
    canvas: &mut Canvas<'_>,
) {
    let mut put = |indent: u16, text: &str, role: Role| {
        let room = area.width.saturating_sub(indent);
        let role = if chosen { Role::Selected } else { role };
        canvas.pen.text(area.x + indent, area.y, room, text, canvas.pen.style(role));
    };
    match row {
        Row::Gap => {}
        Row::Label(label) => put(2, label, Role::Dim),
        Row::About => {
            let topic = reading.topic().and_then(|slug| model.library.topic(slug));
            let words = reading.words.div_ceil(crate::library::WORDS_A_MINUTE);
            let minutes = topic.map_or(words, crate::library::Topic::minutes);
            let seen = (reading.seen_share() * 100.0).round();
            put(2, &format!("{minutes} min, {seen:.0}% seen"), Role::Dim);
        }
        Row::Topic(topic) => put(4, &topic.title, if topic.page.is_some() { Role::Text } else { Role::Dim }),
        Row::Heading(index) => {
            let Some(heading) = reading.document.headings.get(*index) else { return };
            let level = heading.level.saturating_sub(outline::top_level(reading));
            put(2 + 2 * u16::from(level), &heading.text, if here { Role::Strong } else { Role::Dim });
            let read = model.learned.read.get(&reading.slug).is_some_and(|read| read.contains(&heading.id));
            let (mark, role) = match (here, read) {
                (true, _) => (canvas.pen.glyphs().right, Role::Accent),
                (false, true) => (if canvas.pen.theme.ascii { "+" } else { "✓" }, Role::Good),
                (false, false) => return,
            };
            canvas.pen.text(area.x, area.y, 1, mark, canvas.pen.style(role));
        }
    }
}
