//! Values over time: axes with round ticks, a legend, and curves that are told apart without colour.
//!
//! Curves are box-drawing lines, light and heavy in turn, theory is broken, and where there are several curves
//! each also carries its series' glyph every so often. Where height or width is
//! short the chart becomes one line of small columns a curve.

use ratatui::layout::Rect;

use super::canvas::{Canvas, EAST, WEST};
use super::curve::{Plotter, stroke};
use super::layout::{Growth, Need};
use super::scale::{self, Rows};
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
    let head = draw_head(chart, area, pen);
    area.y += head;
    area.height -= head;
    let axis_rows = if area.height >= 6 { 2 } else { 1 };
    let axis = scale::rows(largest(chart), chart.y_top, area.height - axis_rows);
    let names: Vec<String> = (0..=ticks_of(&axis)).map(|tick| y_label(&axis, tick)).collect();
    let names_width = pen.widest(names.iter().map(String::as_str)).min(area.width / 3);
    let plot = Rect::new(area.x + names_width + 2, area.y, area.width - names_width - 2, axis.used);
    draw_y_axis(&names, &axis, Rect::new(area.x, area.y, names_width, axis.used), pen);
    draw_x_axis(chart, plot, axis_rows == 2, pen);
    let mut canvas = Canvas::new(plot.width, plot.height);
    let layers = |kind: fn(CurveKind) -> bool| {
        chart.curves.iter().enumerate().filter(move |(_, curve)| kind(curve.kind))
    };
    let theory = layers(|kind| kind == CurveKind::Theory);
    let own = layers(|kind| kind != CurveKind::Theory);
    let mut paths = Vec::new();
    for (index, curve) in theory.chain(own) {
        let style = pen.series(curve.series);
        let plotter = Plotter { span: chart.x_span, top: axis.top, layer: index, style };
        paths.push((curve, plotter.draw(curve, &mut canvas)));
    }
    if marked(&chart.curves) {
        for (index, (curve, path)) in paths.iter().enumerate() {
            draw_markers(curve, path, index, &mut canvas, pen);
        }
    }
    canvas.show(plot, pen);
}

/// Whether curves carry their glyphs: where two could be confused.
fn marked(curves: &[Curve]) -> bool {
    curves.iter().filter(|curve| curve.kind != CurveKind::Theory).count() > 1
}

/// The largest finite value of the curves.
fn largest(chart: &Chart) -> f64 {
    let values = chart.curves.iter().flat_map(|curve| &curve.points).map(|point| point.1);
    values.filter(|value| value.is_finite()).fold(0.0, f64::max)
}

fn ticks_of(axis: &Rows) -> u16 {
    (axis.used - 1) / axis.every
}

fn y_label(axis: &Rows, tick: u16) -> String {
    scale::label(f64::from(tick) * axis.step, axis.step)
}

/// The title with the legend to its right, or below it where the line is too short. Returns the lines used.
fn draw_head(chart: &Chart, area: Rect, pen: &mut Pen) -> u16 {
    let dim = pen.style(Role::Dim);
    let entry = |curve: &Curve, pen: &Pen| pen.width(&curve.name) + 4;
    let gaps = 3 * chart.curves.len().saturating_sub(1) as u16;
    let entries = chart.curves.iter().map(|curve| entry(curve, pen));
    let legend = entries.fold(gaps, u16::saturating_add);
    let title = pen.width(&chart.y);
    let named = chart.curves.iter().any(|curve| !curve.name.is_empty());
    let fits = title.saturating_add(3).saturating_add(legend) <= area.width;
    pen.text(area.x, area.y, area.width, &chart.y, dim);
    if !named {
        return 1;
    }
    if fits {
        draw_legend(
            &chart.curves,
            marked(&chart.curves),
            Rect::new(area.right() - legend, area.y, legend, 1),
            pen,
        );
        return 1;
    }
    // As many lines as the entries need, as long as the plot keeps most of the height.
    let mut lines = 0;
    let mut rest = &chart.curves[..];
    while !rest.is_empty() && area.height >= 7 + lines {
        let mut used = 0;
        let mut count = 0;
        for curve in rest {
            used += entry(curve, pen) + if count == 0 { 0 } else { 3 };
            if used > area.width && count > 0 {
                break;
            }
            count += 1;
        }
        lines += 1;
        draw_legend(
            &rest[..count],
            marked(&chart.curves),
            Rect::new(area.x, area.y + lines, area.width, 1),
            pen,
        );
        rest = &rest[count..];
    }
    1 + lines
}

