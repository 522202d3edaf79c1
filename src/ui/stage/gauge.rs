//! How full something is: one dot a place where the places can be counted at a glance, a bar where not.

use ratatui::layout::Rect;

use super::bars::{Bar, draw_bar};
use crate::config::theme::Role;
use crate::lab::scene::Gauge;
use crate::ui::pen::Pen;

/// Up to so many places are shown as dots.
const DOTS: f64 = 10.0;
/// The bar of a gauge is at most this long: a glance compares short lengths better.
const BAR_MAX: u16 = 30;
/// Cells that are kept for the value behind the bar, so that the bar does not move when the value grows.
const LABEL: u16 = 12;

/// Draws a gauge on the first line of an area; its name takes `names` cells.
pub fn draw(gauge: &Gauge, area: Rect, names: u16, pen: &mut Pen) {
    let y = area.y;
    let (dim, tone) = (pen.style(Role::Dim), pen.tone(gauge.tone));
    let label = pen.width(&gauge.label);
    let places = places(gauge.full);
    let name = names.min((area.width / 3).max(area.width.saturating_sub(label + places.unwrap_or(6) + 6)));
    pen.text(area.x, y, name.min(area.width), &gauge.name, dim);
    let start = if name == 0 { 0 } else { name + 2 };
    let mut x = area.x.saturating_add(start);
    let room = area.right().saturating_sub(x);
    match places {
        Some(places) if places <= room => {
            let (full, hollow) = (pen.glyphs().dot, if pen.theme.ascii { "." } else { pen.glyphs().hollow });
            // A part of a token admits nobody: only whole ones are full dots.
            let whole = (clean(gauge.value, gauge.full) + 1e-9).floor() as u16;
            pen.fill(x, y, whole, full, pen.theme.series_style(gauge.series));
            pen.fill(x + whole, y, places - whole, hollow, dim);
            x += places;
        }
        _ => {
            let width = room.saturating_sub(label.max(LABEL) + 2).min(BAR_MAX);
            let share = if gauge.full > 0.0 { clean(gauge.value, gauge.full) / gauge.full } else { 0.0 };
            let style = pen.series(gauge.series);
            draw_bar(Rect::new(x, y, width, 1), &Bar { share, style, track: true }, pen);
            x += width;
        }
    }
    if x > area.x {
        x += 2;
    }
    let left = |x: u16| area.right().saturating_sub(x);
    x += pen.text(x, y, left(x), &gauge.label, tone);
    pen.text(x + 1, y, left(x + 1), pen.theme.tone_mark(gauge.tone), tone);
}

/// How many dots a gauge has, if its places can be counted.
fn places(full: f64) -> Option<u16> {
    (full.fract() == 0.0 && (1.0..=DOTS).contains(&full)).then_some(full as u16)
}

/// A value between nothing and full.
fn clean(value: f64, full: f64) -> f64 {
    if value.is_nan() || full.is_nan() { 0.0 } else { value.min(full).max(0.0) }
}
