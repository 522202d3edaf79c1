//! A year: weeks as columns, days as rows, months by name. How much was done on a day shows in the shade of its cell,
//! which reads without colour.

use crate::app::layout::Area;
use crate::app::progress::Figures;
use crate::app::progress::pictures::{self, Year};
use crate::app::progress::words;
use crate::config::theme::Role;
use crate::lab::scene::Scene;

use super::super::super::Canvas;

/// The room for the names of the days.
const NAMES: u16 = 4;

/// The shades of a day: nothing done, and four levels.
fn shades(canvas: &Canvas<'_>) -> [&'static str; 5] {
    if canvas.pen.theme.ascii { [".", "-", "+", "*", "#"] } else { ["·", "░", "▒", "▓", "█"] }
}

/// Draws the year and what is said of it.
pub fn draw(figures: &Figures, area: Area, canvas: &mut Canvas<'_>) {
    let year = pictures::year(figures);
    // Two cells a day are a square; where only one fits, the last weeks that fit.
    let room = area.width.saturating_sub(NAMES);
    let pitch = if room >= 2 * year.weeks.len() as u16 { 2 } else { 1 };
    let fits = usize::from(room / pitch).min(year.weeks.len());
    let weeks = &year.weeks[year.weeks.len() - fits..];
    let (dim, shades) = (canvas.pen.style(Role::Dim), shades(canvas));
    for (at, name) in ["Mon", "", "Wed", "", "Fri", "", "Sun"].into_iter().enumerate() {
        canvas.pen.text(area.x, area.y + 1 + at as u16, NAMES, name, dim);
    }
    let mut free = area.x;
    for (at, week) in weeks.iter().enumerate() {
        let x = area.x + NAMES + pitch * at as u16;
        if let Some(month) = week.month.as_deref().filter(|_| x >= free && x + 3 <= area.x + area.width) {
            canvas.pen.text(x, area.y, 3, month, dim);
            free = x + 4;
        }
        for (day, answers) in week.days.iter().enumerate() {
            let Some(answers) = answers else { continue };
            let level = year.level(*answers);
            let style = canvas.pen.style(if level == 0 { Role::Rule } else { Role::Good });
            canvas.pen.put(x, area.y + 1 + day as u16, shades[level], style);
            if pitch == 2 && level > 0 {
                canvas.pen.put(x + 1, area.y + 1 + day as u16, shades[level], style);
            }
        }
    }
    legend(&year, Area { y: area.y + 9, height: 1, ..area }, canvas);
    let facts = Area { y: area.y + 11, height: area.height.saturating_sub(11), ..area };
    super::scene(&Scene::Facts(pictures::year_facts(figures)), facts, canvas);
}

/// What the shades stand for.
fn legend(year: &Year, area: Area, canvas: &mut Canvas<'_>) {
    let shades = shades(canvas);
    let dim = canvas.pen.style(Role::Dim);
    let mut x = area.x + NAMES;
    x += canvas.pen.text(x, area.y, area.width, "answers a day  ", dim);
    for (level, shade) in shades.into_iter().enumerate() {
        let text = match (level, level.checked_sub(1).map(|at| (year.levels[at], year.levels.get(at + 1)))) {
            (_, None) => "none".to_string(),
            (_, Some((from, None))) => format!("{}+", words::number(from)),
            (_, Some((from, Some(next)))) if next - from == 1 => words::number(from),
            (_, Some((from, Some(next)))) => format!("{}-{}", words::number(from), words::number(next - 1)),
        };
        let style = canvas.pen.style(if level == 0 { Role::Rule } else { Role::Good });
        let room = (area.x + area.width).saturating_sub(x);
        x += canvas.pen.text(x, area.y, room, shade, style) + 1;
        x += canvas.pen.text(x, area.y, room.saturating_sub(2), &text, dim) + 3;
    }
}
