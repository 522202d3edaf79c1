//! Values over time: axes with round ticks, a legend, and curves that are told apart without colour.
//!
//! Curves are box-drawing lines, light and heavy in turn, theory is broken, and where there are several curves
//! each also carries its series' glyph every so often. Where height or width is
//! short the chart becomes one line of small columns a curve.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::curve::{Plotter, Seen};
use super::decades::Decades;
use super::layout::{Growth, Need};
use super::legend;
use super::scale::{self, Across, Rows};
use crate::config::theme::Role;
use crate::lab::scene::{Chart, Curve, CurveKind};
use crate::ui::pen::Pen;

/// Below this height or width there is no room for axes.
const HEIGHT_MIN: u16 = 5;
const WIDTH_MIN: u16 = 18;
/// Cells between the glyphs on a curve.
const MARKER_EVERY: usize = 16;

/// On a page about a third as high as wide; more is always of use.
pub fn need(chart: &Chart, width: u16) -> Need {
    let curves = u16::try_from(chart.curves.len()).unwrap_or(u16::MAX).max(1);
    if width < WIDTH_MIN {
        return Need::lines(usize::from(curves));
    }
    Need {
        least: curves.min(2),
        likes: (width / 5).clamp(9, 14),
        most: (width / 2).max(15),
        growth: Growth::Rows,
    }
}

/// Draws a chart.
pub fn draw(chart: &Chart, area: Rect, pen: &mut Pen) {
    if area.height < HEIGHT_MIN || area.width < WIDTH_MIN {
        return draw_sparks(chart, area, pen);
    }
    let mut area = area;
    let head = legend::draw(chart, area, pen);
    area.y += head;
    area.height -= head;
    let axis_rows = if area.height >= 6 { 2 } else { 1 };
    let rows = area.height - axis_rows;
    let decades = if chart.log_y { Decades::of(chart, rows) } else { None };
    let (chart, axis) = match &decades {
        Some(decades) => (&decades.chart, decades.axis.clone()),
        None => (chart, scale::rows(largest(chart), chart.y_top, rows)),
    };
    // Rows that no tick falls on are left at the top, so that charts beside each other stand on one line.
    area.y += rows - axis.used.min(rows);
    let name = |tick: u16| match &decades {
        Some(decades) => decades.label(tick),
        None => y_label(&axis, tick),
    };
    let names: Vec<String> = (0..=ticks_of(&axis)).map(name).collect();
    let names_width = pen.widest(names.iter().map(String::as_str)).min(area.width / 3);
    let plot = Rect::new(area.x + names_width + 2, area.y, area.width - names_width - 2, axis.used);
    draw_y_axis(&names, &axis, Rect::new(area.x, area.y, names_width, axis.used), pen);
    draw_x_axis(chart, plot, axis_rows == 2, pen);
    let mut canvas = Canvas::new(plot.width, plot.height);
    draw_curves(chart, axis.top, &mut canvas, pen);
    canvas.show(plot, pen);
}

/// From the back to the front: bands, theory, bets, curves, points, and the glyphs on the curves.
fn draw_curves(chart: &Chart, top: f64, canvas: &mut Canvas, pen: &Pen) {
    let mut order: Vec<(usize, &Curve)> = chart.curves.iter().enumerate().collect();
    order.sort_by_key(|(_, curve)| match curve.kind {
        CurveKind::Band => 0,
        CurveKind::Theory => 1,
        CurveKind::Bet => 2,
        CurveKind::Steps | CurveKind::Line => 3,
        CurveKind::Points => 4,
    });
    let across = Across::new(chart.x_span, chart.log_x);
    let mut paths = Vec::new();
    for (layer, curve) in order {
        let plotter = Plotter { across, top, layer, style: legend::style(curve, pen) };
        match curve.kind {
            // In ASCII a closed shade would hide the dots of theory.
            CurveKind::Band => {
                plotter.draw_band(curve, legend::shade(curve, pen), pen.theme.ascii, canvas);
            }
            CurveKind::Points => plotter.draw_points(curve, pen.theme.series_glyph(curve.series), canvas),
            CurveKind::Theory => {
                plotter.draw(curve, canvas);
            }
            CurveKind::Bet => {
                let seen = plotter.draw(curve, canvas).iter().any(Option::is_some);
                // A bet is a point that somebody made: one beyond the axis is at least pointed to.
                if !seen && curve.points.iter().any(|point| point.1 > top) {
                    for x in (1..canvas.width).step_by(MARKER_EVERY / 2) {
                        canvas.glyph(x, 0, pen.glyphs().up, plotter.style);
                    }
                }
            }
            CurveKind::Steps | CurveKind::Line => paths.push((curve, plotter.draw(curve, canvas))),
        }
    }
    if paths.len() > 1 {
        for (index, (curve, path)) in paths.iter().enumerate() {
            draw_markers(curve, path, index, canvas, pen);
        }
    }
}

/// The largest finite value of the curves.
fn largest(chart: &Chart) -> f64 {
    let lows = chart.curves.iter().flat_map(|curve| &curve.low).copied();
    let values = chart.curves.iter().flat_map(|curve| &curve.points).map(|point| point.1);
    values.chain(lows).filter(|value| value.is_finite()).fold(0.0, f64::max)
}

fn ticks_of(axis: &Rows) -> u16 {
    (axis.used - 1) / axis.every
}

fn y_label(axis: &Rows, tick: u16) -> String {
    scale::label(f64::from(tick) * axis.step, axis.step, axis.top)
}

