//! The title of a chart and what its curves are: to the right of the title where there is room, else below it.
//!
//! An entry is a piece of its curve and the name. Where lines are short the piece becomes a single glyph, so that
//! more entries stand in a line.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::canvas::{EAST, WEST};
use super::curve::stroke;
use crate::config::theme::Role;
use crate::lab::scene::{Chart, Curve, CurveKind};
use crate::ui::pen::Pen;

/// Below this width entries that do not fit on one line are written short.
const SHORT_BELOW: u16 = 60;

/// Whether the curves carry their glyphs: where two lines could be confused.
pub fn marked(curves: &[Curve]) -> bool {
    curves.iter().filter(|curve| matches!(curve.kind, CurveKind::Steps | CurveKind::Line)).count() > 1
}

/// The style of a curve: its series', and what the learner bet in the colour of all bets.
pub fn style(curve: &Curve, pen: &Pen) -> Style {
    match curve.kind {
        CurveKind::Bet => pen.style(Role::Accent).remove_modifier(Modifier::UNDERLINED),
        _ => pen.series(curve.series),
    }
}

/// What the inside of a band is made of. Two that overlap are told apart.
pub fn shade(curve: &Curve, pen: &Pen) -> &'static str {
    match (curve.series.0 % 2, pen.theme.ascii) {
        (0, false) => "░",
        (_, false) => "▒",
        (0, true) => ":",
        (_, true) => ";",
    }
}

/// Draws the title and the legend on the first lines of an area. Returns the lines used.
pub fn draw(chart: &Chart, area: Rect, pen: &mut Pen) -> u16 {
    let dim = pen.style(Role::Dim);
    pen.text(area.x, area.y, area.width, &chart.y, dim);
    if chart.curves.iter().all(|curve| name(curve).is_empty()) {
        return 1;
    }
    let mut entries = Entries { marked: marked(&chart.curves), short: false };
    let all: Vec<&Curve> = chart.curves.iter().collect();
    let width = entries.width(&all, pen);
    let title = pen.width(&chart.y);
    if title.saturating_add(3).saturating_add(width) <= area.width {
        entries.draw(&all, Rect::new(area.right() - width, area.y, width, 1), pen);
        return 1;
    }
    entries.short = width > area.width && area.width < SHORT_BELOW;
    // As many lines as the entries need, as long as the plot keeps most of the height. Short ones begin behind the title.
    let mut rest = &all[..];
    let behind = title.saturating_add(3);
    let room = area.width.saturating_sub(behind);
    if let Some(count) = entries.fitting(rest, room, pen).filter(|_| entries.short) {
        entries.draw(&rest[..count], Rect::new(area.x + behind, area.y, room, 1), pen);
        rest = &rest[count..];
    }
    let mut lines = 0;
    while !rest.is_empty() && area.height >= 7 + lines {
        let count = entries.fitting(rest, area.width, pen).unwrap_or(1);
        lines += 1;
        entries.draw(&rest[..count], Rect::new(area.x, area.y + lines, area.width, 1), pen);
        rest = &rest[count..];
    }
    1 + lines
}

/// What an entry says. A bet needs no name to be known.
fn name(curve: &Curve) -> &str {
    match curve.kind {
        CurveKind::Bet if curve.name.is_empty() => "your bet",
        _ => &curve.name,
    }
}

/// How entries are written.
struct Entries {
    /// Whether lines carry the glyph of their series.
    marked: bool,
    /// Whether one glyph stands for the curve.
    short: bool,
}

impl Entries {
    fn gap(&self) -> u16 {
        if self.short { 2 } else { 3 }
    }

    /// The cells of some entries on one line.
    fn width(&self, curves: &[&Curve], pen: &Pen) -> u16 {
        let sample = if self.short { 2 } else { 4 };
        let entry = |curve: &&Curve| pen.width(name(curve)).saturating_add(sample + self.gap());
        curves.iter().map(entry).fold(0, u16::saturating_add).saturating_sub(self.gap())
    }

    /// How many entries stand on one line of so many cells, if any.
    fn fitting(&self, curves: &[&Curve], room: u16, pen: &Pen) -> Option<usize> {
        (1..=curves.len()).rev().find(|&count| self.width(&curves[..count], pen) <= room)
    }

    fn draw(&self, curves: &[&Curve], line: Rect, pen: &mut Pen) {
        let (mut x, text) = (line.x, pen.style(Role::Text));
        for curve in curves {
            let left = |x: u16| line.right().saturating_sub(x);
            let style = style(curve, pen);
            for glyph in self.sample(curve, pen) {
                x += pen.text(x, line.y, left(x), glyph, style);
            }
            x += 1 + pen.text(x + 1, line.y, left(x + 1), name(curve), text) + self.gap();
        }
    }

    /// A piece of a curve, cell by cell.
    fn sample(&self, curve: &Curve, pen: &Pen) -> Vec<&'static str> {
        let level = stroke(curve).glyph(EAST | WEST, pen.theme.ascii);
        let own = pen.theme.series_glyph(curve.series);
        match (curve.kind, self.short) {
            (CurveKind::Points, false) => vec![" ", own, " "],
            (CurveKind::Points, true) => vec![own],
            (CurveKind::Band, short) => vec![shade(curve, pen); if short { 1 } else { 3 }],
            (CurveKind::Bet, false) => vec![level, level, " "],
            (CurveKind::Theory | CurveKind::Bet, true) => vec![level],
            (CurveKind::Steps | CurveKind::Line, true) => vec![if self.marked { own } else { level }],
            (CurveKind::Steps | CurveKind::Line, false) if self.marked => vec![level, own, level],
            (CurveKind::Steps | CurveKind::Line | CurveKind::Theory, false) => vec![level; 3],
        }
    }
}
