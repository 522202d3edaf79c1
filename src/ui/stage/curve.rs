//! One curve, from its points to joined lines on a canvas.
//!
//! Column by column of cells: where the curve enters, how far it swings, where it leaves. So a thousand points
//! in one column cost no more cells than one, and no peak between two columns is lost. What lies above the top is
//! not drawn along it: the line leaves through the edge and comes back where the values do.

use ratatui::style::Style;

use super::canvas::{Canvas, EAST, NORTH, SOUTH, Stroke, WEST};
use super::scale::Across;
use crate::lab::scene::{Curve, CurveKind};

/// Neighbouring series differ in weight, theory and bets are broken, each in its own way.
pub fn stroke(curve: &Curve) -> Stroke {
    match (curve.kind, curve.series.0 % 2) {
        (CurveKind::Theory, _) => Stroke::Dotted,
        (CurveKind::Bet, _) => Stroke::Dashed,
        (_, 0) => Stroke::Light,
        (_, _) => Stroke::Heavy,
    }
}

/// How one curve reaches the canvas.
pub struct Plotter {
    /// The x axis from the left to the right edge of the canvas; without one nothing is drawn.
    pub across: Option<Across>,
    /// The value of the top row; 0 is the bottom row.
    pub top: f64,
    /// The curve's place among the others.
    pub layer: usize,
    /// Its style.
    pub style: Style,
}

/// The row of what lies above the top.
const ABOVE: i32 = -1;

/// What a curve does in one column of cells, in rows from the top; [`ABOVE`] is outside.
#[derive(Clone, Copy)]
struct Swing {
    upper: i32,
    lower: i32,
    /// Where it goes on to the right; nothing where it ends.
    leaves: Option<i32>,
}

/// Where a curve is seen in one column: the row of its middle, and whether it is level there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Rows from the top.
    pub row: u16,
    /// A glyph on a level part leaves the shape as it is.
    pub level: bool,
}

impl Plotter {
    /// Draws a curve and returns where it is seen in each column.
    pub fn draw(&self, curve: &Curve, canvas: &mut Canvas) -> Vec<Option<Seen>> {
        let mut path = vec![None; usize::from(canvas.width)];
        for run in self.runs(curve, (canvas.width, canvas.height)) {
            self.trace(&run, stroke(curve), canvas);
            let mut enters = None;
            for (seen, swing) in path.iter_mut().zip(run) {
                *seen = seen.or(swing.and_then(|swing| {
                    let row = u16::try_from((swing.upper.max(0) + swing.lower) / 2).ok()?;
                    let level = swing.upper == swing.lower && enters.is_none_or(|row| row == swing.upper);
                    (swing.lower >= 0).then_some(Seen { row, level })
                }));
                enters = swing.and_then(|swing| swing.leaves);
            }
        }
        path
    }

    /// Puts a glyph at each point.
    pub fn draw_points(&self, curve: &Curve, glyph: &'static str, canvas: &mut Canvas) {
        let Some(across) = self.across else { return };
        for &(x, y) in &curve.points {
            let share = across.share(x);
            let row = self.row(y, canvas.height).and_then(|row| u16::try_from(row).ok());
            if let Some(row) = row.filter(|_| (0.0..=1.0).contains(&share)) {
                let column = (share * f64::from(canvas.width)).floor() as u16;
                canvas.glyph(column.min(canvas.width - 1), row, glyph, self.style);
            }
        }
    }

