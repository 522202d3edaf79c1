//! A question on the screen, in the Drill and in pages alike.

use crate::app::Target;
use crate::app::asking::{Asking, CardLine, grades};
use crate::app::command::Do;
use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::doc;
use crate::drill::Variant;
use crate::memory::{Grade, Interval};

use super::{Canvas, prose};

/// Draws the question and what came of it. `focused` shows the cursor and what is chosen; `proposed` is the grade to mark
/// where the grades stand among the lines, as in a page. Returns how many rows were used.
pub fn draw(asking: &Asking, lines: &[CardLine], area: Area, focused: bool, canvas: &mut Canvas<'_>) -> u16 {
    let mut used = 0;
    for (row, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        let place = Area { y, height: 1, ..area };
        one(line, place, focused, canvas);
        if line.grades {
            let proposed = asking.graded.as_ref().map(|(grade, _)| *grade).or(asking.proposed());
            grade_row(asking.offered.flatten(), proposed, place, canvas);
        }
        used += 1;
    }
    used
}

fn one(line: &CardLine, area: Area, focused: bool, canvas: &mut Canvas<'_>) {
    let mut x = area.x;
    for span in &line.line.spans {
        let style = doc::Style { reverse: span.style.reverse && focused, ..span.style };
        let style = prose::style(canvas.pen.theme, style);
        let room = (area.x + area.width).saturating_sub(x);
        x += canvas.pen.text(x, area.y, room, &span.text, style);
    }
    if let Some(option) = line.option {
        canvas.target(area, Target::Choice(option));
    }
    for spot in &line.spots {
        let start = spot.start.min(area.width);
        let width = spot.width.min(area.width - start);
        canvas.target(Area { x: area.x + start, width, ..area }, Target::Choice(spot.part));
    }
}

/// What stands at the lower edge of a question's frame in a page.
#[must_use]
pub fn hint(asking: &Asking, keys: bool) -> String {
    let says = match (&asking.graded, &asking.verdict) {
        (Some((grade, _)), _) => return format!("saved: {}", grade.label()),
        (None, _) if !keys => "Tab to answer",
        (None, Some(_)) => "1-4 grade, Enter as proposed",
        (None, None) => match &asking.asked.variant {
            Variant::Bet(_) => "Enter runs it",
            Variant::Estimate(_) | Variant::Type { .. } | Variant::Arrange { .. } => "Enter checks",
            Variant::Pair { .. } => "a letter, then a digit; Enter checks",
            Variant::Class { .. } => "a digit sorts; Enter checks",
            Variant::Point { .. } => "Enter points",
            Variant::Open { .. } => "Tab shows the points",
            Variant::Pick { many: true, .. } => "letters pick, Enter checks",
            Variant::Pick { .. } => "a letter answers",
            Variant::Recall | Variant::Broken { .. } => "Enter shows the answer",
        },
    };
    says.to_string()
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
    let needed = |interval: bool, name: usize, gap: u16| -> u16 {
        let one = |(grade, text, _): &(Grade, String, bool)| {
            let label = grade.label().len().min(name) + 5 + if interval { text.len() } else { 0 };
            u16::try_from(label).unwrap_or(u16::MAX).saturating_add(gap)
        };
        // Behind the last there need be nothing.
        row.iter().map(one).sum::<u16>().saturating_sub(gap + u16::from(!interval))
    };
    let ways = [(true, 9, gap), (false, 9, gap), (false, 9, 0), (false, 1, gap)];
    let fits = |way: &&(bool, usize, u16)| needed(way.0, way.1, way.2) <= area.width;
    let (with_intervals, letters, gap) = ways.iter().find(fits).copied().unwrap_or((false, 1, 0));
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