/// A piece of each curve with its glyph, and its name.
fn draw_legend(curves: &[Curve], marked: bool, line: Rect, pen: &mut Pen) {
    let (mut x, text) = (line.x, pen.style(Role::Text));
    for curve in curves {
        let left = |x: u16| line.right().saturating_sub(x);
        let style = pen.series(curve.series);
        let level = stroke(curve).glyph(EAST | WEST, pen.theme.ascii);
        let middle = if !marked || curve.kind == CurveKind::Theory {
            level
        } else {
            pen.theme.series_glyph(curve.series)
        };
        x += pen.spans(x, line.y, left(x), &[(level, style), (middle, style), (level, style), (" ", text)]);
        x += pen.text(x, line.y, left(x), &curve.name, text) + 3;
    }
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
    let (low, high) = chart.x_span;
    let cells = plot.width.saturating_sub(1);
    let far = |value: f64| scale::label(value, (high - low) / 10.0).len() as u16;
    let apart = (far(low).max(far(high)) + 4).max(8).max(plot.width / 10);
    let ticks = scale::ticks(chart.x_span, plot.width, apart);
    let step = if ticks.len() > 1 { ticks[1] - ticks[0] } else { high - low };
    let place = |value: f64| plot.x + ((value - low) / (high - low) * f64::from(cells)).round() as u16;
    if with_line {
        pen.put(plot.x - 1, y, if ascii { "+" } else { "└" }, rule);
        pen.fill(plot.x, y, plot.width, pen.glyphs().rule, rule);
        for &tick in &ticks {
            pen.put(place(tick), y, if ascii { "+" } else { "┬" }, rule);
        }
        y += 1;
    }
    // The axis' name stands at the right end; labels that would touch it are left out.
    let name = pen.width(&chart.x).min(plot.width);
    let name_at = plot.right() - name;
    pen.text(name_at, y, name, &chart.x, dim);
    for &tick in &ticks {
        let text = scale::label(tick, step);
        let width = text.len() as u16;
        let x = place(tick).saturating_sub(width / 2);
        if x + width < name_at || (name == 0 && x + width <= plot.right()) {
            pen.text(x, y, width, &text, dim);
        }
    }
}

/// The glyph of the series on its curve, each curve's at columns of its own.
fn draw_markers(curve: &Curve, path: &[Option<u16>], index: usize, canvas: &mut Canvas, pen: &Pen) {
    if curve.kind == CurveKind::Theory {
        return;
    }
    let (glyph, style) = (pen.theme.series_glyph(curve.series), pen.series(curve.series));
    let mut column = MARKER_EVERY / 4 + index * 5 % MARKER_EVERY;
    while column < path.len() {
        // On a level part, for a corner loses its shape under a glyph.
        let near = (column..path.len().min(column + MARKER_EVERY / 2)).find(|&at| path[at].is_some());
        if let Some(at) = near
            && let Some(row) = path[at]
        {
            canvas.glyph(at as u16, row, glyph, style);
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
    for (curve, y) in chart.curves.iter().zip(area.y..area.bottom()) {
        pen.text(area.x, y, names, &curve.name, dim);
        let x = area.x + if names == 0 { 0 } else { names + 1 };
        let last = curve.points.iter().rev().map(|point| point.1).find(|value| value.is_finite());
        let value = last.map_or(String::new(), |value| scale::label(value, 0.1));
        let label = if area.width >= 12 { value.len() as u16 + 1 } else { 0 };
        let width = area.right().saturating_sub(x).saturating_sub(label);
        let style = pen.series(curve.series);
        let plotter = Plotter { span: chart.x_span, top, layer: 0, style };
        for (column, row) in (x..).zip(plotter.heights(curve, (width, 8))) {
            let Some(row) = row else { continue };
            pen.put(column, y, pen.glyphs().columns[usize::from(7 - row.min(7))], style);
        }
        if label > 0 {
            pen.text(x + width + 1, y, label, &value, text);
        }
    }
}