    /// Fills what lies between the two edges of a band; each second cell only where `loose`.
    pub fn draw_band(&self, curve: &Curve, glyph: &'static str, loose: bool, canvas: &mut Canvas) {
        let edges = curve
            .points
            .iter()
            .zip(&curve.low)
            .filter(|((x, high), low)| x.is_finite() && !high.is_nan() && !low.is_nan());
        type Points = Vec<(f64, f64)>;
        let (upper, lower): (Points, Points) =
            edges.map(|(&(x, high), &low)| ((x, high.max(low)), (x, high.min(low)))).unzip();
        let Some(across) = self.across else { return };
        let size = (canvas.width, canvas.height);
        let edge = |points: &[(f64, f64)]| self.lines(&placed(points, across), size);
        for (x, (upper, lower)) in (0..).zip(edge(&upper).into_iter().zip(edge(&lower))) {
            let (Some(upper), Some(lower)) = (upper, lower) else { continue };
            for y in upper.upper.max(0)..=lower.lower {
                if !loose || (i32::from(x) + y) % 2 == 0 {
                    canvas.glyph(x, y as u16, glyph, self.style);
                }
            }
        }
    }

    /// For each column the highest row that a curve reaches on so many columns and rows, for lines of small columns.
    pub fn heights(&self, curve: &Curve, size: (u16, u16)) -> Vec<Option<u16>> {
        let mut heights = vec![None; usize::from(size.0)];
        for run in self.runs(curve, size) {
            for (height, swing) in heights.iter_mut().zip(run) {
                let highest = swing.map(|swing| swing.upper.max(0) as u16);
                *height = (*height).into_iter().chain(highest).min();
            }
        }
        heights
    }

    /// The unbroken pieces of a curve, each column by column. A point that is no number breaks it.
    fn runs(&self, curve: &Curve, size: (u16, u16)) -> Vec<Vec<Option<Swing>>> {
        let Some(across) = self.across.filter(|_| size.0 > 0 && size.1 > 0) else { return Vec::new() };
        let points = placed(&curve.points, across);
        match curve.kind {
            CurveKind::Steps => vec![self.steps(&points, size)],
            CurveKind::Line | CurveKind::Theory | CurveKind::Bet | CurveKind::Points | CurveKind::Band => {
                points
                    .split(|point| !point.0.is_finite() || point.1.is_nan())
                    .filter(|points| !points.is_empty())
                    .map(|points| self.lines(points, size))
                    .collect()
            }
        }
    }

    /// The row of a value, 0 at the top; nothing where it is no number.
    fn row(&self, value: f64, height: u16) -> Option<i32> {
        let row = ((1.0 - (value / self.top).max(0.0)) * f64::from(height - 1)).round();
        (!value.is_nan()).then_some(row.max(f64::from(ABOVE)) as i32)
    }

    /// Values that hold until the next point; the last point's ends with it.
    fn steps(&self, points: &[(f64, f64)], (width, height): (u16, u16)) -> Vec<Option<Swing>> {
        let mut next = points.iter().take_while(|point| point.0 < 0.0).count();
        let mut row = next.checked_sub(1).and_then(|index| self.row(points[index].1, height));
        let mut ended = next == points.len();
        let column = |column: u16| {
            if ended {
                return None;
            }
            let last = column + 1 == width;
            let right = f64::from(column + 1) / f64::from(width);
            let (mut upper, mut lower) = (row, row);
            while let Some(&(x, value)) =
                points.get(next).filter(|(x, _)| if last { *x <= 1.0 } else { *x < right })
            {
                next += 1;
                row = if x.is_finite() { self.row(value, height) } else { row };
                upper = upper.into_iter().chain(row).min();
                lower = lower.into_iter().chain(row).max();
            }
            ended = next == points.len();
            Some(Swing { upper: upper?, lower: lower?, leaves: row.filter(|_| !ended) })
        };
        (0..width).map(column).collect()
    }

