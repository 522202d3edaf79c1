//! A question on the screen, in the Drill and in pages alike.

use crate::app::Target;
use crate::app::asking::{Asking, CardLine, grades, unit_sign};
use crate::app::command::Do;
use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::drill::Variant;
use crate::memory::{Grade, Interval};

use super::{Canvas, prose};

/// Draws the question and what came of it from a line on. `focused` shows the cursor of the bet. Returns how
/// many rows were used.
pub fn draw(asking: &Asking, lines: &[CardLine], area: Area, focused: bool, canvas: &mut Canvas<'_>) -> u16 {
    let mut used = 0;
    for (row, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        prose::line(&mut canvas.pen, area.x, y, area.width, &line.line);
        if let Some(option) = line.option {
            canvas.target(Area { y, height: 1, ..area }, Target::Choice(option));
        }
        if let Some(start) = line.field {
            bet_field(
                asking,
                Area { x: area.x + start, y, width: area.width.saturating_sub(start), height: 1 },
                focused,
                canvas,
            );
        }
        used += 1;
    }
    used
}

fn bet_field(asking: &Asking, area: Area, focused: bool, canvas: &mut Canvas<'_>) {
    let text = asking.field.text();
    let strong = canvas.pen.style(Role::Strong);
    let typed = canvas.pen.text(area.x, area.y, area.width, text, strong);
    if focused {
        let before = canvas.pen.width(&text[..asking.field.cursor()]);
        canvas.pen.reverse(area.x.saturating_add(before), area.y);
    }
    if let Variant::Bet(bet) = &asking.asked.variant {
        let sign = unit_sign(bet.unit);
        let sign = if text.contains(sign) { "" } else { sign };
        let x = area.x.saturating_add(typed + 2);
        canvas.pen.text(x, area.y, area.width.saturating_sub(typed + 2), sign, canvas.pen.style(Role::Dim));
    }
}

/// The row of grades with the intervals they give.
pub fn grade_row(
    intervals: Option<[Interval; 4]>,
    proposed: Option<Grade>,
    area: Area,
    canvas: &mut Canvas<'_>,
) {
    if area.height == 0 {
        return;
    }
    let mut x = area.x;
    let gap = if area.width >= 60 { 4 } else { 2 };
    let row = grades(intervals, proposed);
    // Where they do not fit side by side the intervals go, then the names but for their first letters.
    let needed = |interval: bool, name: usize| -> u16 {
        let one = |(grade, text, _): &(Grade, String, bool)| {
            let label = grade.label().len().min(name) + 4 + if interval { text.len() + 1 } else { 0 };
            u16::try_from(label).unwrap_or(u16::MAX).saturating_add(gap)
        };
        row.iter().map(one).sum()
    };
    let with_intervals = needed(true, 9) <= area.width;
    let letters = if with_intervals || needed(false, 9) <= area.width { 9 } else { 1 };
    for (grade, interval, chosen) in row.clone() {
        let interval = if with_intervals { interval } else { String::new() };
        let start = x;
        let right = area.x + area.width;
        let key = grade.number().to_string();
        let label: String = grade.label().chars().take(letters).collect();
        let label = format!(" {label} ");
        x += canvas.pen.text(x, area.y, right.saturating_sub(x), &key, canvas.pen.style(Role::Accent)) + 1;
        let role = if chosen { Role::Selected } else { Role::Text };
        x += canvas.pen.text(x, area.y, right.saturating_sub(x), &label, canvas.pen.style(role)) + 1;
        x += canvas.pen.text(x, area.y, right.saturating_sub(x), &interval, canvas.pen.style(Role::Dim));
        let width = x - start;
        canvas.target(Area { x: start, y: area.y, width, height: 1 }, Target::Command(Do::Grade(grade)));
        x += gap;
    }
}