fn draw_y_axis(names: &[String], axis: &Rows, area: Rect, pen: &mut Pen) {
    let (dim, rule) = (pen.style(Role::Dim), pen.style(Role::Rule));
    let (line, tick) = if pen.theme.ascii { ("|", "+") } else { ("│", "┤") };
    for row in 0..axis.used {
        pen.put(area.right() + 1, area.y + row, line, rule);
    }
    for (index, name) in names.iter().enumerate() {
        let y = area.bottom() - 1 - index as u16 * axis.every;
        pen.text_right(area.x, y, area.width, name, dim);
        pen.put(area.right() + 1, y, tick, rule);
    }
}

fn draw_x_axis(chart: &Chart, plot: Rect, with_line: bool, pen: &mut Pen) {
    let (dim, rule) = (pen.style(Role::Dim), pen.style(Role::Rule));
    let ascii = pen.theme.ascii;
    let mut y = plot.bottom();
    let cells = plot.width.saturating_sub(1);
    let across = Across::new(chart.x_span, chart.log_x);
    let (low, high) = chart.x_span;
    let far = |value: f64| scale::label(value, (high - low) / 10.0, low.abs().max(high.abs())).len() as u16;
    let apart = (far(low).max(far(high)) + 4).max(8).max(plot.width / 10);
    let ticks = across.map_or_else(Vec::new, |across| across.ticks(plot.width, apart));
    let place = |value: f64| {
        let share = across.map_or(0.0, |across| across.share(value));
        plot.x + (share * f64::from(cells)).round() as u16
    };
    if with_line {
        pen.put(plot.x - 1, y, if ascii { "+" } else { "└" }, rule);
        pen.fill(plot.x, y, plot.width, pen.glyphs().rule, rule);
        for (tick, _) in &ticks {
            pen.put(place(*tick), y, if ascii { "+" } else { "┬" }, rule);
        }
        y += 1;
    }
    // The axis' name stands at the right end; labels that would touch it are left out.
    let name = pen.width(&chart.x).min(plot.width);
    let name_at = plot.right() - name;
    pen.text(name_at, y, name, &chart.x, dim);
    for (tick, text) in &ticks {
        let width = text.len() as u16;
        let x = place(*tick).saturating_sub(width / 2);
        if x + width < name_at || (name == 0 && x + width <= plot.right()) {
            pen.text(x, y, width, text, dim);
        }
    }
}

/// The glyph of the series on its curve, each curve's at columns of its own.
fn draw_markers(curve: &Curve, path: &[Option<Seen>], index: usize, canvas: &mut Canvas, pen: &Pen) {
    let (glyph, style) = (pen.theme.series_glyph(curve.series), pen.series(curve.series));
    let mut column = MARKER_EVERY / 4 + index * 5 % MARKER_EVERY;
    while column < path.len() {
        let near = column..path.len().min(column + MARKER_EVERY / 2);
        // On a level part, for a corner loses its shape under a glyph; on a steep one rather than nowhere.
        let level = near.clone().find(|&at| path[at].is_some_and(|seen| seen.level));
        let at = level.or_else(|| near.clone().find(|&at| path[at].is_some()));
        if let Some((at, seen)) = at.and_then(|at| Some((at, path[at]?))) {
            canvas.glyph(at as u16, seen.row, glyph, style);
        }
        column += MARKER_EVERY;
    }
}

/// One line a curve: its name, its course in small columns, its last value.
fn draw_sparks(chart: &Chart, area: Rect, pen: &mut Pen) {
    let top = chart
        .y_top
        .filter(|top| top.is_finite() && *top > 0.0)
        .unwrap_or(largest(chart).max(f64::MIN_POSITIVE));
    let names = pen.widest(chart.curves.iter().map(|curve| curve.name.as_str())).min(area.width / 3);
    let (dim, text) = (pen.style(Role::Dim), pen.style(Role::Text));
    // What ran before what is said about it.
    let mut curves: Vec<&Curve> = chart.curves.iter().collect();
    curves.sort_by_key(|curve| match curve.kind {
        CurveKind::Steps | CurveKind::Line | CurveKind::Points => 0,
        CurveKind::Theory | CurveKind::Bet => 1,
        CurveKind::Band => 2,
    });
    for (curve, y) in curves.into_iter().zip(area.y..area.bottom()) {
        pen.text(area.x, y, names, &curve.name, dim);
        let x = area.x + if names == 0 { 0 } else { names + 1 };
        // A band has two edges, and one of them alone would be read as a value.
        let points = if curve.kind == CurveKind::Band { &[][..] } else { &curve.points };
        let last = points.iter().rev().map(|point| point.1).find(|value| value.is_finite());
        let value = last.map_or(String::new(), |value| scale::label(value, 0.1, value));
        let label = if area.width >= 12 && !value.is_empty() { value.len() as u16 + 1 } else { 0 };
        let width = area.right().saturating_sub(x).saturating_sub(label);
        let style = legend::style(curve, pen);
        let across = Across::new(chart.x_span, chart.log_x);
        let plotter = Plotter { across, top, layer: 0, style };
        for (column, row) in (x..).zip(plotter.heights(curve, (width, 8))) {
            let Some(row) = row else { continue };
            pen.put(column, y, pen.glyphs().columns[usize::from(7 - row.min(7))], style);
        }
        if label > 0 {
            pen.text(x + width + 1, y, label, &value, text);
        }
    }
}