    /// Straight lines between the points: the value at the middle of each column, and the peaks inside it.
    fn lines(&self, points: &[(f64, f64)], (width, height): (u16, u16)) -> Vec<Option<Swing>> {
        let mut next = 0;
        let column = |column: u16| {
            let cell = 1.0 / f64::from(width);
            let (left, right) = (cell * f64::from(column), cell * f64::from(column + 1));
            let middle = (left + right) / 2.0;
            let first = next;
            while next < points.len() && points[next].0 < right {
                next += 1;
            }
            let inside = points[first..next].iter().filter(|point| point.0 >= left).map(|point| point.1);
            let at = |x: f64| value_at(points, x, cell / 2.0).and_then(|value| self.row(value, height));
            let row = at(middle);
            // What the line reaches at the middle of the next columns, or a row beside, is its course and no peak.
            let course = [at(middle - cell), row, at(middle + cell)];
            let reached = |rows: &i32| {
                let near = |end: Option<i32>| end.is_some_and(|end| end.abs_diff(*rows) <= 1);
                let (low, high) = (course.iter().flatten().min(), course.iter().flatten().max());
                let within = low.is_some_and(|low| low <= rows) && high.is_some_and(|high| rows <= high);
                near(row) || within
            };
            let peaks = inside.filter_map(|value| self.row(value, height)).filter(|rows| !reached(rows));
            let rows = peaks.chain(row);
            let (upper, lower) = (rows.clone().min()?, rows.max()?);
            Some(Swing { upper, lower, leaves: row.filter(|_| next < points.len() || middle > 1.0 - cell) })
        };
        (0..width).map(column).collect()
    }

    /// Joins the columns: each begins where the one before it went.
    fn trace(&self, swings: &[Option<Swing>], stroke: Stroke, canvas: &mut Canvas) {
        let mut enters: Option<i32> = None;
        for (x, swing) in (0..).zip(swings) {
            let Some(swing) = swing else {
                enters = None;
                continue;
            };
            let mut line = |y: i32, bits: u8| {
                if let Ok(y) = u16::try_from(y) {
                    canvas.line((x, y), bits, stroke, self.layer, self.style);
                }
            };
            let upper = enters.map_or(swing.upper, |row| row.min(swing.upper));
            let lower = enters.map_or(swing.lower, |row| row.max(swing.lower));
            for y in upper..lower {
                line(y, SOUTH);
                line(y + 1, NORTH);
            }
            if let Some(row) = enters {
                line(row, WEST);
            }
            if let Some(row) = swing.leaves {
                // At the edge a curve comes from before the span.
                line(row, if x == 0 { EAST | WEST } else { EAST });
            }
            if swing.leaves.is_none() && upper < lower && enters.is_some() {
                // Where it ends it has arrived: a corner, no stump.
                line(if enters == Some(upper) { lower } else { upper }, EAST);
            }
            if upper == lower {
                line(upper, if enters.is_none() || swing.leaves.is_none() { EAST | WEST } else { 0 });
            }
            enters = swing.leaves;
        }
    }
}

/// Points with their place between the ends of the axis instead of their x.
fn placed(points: &[(f64, f64)], across: Across) -> Vec<(f64, f64)> {
    points.iter().map(|&(x, y)| (across.share(x), y)).collect()
}

/// The value of a curve at `x`; nothing further than `reach` before its first point or behind its last.
fn value_at(points: &[(f64, f64)], x: f64, reach: f64) -> Option<f64> {
    let split = points.partition_point(|point| point.0 <= x);
    match (split.checked_sub(1).map(|index| points[index]), points.get(split)) {
        (Some(a), Some(b)) => Some(between(a, *b, x)),
        (Some(a), None) => (a.0 >= x - reach).then_some(a.1),
        (None, Some(b)) => (b.0 <= x + reach).then_some(b.1),
        (None, None) => None,
    }
}

/// The value at `x` on the straight line between two points. A line to infinity is there as soon as it leaves its
/// finite end.
fn between(a: (f64, f64), b: (f64, f64), x: f64) -> f64 {
    let share = ((x - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
    match (a.1.is_finite(), b.1.is_finite()) {
        (true, true) => a.1 + (b.1 - a.1) * share,
        (true, false) => {
            if share > 0.0 {
                b.1
            } else {
                a.1
            }
        }
        (false, _) => {
            if share < 1.0 {
                a.1
            } else {
                b.1
            }
        }
    }
}
